/** The function's handler on a sandbox, in this process, as the role's user or as administrator. */
import { type Allowed, defaultAllowed } from "../../../src/core/actions/allowed.ts";
import type { Chosen } from "../../../src/core/actions/index.ts";
import { type Call, type Connection, connectByToken } from "../../../src/core/kube/connection.ts";
import { withCustomResources } from "../../../src/lambda/custom-resources.ts";
import { createHandler, type HandlerOptions } from "../../../src/lambda/handler.ts";
import type { useSandbox } from "./sandbox.ts";

const kinds: Readonly<Record<string, Omit<Allowed, "action">>> = {
  deployments: { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" },
  statefulsets: { group: "apps", version: "v1", resource: "statefulsets", kind: "StatefulSet" },
  daemonsets: { group: "apps", version: "v1", resource: "daemonsets", kind: "DaemonSet" },
  secrets: { group: "", version: "v1", resource: "secrets", kind: "Secret" },
  replicasets: { group: "apps", version: "v1", resource: "replicasets", kind: "ReplicaSet" },
  controllerrevisions: { group: "apps", version: "v1", resource: "controllerrevisions", kind: "ControllerRevision" },
  cronjobs: { group: "batch", version: "v1", resource: "cronjobs", kind: "CronJob" },
  jobs: { group: "batch", version: "v1", resource: "jobs", kind: "Job" },
  configmaps: { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" },
  services: { group: "", version: "v1", resource: "services", kind: "Service" },
  roles: { group: "rbac.authorization.k8s.io", version: "v1", resource: "roles", kind: "Role" },
  widgets: { group: "example.com", version: "v1", resource: "widgets", kind: "Widget" },
  namespaces: {
    ...{ group: "", version: "v1", resource: "namespaces", kind: "Namespace" },
    ...{ namespace: "*", clusterScoped: true },
  },
  customresourcedefinitions: {
    ...{ group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" },
    ...{ kind: "CustomResourceDefinition", namespace: "*", clusterScoped: true },
  },
};

/** `restart:deployments`, as setup would resolve it; `restart:deployments/web` for one name, `@shop` for a namespace. */
export function allowedOf(...flags: readonly string[]): readonly Allowed[] {
  return flags.map((flag) => {
    const [, action = "", resource = "", names, namespace] =
      /^([^:]+):([^/@]+)(?:\/([^@]+))?(?:@(.+))?$/.exec(flag) ?? [];
    const kind = kinds[resource];
    if (!kind) throw new Error(`no kind for ${flag}`);
    return { action, ...kind, ...(names && { names: names.split(",") }), ...(namespace && { namespace }) };
  });
}

interface Called {
  readonly requestId?: string;
  readonly allowed?: readonly Allowed[];
  readonly remainingMs?: number;
  readonly token?: string;
  /** The token of each request. */
  readonly tokenOf?: () => string;
  /** Receives the lines of the log. */
  readonly log?: (line: string) => void;
  /** The function's stack, `ACCOUNT/REGION/STACK`. */
  readonly owner?: string;
  /** More of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called before each request of the function. */
  readonly meddle?: (call: Pick<Call, "method" | "path">) => Promise<unknown>;
}

let requests = 0;

/** Calls the handler with an event. Its errors are thrown as Lambda reports them. */
export const callerOf =
  ({ sandbox }: Pick<ReturnType<typeof useSandbox>, "sandbox">) =>
  (
    event: object,
    {
      allowed = defaultAllowed,
      remainingMs = 20_000,
      token,
      tokenOf,
      log,
      owner,
      meddle,
      environment: more,
      ...called
    }: Called = {},
  ) => {
    const { requestId = `request-${requests++}` } = called;
    const { cluster, adminToken, region, env } = sandbox();
    const { server, exchange } = connectByToken(
      cluster.endpoint,
      cluster.ca,
      async () => tokenOf?.() ?? token ?? adminToken,
    );
    const connection: Connection = {
      server,
      async exchange(call) {
        await meddle?.(call);
        return exchange(call);
      },
    };
    const environment = {
      ...{ CLUSTER_NAME: cluster.name, CLUSTER_ENDPOINT: cluster.endpoint, CLUSTER_CA: cluster.ca },
      EKS_LAMBDA_OWNER: owner,
      ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" },
      AWS_ENDPOINT_URL_S3: env.AWS_ENDPOINT_URL,
      ...more,
    };
    const end = Date.now() + remainingMs;
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => end - Date.now() };
    const options: HandlerOptions = { environment, connection, allowed, ...(log && { log }) };
    const run = createHandler({ ...options, choose: (event) => event as Chosen });
    return withCustomResources(createHandler(options), run, environment)(event, context);
  };
