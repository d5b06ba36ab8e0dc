/** The ten tasks, written as in the docs and examples of https://github.com/kubernetes-client/javascript. */

import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  Log,
  PatchStrategy,
  setHeaderOptions,
  type V1CustomResourceDefinition,
  type V1Deployment,
  type V1DeploymentSpec,
  type V1Job,
  Watch,
} from "@kubernetes/client-node";

const namespace = "default";
const as = (strategy: PatchStrategy) => setHeaderOptions("Content-Type", strategy);

interface Awaited<T> {
  readonly path: string;
  readonly name: string;
  readonly condition: (object: T) => boolean;
  readonly signal?: AbortSignal;
}

/** A lost connection ends the `Watch`. This code does not reconnect. */
async function until<T>(config: KubeConfig, { path, name, condition, signal }: Awaited<T>): Promise<T> {
  const watch = new Watch(config);
  return new Promise((resolve, reject) => {
    const seen = (_: string, object: T) => {
      if (!condition(object)) return;
      resolve(object);
      void watching.then((request) => request.abort());
    };
    const ended = (error: unknown) => reject(error ?? new Error(`the watch of ${path} ended`));
    const watching = watch.watch(path, { fieldSelector: `metadata.name=${name}` }, seen, ended);
    signal?.addEventListener("abort", () => watching.then((request) => request.abort(signal.reason)));
    watching.catch(reject);
  });
}

export async function podsOf(config: KubeConfig, labelSelector: string) {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  return items.map(({ metadata }) => metadata?.name);
}

export async function restart(config: KubeConfig, name: string) {
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  const body = { spec: { template: { metadata: { annotations } } } };
  const apps = config.makeApiClient(AppsV1Api);
  return apps.patchNamespacedDeployment({ name, namespace, body }, as(PatchStrategy.StrategicMergePatch));
}

export async function release(config: KubeConfig, name: string, spec: V1DeploymentSpec) {
  const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
  const request = { name, namespace, body, fieldManager: "release", force: true };
  const apps = config.makeApiClient(AppsV1Api);
  return apps.patchNamespacedDeployment(request, as(PatchStrategy.ServerSideApply));
}

export async function runJob(config: KubeConfig, body: V1Job) {
  const core = config.makeApiClient(CoreV1Api);
  const { metadata } = await config.makeApiClient(BatchV1Api).createNamespacedJob({ namespace, body });
  const name = metadata?.name ?? "";
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const done = await until<V1Job>(config, {
    path,
    name,
    condition: (job) => has(job, "Complete") || has(job, "Failed"),
  });
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` });
  const [pod] = items;
  const failed = pod?.status?.containerStatuses?.find(({ state }) => state?.terminated?.exitCode);
  const at = { name: pod?.metadata?.name ?? "", namespace, tailLines: 2 };
  const log = failed && (await core.readNamespacedPodLog({ ...at, container: failed.name }));
  const reason = failed?.state?.terminated?.reason;
  return { succeeded: has(done, "Complete"), reason, lines: log?.trimEnd().split("\n") };
}

interface WithConditions {
  readonly status?: { readonly conditions?: { readonly type: string; readonly status: string }[] };
}

const has = ({ status }: WithConditions, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === "True") ?? false;

export async function untilRolledOut(config: KubeConfig, name: string, signal: AbortSignal) {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  return (await until<V1Deployment>(config, { path, name, condition: rolledOut, signal })).status;
}

const rolledOut = ({ metadata, spec, status }: V1Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
  [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((count) => count === spec?.replicas);

export async function setFlag(config: KubeConfig, name: string, data: Record<string, string>) {
  const core = config.makeApiClient(CoreV1Api);
  await core.patchNamespacedConfigMap({ name, namespace, body: { data } }, as(PatchStrategy.MergePatch));
  return (await core.readNamespacedConfigMap({ name, namespace })).data;
}

export async function applyWidget(
  config: KubeConfig,
  definition: V1CustomResourceDefinition,
  widget: KubernetesObject,
) {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const apply = <T extends KubernetesObject>(object: T) =>
    objects.patch(object, undefined, undefined, "release", true, PatchStrategy.ServerSideApply);
  const { metadata } = await apply({ apiVersion: "apiextensions.k8s.io/v1", ...definition });
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const established = (one: WithConditions) => has(one, "Established");
  await until<WithConditions>(config, { path, name: metadata?.name ?? "", condition: established });
  return apply({ apiVersion: "example.com/v1", ...widget, metadata: { namespace, ...widget.metadata } });
}

export async function countOf(config: KubeConfig, labelSelector: string) {
  const core = config.makeApiClient(CoreV1Api);
  let count = 0;
  let page: string | undefined;
  do {
    const next = page === undefined ? {} : { _continue: page };
    const { items, metadata } = await core.listNamespacedConfigMap({ namespace, labelSelector, limit: 250, ...next });
    count += items.length;
    page = metadata?._continue || undefined;
  } while (page);
  return count;
}

export async function namesUntil(config: KubeConfig, signal: AbortSignal, seen: (name: string) => void) {
  const path = "/api/v1/namespaces/kube-public/configmaps";
  return new Promise<void>((resolve, reject) => {
    const ended = (error: unknown) => (error ? reject(error) : resolve());
    const watching = new Watch(config).watch(path, {}, (_, { metadata }) => seen(metadata.name), ended);
    signal.addEventListener("abort", () => watching.then((request) => request.abort(signal.reason)));
    watching.catch(reject);
  });
}

export async function lineWith(config: KubeConfig, name: string, words: string, container: string) {
  const stream = new PassThrough();
  const reading = await new Log(config).log(namespace, name, container, stream, { follow: true });
  try {
    for await (const line of createInterface({ input: stream })) if (line.includes(words)) return line;
    return undefined;
  } finally {
    reading.abort();
  }
}
