/**
 * `eks-lambda/testing`: an EKS cluster in the process of a test, and in it a function with exactly its declared rights. For
 * vitest, jest, node:test and every other runner.
 *
 * ```js
 * const sandbox = await startSandbox({ entry: "src/handler.ts", namespace: "shop" });
 * await sandbox.admin.apply(web);
 * expect(await sandbox.invoke({ name: "web" })).toMatchObject({ readyReplicas: 2 });
 * expect(sandbox.unusedRights()).toEqual([]);
 * await sandbox.stop();
 * ```
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { randomUUID } from "node:crypto";
import { usageError } from "../core/errors.ts";
import { readNeeds } from "../core/grant/declared.ts";
import { formatNeed, type Need, parseNeed } from "../core/kube/need.ts";
import { ownerName, ownerVariable } from "../core/kube/owner.ts";
import { checkVariable, refuseTooLarge } from "../core/parameters/variables.ts";
import { type Admin, adminOf } from "./admin.ts";
import { bind } from "./bind.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Embedded, startEmbedded } from "./embedded.ts";
import { bundle, declaredNeeds, moduleFolders } from "./entry.ts";
import { checkedFaults, type Faults } from "./faults.ts";
import { resultOf } from "./function-error.ts";
import { checkOptions } from "./options.ts";
import { unusedRights } from "./rights.ts";

export type { Admin } from "./admin.ts";
export type { Faults } from "./faults.ts";
export { FunctionError } from "./function-error.ts";

export interface SandboxOptions {
  /**
   * The file that exports `handler`, from the working directory. It is bundled with the esbuild of its project; a
   * JavaScript file needs none.
   */
  readonly entry: string;
  /** The function's namespace, which is created. Default: `default`. */
  readonly namespace?: string | undefined;
  /**
   * The rights of a handler that declares none by `defineFunction`, also as texts: `get,patch deployments.apps web @shop`.
   * Default: the declared ones.
   */
  readonly needs?: readonly (Need | string)[] | undefined;
  /**
   * Environment variables of the function, as `setup --env` sets them. It sees these, those that setup and Lambda set, and
   * none of the process that runs the test.
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The function's time limit in seconds. Default: 30. */
  readonly timeout?: number | undefined;
}

export interface InvokeOptions {
  /** For a retry: Lambda sends an asynchronous event again with the same id. Default: a new one. */
  readonly requestId?: string | undefined;
}

/**
 * How the containers of an image behave. One named `missing/…` cannot be pulled; others keep running, and in a Job's Pod they
 * succeed, but for `sleep infinity`.
 */
export interface ImageBehaviour {
  /** Lines that the container logs when it starts. */
  readonly log?: string;
  /**
   * In a Job's Pod, too, the container keeps running. It ends when the image gets another behaviour, such as
   * `{ exitCode: 0 }`.
   */
  readonly runs?: true;
  /** The container exits with this code. One that runs already ends, too. */
  readonly exitCode?: number;
  /** The reason of the exit, for example `OOMKilled`. */
  readonly reason?: string;
  /** The container cannot start, for example `{ reason: "ImagePullBackOff" }`. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** `false`: the readiness probe fails. */
  readonly ready?: false;
}

export interface Sandbox extends AsyncDisposable {
  /** The administrator of the cluster. Faults do not concern it. */
  readonly admin: Admin;
  /**
   * Invokes the function as Lambda does: in a separate process, which stays warm, with a context and a time limit. Returns
   * what the handler returns, as JSON. Throws a `FunctionError` with the name and message of the handler's error.
   */
  invoke<T = unknown>(event?: unknown, options?: InvokeOptions): Promise<T>;
  /** The declared rights that no request has used so far, such as `delete pods @shop`. */
  unusedRights(): readonly string[];
  /** Faults to inject. Change the values at any time; one that cannot be throws a `TypeError`. */
  readonly faults: Faults;
  /** The faults that no request has met so far, such as `dropRequest "PATCH /api/v1/nodes/a"`. */
  unusedFaults(): readonly string[];
  /** The behaviour of containers, by image. */
  readonly images: Map<string, ImageBehaviour>;
  /** The logs of all invocations so far, one text for each. */
  readonly logs: readonly string[];
  /** Variables for other programs, such as `AWS_ENDPOINT_URL` and `CLUSTER_ENDPOINT`, as the cluster's administrator. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the cluster and the function, then throws if there are unused faults: the test did not test what it says. */
  stop(): Promise<void>;
}

const username = "eks-lambda:testing";

/**
 * Starts an EKS cluster in this process, and deploys the function into it. With `KUBEBUILDER_ASSETS`, the folder of
 * envtest's etcd and kube-apiserver, these are the cluster: it has no controllers, so nothing is rolled out.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  checkOptions<keyof SandboxOptions>(options);
  const { entry, namespace = "default", timeout: timeoutSeconds = 30, env = {} } = options;
  for (const [name, value] of Object.entries(env)) checkVariable(name, value);
  refuseTooLarge(env, {});
  const code = await bundle(entry);
  const declared = options.needs?.map(needOf) ?? (await declaredNeeds(code, entry));
  if (!declared) throw usageError("InvalidNeed", `the handler of ${entry} declares no rights`, noNeeds);
  const needs = readNeeds(declared.map(formatNeed));
  const embedded = await startEmbedded({ authenticationMode: "API_AND_CONFIG_MAP" });
  const { KUBEBUILDER_ASSETS: assets } = process.env;
  const plane = assets ? await startControlPlane(assets, embedded).catch(stopping(embedded)) : embeddedPlane(embedded);
  const stop = async (): Promise<void> => {
    await plane.stop();
    await embedded.stop();
  };
  const { endpoint, ca } = plane;
  const admin = adminOf({ endpoint, ca, token: embedded.adminToken, namespace });
  await bind(admin, { needs, namespace, username }).catch(stopping({ stop }));
  const address = { CLUSTER_NAME: embedded.cluster.name, CLUSTER_ENDPOINT: endpoint, CLUSTER_CA: ca };
  const own = {
    ...address,
    CLUSTER_NAMESPACE: namespace,
    [ownerVariable]: ownerName({ ...embedded, stack: "eks-lambda-testing" }),
    KUBERNETES_USERNAME: username,
    ROLE_ID: "AROATESTING",
  };
  const variables = { ...moduleFolders(entry), ...env, ...own };
  const run = embedded.deploy({ name: "testing", code, username, timeoutSeconds, variables });
  const logs: string[] = [];
  let isStopped = false;
  const stopped = async (): Promise<void> => {
    isStopped = true;
    await stop();
    const unused = plane.unused();
    if (unused.length > 0) throw new Error(unusedText(unused, embedded.requests));
  };

  return {
    admin,
    logs,
    stop: stopped,
    faults: plane.faults,
    unusedFaults: plane.unused,
    images: embedded.images,
    env: { ...embedded.env, ...address },
    async invoke<T>(event: unknown = {}, { requestId = randomUUID() }: InvokeOptions = {}) {
      if (isStopped) throw new Error("the sandbox has stopped");
      const ended = await run(event, requestId);
      logs.push(ended.log);
      return resultOf(ended) as T;
    },
    unusedRights: () =>
      unusedRights(
        needs,
        plane.uses().filter(({ user }) => user === username),
        namespace,
      ),
    [Symbol.asyncDispose]: stopped,
  };
}

const needOf = (need: Need | string): Need => (typeof need === "string" ? parseNeed(need) : need);
const noNeeds = 'declare them with defineFunction(), or pass `needs: ["get,patch deployments.apps web @shop"]`';
/** Stops what was started so far, after an error. */
const stopping =
  ({ stop }: Pick<Sandbox, "stop">) =>
  async (error: unknown): Promise<never> => {
    await stop();
    throw error;
  };

/** The last requests show what the fault should have named. */
function unusedText(unused: readonly string[], requests: Embedded["requests"]): string {
  const sent = new Set(requests.filter(({ to }) => to === "kube").map(({ action }) => action));
  return [`no request met ${unused.join(", ")}; the last ones were:`, ...[...sent].slice(-10)].join("\n  ");
}

const embeddedPlane = ({ cluster: { endpoint, ca }, faults, uses }: Embedded): ControlPlane => ({
  endpoint,
  ca,
  ...checkedFaults(faults),
  uses: () => uses,
  async stop() {},
});
