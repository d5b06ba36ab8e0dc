/** Stacks of manifests in a sandbox, whose function runs in this process and can be killed at any of its requests. */

import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, expect } from "vitest";
import type { Allowed } from "../../../src/core/actions/allowed.ts";
import { asAnswered } from "../../../src/core/actions/function-error.ts";
import type { Chosen } from "../../../src/core/actions/index.ts";
import { clusterFromEnvironment } from "../../../src/core/kube/cluster.ts";
import type { Connection } from "../../../src/core/kube/connection.ts";
import { withCustomResources } from "../../../src/lambda/custom-resources.ts";
import { environmentConnection } from "../../../src/lambda/environment.ts";
import { createHandler } from "../../../src/lambda/handler.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { useSandbox } from "../support/sandbox.ts";

const kinds = [
  { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" },
  { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" },
] as const;

const allowed: readonly Allowed[] = ["apply", "delete"].flatMap((action) =>
  kinds.map((kind) => ({ action, ...kind, namespace: "*" })),
);

const killed = { errorType: "Runtime.ExitError", errorMessage: "RequestId: … Error: Runtime exited with error" };

/** The result of an event that is not delivered. */
const dropped = { failed: false, payload: "null" };

/** What happens to invocations of a function. */
export interface Fate {
  /** Counts down at each request. At 0, the function has sent its last one, and does not see the answer. */
  killAfter: number;
  /** How long each request of a second copy of an event takes: the copy outlasts the first one's answer. */
  copiesMs: number;
}

export const spared: Fate = { killAfter: 0, copiesMs: 0 };

/** One invocation. A dead one sends nothing more, and has no time left. */
class Life {
  isDead = false;
  readonly environment: Record<string, string>;
  readonly #fate: Fate;
  readonly #end: () => void;
  constructor(environment: Readonly<Record<string, string>>, fate: Fate, end: () => void) {
    this.environment = { ...environment };
    this.#fate = fate;
    this.#end = end;
  }
  connection({ server, exchange }: Connection, isCopy: boolean): Connection {
    return {
      server,
      exchange: async (call) => {
        if (isCopy) await sleep(this.#fate.copiesMs);
        if (this.isDead) throw killed;
        const answer = await exchange(call);
        this.#fate.killAfter--;
        if (this.#fate.killAfter !== 0) return answer;
        this.isDead = true;
        this.environment.AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:1";
        this.#end();
        throw killed;
      },
    };
  }
}

/** What functions were sent: the last event of each resource in an operation, and the invocations that run. */
class Sent {
  readonly last = new Map<string, () => Promise<unknown>>();
  readonly running = new Set<Promise<unknown>>();

  /** Copies of the last events, after the stack went on. */
  async again(): Promise<void> {
    for (const deliver of this.last.values()) await deliver();
  }
  async ended(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

const runtimeWith =
  (fate: Fate, sent: Sent): SandboxOptions["runtime"] =>
  (environment) => {
    const connection = environmentConnection(clusterFromEnvironment(environment), environment);
    // A copy may outlast the answer, but not the next request of its resource, after which none is repeated, either; and of a
    // Create, it comes after the first has ended, unless that has failed (docs/decisions/0048).
    const past = new Set<string>();
    const before = new Map<string, { readonly awsRequestId: string; readonly ended: Promise<unknown>[] }>();
    const deliver = async (event: unknown, awsRequestId: string, isCopy = false) => {
      if (past.has(awsRequestId)) return dropped;
      const log = (line: string) => {
        const { level, action } = JSON.parse(line);
        if (level === "ERROR" && action === "Create") past.add(awsRequestId);
      };
      try {
        const answer = await new Promise((resolve, reject) => {
          const life = new Life(environment, fate, () => reject(killed));
          const through = life.connection(connection, isCopy);
          const options = { environment: life.environment, connection: through, allowed, log };
          const run = createHandler({ ...options, choose: (event) => event as Chosen });
          const context = { awsRequestId, getRemainingTimeInMillis: () => (life.isDead ? 0 : 60_000) };
          withCustomResources(createHandler(options), run, life.environment)(event, context).then(resolve, reject);
        });
        return { failed: false, payload: JSON.stringify(answer) };
      } catch (error) {
        return { failed: true, payload: JSON.stringify(error === killed ? killed : asAnswered(error as Error)) };
      }
    };
    return (event, awsRequestId) => {
      const { LogicalResourceId: id = "", RequestType } = Object(event) as Readonly<Record<string, string>>;
      const earlier = before.get(id);
      const isAgain = earlier?.awsRequestId === awsRequestId;
      if (past.has(awsRequestId)) return Promise.resolve(dropped);
      if (earlier && !isAgain) past.add(earlier.awsRequestId);
      const after = isAgain && RequestType !== "Create" ? [] : (earlier?.ended ?? []);
      const one = Promise.all(after).then(() => deliver(event, awsRequestId, isAgain));
      const ended: Promise<unknown> = one.finally(() => sent.running.delete(ended));
      before.set(id, { awsRequestId, ended: [...(isAgain ? earlier.ended : []), ended] });
      sent.running.add(ended);
      sent.last.set(id, () => deliver(event, awsRequestId));
      return one;
    };
  };

/** Where an object is: `ConfigMap default/a`. */
export type Place = string;

/** What a template says of an object. */
export interface Content {
  /** The only field of a ConfigMap, or the replicas of a Deployment. */
  readonly value: number;
  /** Another field, which is left out otherwise. */
  readonly extra: boolean;
}

export interface Resource {
  readonly objects: Readonly<Record<Place, Content>>;
  readonly overwrite: boolean;
  /** `DeletionPolicy: Retain` */
  readonly retain?: boolean;
}

/** By logical ID. */
export type Template = Readonly<Record<string, Resource>>;

export function manifestOf(place: Place, { value, extra }: Content) {
  const [kind = "", namespace = "", name = ""] = place.split(/[ /]/);
  const metadata = { namespace, name };
  if (kind === "ConfigMap")
    return { apiVersion: "v1", kind, metadata, data: { value: `${value}`, ...(extra && { extra: "" }) } };
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image: `nginx:${value}` }] } };
  const spec = { selector: { matchLabels: labels }, template, ...(extra && { replicas: 0, paused: true }) };
  return { apiVersion: "apps/v1", kind, metadata, spec };
}

const pathOf = (place: Place): string => {
  const [kind, namespace, name] = place.split(/[ /]/);
  const at = kind === "ConfigMap" ? "/api/v1" : "/apis/apps/v1";
  return `${at}/namespaces/${namespace}/${kind?.toLowerCase()}s/${name}`;
};

export const stackName = "shop";
const failing = "Last";

/** `last` fails if the sandbox is told so. It comes after the manifests, and changes each time. */
const templateOf = (template: Template, token: string, last: number) => ({
  Resources: {
    ...Object.fromEntries(
      Object.entries(template).map(([id, { objects, overwrite, retain }]) => [
        id,
        {
          Type: "Custom::EksManifest",
          ...(retain && { DeletionPolicy: "Retain" }),
          Properties: {
            ServiceToken: token,
            Manifest: JSON.stringify(Object.entries(objects).map(([place, content]) => manifestOf(place, content))),
            ...(overwrite && { Overwrite: true }),
          },
        },
      ]),
    ),
    [failing]: {
      Type: "AWS::IAM::Role",
      DependsOn: Object.keys(template),
      Properties: {
        RoleName: "last",
        Description: `${last}`,
        AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] },
      },
    },
  },
});

export type World = Awaited<ReturnType<ReturnType<typeof useStack>>>;

/** One stack, and objects of others beside it. */
export function useStack(options: SandboxOptions = {}) {
  const fate = { ...spared };
  const sent = new Sent();
  const used = useSandbox({ authenticationMode: "API", runtime: runtimeWith(fate, sent), ...options });
  const { sandbox, client, kube } = used;
  let connected: CloudFormationClient | undefined;
  const cloudformation = () => {
    connected ??= new CloudFormationClient(client());
    return connected;
  };
  afterAll(() => connected?.destroy());

  async function admin(method: string, path: string, body?: unknown) {
    const answer = await kube(method, path, { body });
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const status = async () => {
    const stack = { StackName: stackName };
    const { Stacks: [found] = [] } = await cloudformation()
      .send(new DescribeStacksCommand(stack))
      .catch(() => ({ Stacks: [] }));
    return found?.StackStatus ?? "DELETE_COMPLETE";
  };
  /** Why resources failed, for messages of tests. */
  async function reasons(): Promise<string> {
    const { StackEvents = [] } = await cloudformation().send(new DescribeStackEventsCommand({ StackName: stackName }));
    const failed = StackEvents.filter(({ ResourceStatus = "" }) => ResourceStatus.endsWith("_FAILED"));
    return failed.map((one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason}`).join("; ");
  }
  const settled = async () => {
    await expect.poll(status, { interval: 5, timeout: 60_000 }).not.toMatch(/_IN_PROGRESS$/);
    return status();
  };

  return async () => {
    await sent.ended();
    sent.last.clear();
    sandbox().reset();
    Object.assign(fate, spared);
    const apiGroup = "rbac.authorization.k8s.io";
    const verbs = ["create", "patch", "delete", "list", "watch"];
    const rules = kinds.map(({ group, resource }) => ({ apiGroups: [group], resources: [resource], verbs }));
    const roleRef = { apiGroup, kind: "ClusterRole", name: "manifests" };
    const subjects = [{ apiGroup, kind: "User", name: "manifests" }];
    await admin("POST", `/apis/${apiGroup}/v1/clusterroles`, { metadata: { name: "manifests" }, rules });
    await admin("POST", `/apis/${apiGroup}/v1/clusterrolebindings`, {
      metadata: { name: "manifests" },
      roleRef,
      subjects,
    });
    await admin("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
    const { CLUSTER_NAME, CLUSTER_ENDPOINT, CLUSTER_CA } = sandbox().env;
    sandbox().deploy({
      ...{ name: "manifests", username: "manifests", timeoutSeconds: 60 },
      code: { InlineCode: "" },
      variables: { CLUSTER_NAME, CLUSTER_ENDPOINT, CLUSTER_CA },
    });
    const { account, region } = sandbox();
    const token = `arn:aws:lambda:${region}:${account}:function:manifests`;
    let changes = 0;
    return {
      ...{ sandbox, fate, sent, reasons },
      /** Creates or updates the stack. Returns its status. */
      async deploy(template: Template, { fails = false } = {}): Promise<string> {
        changes++;
        sandbox().faults.failResources = fails ? [failing] : [];
        const before = await status();
        const change = { StackName: stackName, ChangeSetName: `c${changes}` };
        await cloudformation().send(
          new CreateChangeSetCommand({
            ...change,
            ChangeSetType: before === "DELETE_COMPLETE" ? "CREATE" : "UPDATE",
            Capabilities: ["CAPABILITY_NAMED_IAM"],
            TemplateBody: JSON.stringify(templateOf(template, token, changes)),
          }),
        );
        await cloudformation().send(new ExecuteChangeSetCommand(change));
        return settled();
      },
      /** Deletes the stack. Returns its status. */
      async destroy(): Promise<string> {
        await cloudformation().send(new DeleteStackCommand({ StackName: stackName }));
        return settled();
      },
      read: (place: Place) => admin("GET", pathOf(place)),
      /** Somebody else makes an object. */
      async make(place: Place): Promise<void> {
        const manifest = manifestOf(place, { value: 99, extra: true });
        await admin("POST", `${pathOf(place).replace(/\/[^/]+$/, "")}?fieldManager=kubectl-create`, manifest);
      },
    };
  };
}
