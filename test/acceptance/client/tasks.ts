/** Ten tasks of a function that acts on a cluster. Each is a function of less than ten lines, as its test counts. */
import { failedContainers, finished, type Kube, resource, restartedNow, rolledOut, succeeded } from "eks-lambda/lambda";
import type { ConfigMap, Definition, Deployment, Job, Pod, Widget } from "./objects.ts";

export async function podsOf(kube: Kube, labelSelector: string) {
  const pods = resource<Pod>("v1", "pods").on(kube);
  const all = await pods.list({ labelSelector }).toArray();
  return all.map(({ metadata }) => metadata.name);
}

export async function restart(kube: Kube, name: string) {
  const deployments = resource<Deployment>("apps/v1", "deployments").on(kube);
  return deployments.patch({ name }, restartedNow());
}

export async function release(kube: Kube, name: string, spec: NonNullable<Deployment["spec"]>) {
  const deployments = resource<Deployment>("apps/v1", "deployments").on(kube);
  const manifest = { kind: "Deployment", metadata: { name }, spec } as const;
  return deployments.apply(manifest, { fieldManager: "release", force: true });
}

export async function runJob(kube: Kube, job: Job) {
  const { metadata } = await resource<Job>("batch/v1", "jobs").on(kube).create(job);
  const done = await resource<Job>("batch/v1", "jobs").on(kube).until(metadata, finished);
  const pods = resource<Pod>("v1", "pods").on(kube);
  const [pod] = await pods.list({ labelSelector: `job-name=${metadata.name}` }).toArray();
  const [failed] = pod ? failedContainers(pod) : [];
  const log = pod && failed ? pods.logs(pod.metadata, { container: failed.container, tailLines: 2 }) : undefined;
  return { succeeded: succeeded(done), reason: failed?.reason, lines: await log?.toArray() };
}

export async function untilRolledOut(kube: Kube, name: string, signal: AbortSignal) {
  const deployments = resource<Deployment>("apps/v1", "deployments").on(kube);
  return (await deployments.until({ name }, rolledOut, { signal })).status;
}

export async function setFlag(kube: Kube, name: string, data: Record<string, string>) {
  const configMaps = resource<ConfigMap>("v1", "configmaps").on(kube);
  await configMaps.patch({ name }, { data });
  return (await configMaps.get({ name })).data;
}

export async function applyWidget(kube: Kube, definition: Definition, widget: Widget) {
  const definitions = resource<Definition>("apiextensions.k8s.io/v1", "customresourcedefinitions").inCluster().on(kube);
  const { metadata } = await definitions.apply(definition);
  await definitions.until(metadata, (one) => isEstablished(one));
  return resource<Widget>("example.com/v1", "widgets").on(kube).apply(widget);
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;

export async function countOf(kube: Kube, labelSelector: string) {
  let count = 0;
  const configMaps = resource<ConfigMap>("v1", "configmaps").on(kube);
  for await (const _ of configMaps.list({ labelSelector, limit: 250 })) count += 1;
  return count;
}

export async function namesUntil(kube: Kube, signal: AbortSignal, seen: (name: string) => void) {
  const configMaps = resource<ConfigMap>("v1", "configmaps").in("kube-public").on(kube);
  for await (const { object } of configMaps.watch({ signal })) seen(object.metadata.name);
}

export async function lineWith(kube: Kube, name: string, words: string) {
  const pods = resource<Pod>("v1", "pods").on(kube);
  for await (const line of pods.logs({ name }, { follow: true })) if (line.includes(words)) return line;
  return undefined;
}
