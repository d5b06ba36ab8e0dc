/**
 * Ten tasks of a function that acts on a cluster. Each is a function of less than ten lines, as its test counts. The
 * function carries only the methods that it uses.
 */
import {
  failedContainers,
  finished,
  type Kube,
  resourceWith,
  restartedNow,
  rolledOut,
  succeeded,
} from "eks-lambda/lambda";
import { apply, create, get, list, logs, patch, until, watch } from "eks-lambda/lambda/methods";
import type { ConfigMap, Definition, Deployment, Job, Pod, Widget } from "./objects.ts";

const resource = resourceWith({ apply, create, get, list, logs, patch, until, watch });
const pods = resource<Pod>("v1", "pods");
const deployments = resource<Deployment>("apps/v1", "deployments");
const configMaps = resource<ConfigMap>("v1", "configmaps");
const jobs = resource<Job>("batch/v1", "jobs");
const widgets = resource<Widget>("example.com/v1", "widgets");
const definitions = resource<Definition>("apiextensions.k8s.io/v1", "customresourcedefinitions").clusterScoped();

export async function podsOf(kube: Kube, labelSelector: string) {
  const all = await pods.on(kube).list({ labelSelector }).toArray();
  return all.map(({ metadata }) => metadata.name);
}

export async function restart(kube: Kube, name: string) {
  return deployments.on(kube).patch({ name }, restartedNow());
}

export async function release(kube: Kube, name: string, spec: NonNullable<Deployment["spec"]>) {
  const manifest = { kind: "Deployment", metadata: { name }, spec } as const;
  return deployments.on(kube).apply(manifest, { fieldManager: "release", force: true });
}

const ofJob = (name: string) => ({ labelSelector: `job-name=${name}` });

export async function runJob(kube: Kube, job: Job) {
  const { name } = (await jobs.on(kube).create(job)).metadata;
  const done = await jobs.on(kube).until({ name }, finished);
  const [pod] = await pods.on(kube).list(ofJob(name)).toArray();
  const [failed] = pod ? failedContainers(pod) : [];
  const at = { name: pod?.metadata.name ?? "" };
  const log = failed && pods.on(kube).logs(at, { container: failed.container, tailLines: 2 });
  return { succeeded: succeeded(done), reason: failed?.reason, lines: await log?.toArray() };
}

export async function untilRolledOut(kube: Kube, name: string, signal: AbortSignal) {
  return (await deployments.on(kube).until({ name }, rolledOut, { signal })).status;
}

export async function setFlag(kube: Kube, name: string, data: Record<string, string>) {
  await configMaps.on(kube).patch({ name }, { data });
  return (await configMaps.on(kube).get({ name })).data;
}

export async function applyWidget(kube: Kube, definition: Definition, widget: Widget) {
  const { metadata } = await definitions.on(kube).apply(definition);
  await definitions.on(kube).until(metadata, isEstablished);
  return widgets.on(kube).apply(widget);
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;

export async function countOf(kube: Kube, labelSelector: string) {
  let count = 0;
  for await (const _ of configMaps.on(kube).list({ labelSelector, pageSize: 250 })) count += 1;
  return count;
}

export async function namesUntil(kube: Kube, signal: AbortSignal, seen: (name: string) => void) {
  for await (const { object } of configMaps.in("kube-public").on(kube).watch({ signal })) seen(object.metadata.name);
}

export async function lineWith(kube: Kube, name: string, words: string) {
  for await (const line of pods.on(kube).logs({ name }, { follow: true })) if (line.includes(words)) return line;
  return undefined;
}
