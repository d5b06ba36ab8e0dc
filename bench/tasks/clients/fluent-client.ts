/**
 * The tasks, written as in the README of https://github.com/defenseunicorns/kubernetes-fluent-client. There is no
 * `lineWith`: `Logs` reads a whole log and cannot follow it. The field manager is always "pepr".
 */
import { once } from "node:events";
import { type GenericClass, GenericKind, K8s, kind, RegisterKind } from "kubernetes-fluent-client";

type Deployment = InstanceType<typeof kind.Deployment>;
type Job = InstanceType<typeof kind.Job>;
type Definition = InstanceType<typeof kind.CustomResourceDefinition>;

export async function podsOf(namespace: string, labelSelector: string) {
  const [key = "", value] = labelSelector.split("=");
  const { items } = await K8s(kind.Pod).InNamespace(namespace).WithLabel(key, value).Get();
  return items.map(({ metadata }) => metadata?.name);
}

export async function restart(namespace: string, name: string) {
  const { spec } = await K8s(kind.Deployment).InNamespace(namespace).Get(name);
  const restartedAt = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  const value = { ...spec?.template.metadata?.annotations, ...restartedAt };
  const path = "/spec/template/metadata/annotations";
  return K8s(kind.Deployment, { namespace, name }).Patch([{ op: "add", path, value }]);
}

export async function release(namespace: string, name: string, spec: NonNullable<Deployment["spec"]>) {
  return K8s(kind.Deployment).Apply({ metadata: { name, namespace }, spec }, { force: true });
}

/** Returns the first object that meets a condition. A `Watch` lists, watches, and reconnects by itself. */
async function until<T extends GenericClass>(
  filtered: Watchable<T>,
  condition: (one: InstanceType<T>) => boolean,
  signal?: AbortSignal,
) {
  let watcher: ReturnType<Watchable<T>["Watch"]> | undefined;
  const found = new Promise<InstanceType<T>>((resolve, reject) => {
    watcher = filtered.Watch((one) => {
      if (condition(one)) resolve(one);
    });
    signal?.addEventListener("abort", () => reject(signal.reason));
    watcher.start().catch(reject);
  });
  return found.finally(() => watcher?.close());
}

type Watchable<T extends GenericClass> = Pick<ReturnType<typeof K8s<T>>, "Watch">;

export async function runJob(namespace: string, job: Job) {
  const { metadata } = await K8s(kind.Job, { namespace }).Create(job);
  const name = metadata?.name ?? "";
  const watched = K8s(kind.Job).InNamespace(namespace).WithField("metadata.name", name);
  const done = await until(watched, (one) => has(one, "Complete") || has(one, "Failed"));
  const [pod] = (await K8s(kind.Pod).InNamespace(namespace).WithLabel("job-name", name).Get()).items;
  const failed = pod?.status?.containerStatuses?.find(({ state }) => state?.terminated?.exitCode);
  const log =
    failed &&
    (await K8s(kind.Pod)
      .InNamespace(namespace)
      .Logs(pod?.metadata?.name ?? ""));
  const lines = log?.slice(-2).map((line) => line.replace(/^\[pod\/\S+\] /, ""));
  return { succeeded: has(done, "Complete"), reason: failed?.state?.terminated?.reason, lines };
}

interface WithConditions {
  readonly status?: { readonly conditions?: { readonly type: string; readonly status: string }[] };
}

const has = ({ status }: WithConditions, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === "True") ?? false;

export async function untilRolledOut(namespace: string, name: string, signal: AbortSignal) {
  const watched = K8s(kind.Deployment).InNamespace(namespace).WithField("metadata.name", name);
  return (await until(watched, rolledOut, signal)).status;
}

const rolledOut = ({ metadata, spec, status }: Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
  [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((count) => count === spec?.replicas);

export async function setFlag(namespace: string, name: string, data: Record<string, string>) {
  const operations = Object.entries(data).map(([key, value]) => ({ op: "add", path: `/data/${key}`, value }) as const);
  await K8s(kind.ConfigMap, { namespace, name }).Patch(operations);
  return (await K8s(kind.ConfigMap).InNamespace(namespace).Get(name)).data;
}

class Widget extends GenericKind {
  declare spec: { readonly size: number };
}
RegisterKind(Widget, { group: "example.com", version: "v1", kind: "Widget", plural: "widgets" });

export async function applyWidget(namespace: string, definition: Definition, widget: Widget) {
  const { metadata } = await K8s(kind.CustomResourceDefinition).Apply(definition);
  const isEstablished = (one: Definition) => one.metadata?.name === metadata?.name && has(one, "Established");
  await until(K8s(kind.CustomResourceDefinition), isEstablished); // WithField is "excessively deep" for TypeScript here
  return K8s(Widget).Apply({ ...widget, metadata: { ...widget.metadata, namespace } });
}

export async function countOf(namespace: string, labelSelector: string) {
  let count = 0;
  let page: string | undefined;
  do {
    const query = new URLSearchParams({ labelSelector, limit: "250", ...(page && { continue: page }) });
    const list: unknown = await K8s(kind.ConfigMap).Raw(`/api/v1/namespaces/${namespace}/configmaps?${query}`);
    const { items, metadata } = list as { items: unknown[]; metadata: { continue?: string } };
    count += items.length;
    page = metadata.continue;
  } while (page);
  return count;
}

export async function namesUntil(_: string, signal: AbortSignal, seen: (name: string) => void) {
  const watcher = K8s(kind.ConfigMap)
    .InNamespace("kube-public")
    .Watch(({ metadata }) => seen(metadata?.name ?? ""));
  const aborted = once(signal, "abort");
  await watcher.start();
  await aborted;
  watcher.close();
}
