/** The scheduler and the kubelet: schedules Pods, starts their containers and ends them as their images say. */
import { kinds } from "../kinds.ts";
import { ownersOf } from "../object.ts";
import type { Condition, Container, ContainerState, ContainerStatus, Node, Pod } from "../objects.ts";
import { conditionsOf } from "../pods.ts";
import { hindranceOf, waitsForClaims } from "./claim.ts";
import { type Control, controllerOf, put, recordEvent, withConditions } from "./control.ts";
import { makeEphemeralClaims } from "./ephemeral.ts";
import { type Image, missingReference, pullError } from "./images.ts";

/** Milliseconds between two steps of a Pod. */
const stepMs = 10;

/** The kubelet's first pause after an image could not be pulled. */
const backOffMs = 10_000;

export const kubelet = controllerOf(kinds.pods, (control, pod) => {
  const { later } = control;
  const soon = (what: string, run: (control: Control, pod: Pod) => void) =>
    later(what, stepMs, { kind: kinds.pods, object: pod, run: (now) => run(control, now) });
  if (!pod.metadata.deletionTimestamp) makeEphemeralClaims(control, pod);
  if (pod.metadata.deletionTimestamp) finish(control, pod);
  else if (!pod.spec.nodeName) schedule(control, pod);
  else if (!nodeOf(control, pod)) return;
  else if (!pod.status.startTime) soon("start", start);
  else if (ending(control, pod).length > 0) soon("stop", stop);
  else if (statusesOf(pod).some(isPulling))
    later("back-off", backOffMs, { kind: kinds.pods, object: pod, run: (now) => backOff(control, now) });
});

const nodeOf = ({ store }: Control, { spec }: Pod): Node | undefined =>
  store.get(kinds.nodes, undefined, spec.nodeName ?? "");

/** Removes a deleted Pod. A Pod on a node that does not exist stays until it is deleted without a grace period. */
function finish(control: Control, pod: Pod): void {
  const isLost = pod.spec.nodeName && !nodeOf(control, pod) && pod.metadata.deletionGracePeriodSeconds;
  if (!isLost && !pod.metadata.finalizers?.length) control.store.remove(kinds.pods, pod);
}

function schedule(control: Control, pod: Pod): void {
  const { store } = control;
  const nodes = store.list(kinds.nodes);
  const wanted = Object.entries(pod.spec.nodeSelector ?? {});
  const isFree = ({ spec }: Node) => !spec?.unschedulable;
  const fitting = nodes.find(
    (one) => isFree(one) && wanted.every(([key, value]) => one.metadata.labels?.[key] === value),
  );
  const hindrance = hindranceOf(control, pod, fitting?.metadata.name);
  if (fitting && hindrance === undefined && waitsForClaims(control, pod)) return;
  const node = hindrance === undefined ? fitting : undefined;
  const why = nodes.some(isFree) ? "didn't match Pod's node affinity/selector" : "were unschedulable";
  const message = `0/${nodes.length} nodes are available: ${hindrance ?? `${nodes.length} node(s) ${why}.`}`;
  const type = "PodScheduled";
  const scheduled: Condition = node
    ? { type, status: "True" }
    : { type, status: "False", reason: "Unschedulable", message };
  const conditions = withConditions(conditionsOf(pod), [scheduled], store.now());
  const spec = node ? { ...pod.spec, nodeName: node.metadata.name } : pod.spec;
  const { namespace, name, resourceVersion } = pod.metadata;
  put(control, kinds.pods, { ...pod, spec, status: { ...pod.status, conditions } });
  if (store.get(kinds.pods, namespace, name)?.metadata.resourceVersion === resourceVersion) return;
  const assigned = `Successfully assigned ${namespace}/${name} to ${node?.metadata.name}`;
  const happening = node
    ? { reason: "Scheduled", message: assigned }
    : { type: "Warning" as const, reason: "FailedScheduling", message };
  recordEvent(control, pod, { ...happening, component: "default-scheduler", of: kinds.pods });
}

function imageOf({ images }: Control, { image }: Pick<Container, "image">): Image {
  const given = images.get(image);
  const reference = given ? undefined : missingReference(image);
  return given ?? (reference ? { waiting: { reason: "ErrImagePull", message: pullError(reference) } } : {});
}

const statusesOf = ({ status }: Pod): readonly ContainerStatus[] => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
];

/** An image of `sandbox.images` waits with the reason that it was given. */
const isPulling = ({ image, state }: ContainerStatus): boolean =>
  state.waiting?.reason === "ErrImagePull" && missingReference(image) !== undefined;

/**
 * The kubelet waits before it pulls again, longer each time. Here it waits for ever.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/images/image_manager.go
 */
function backOff(control: Control, pod: Pod): void {
  const waiting = (status: ContainerStatus): ContainerStatus => {
    if (!isPulling(status)) return status;
    const backing = `Back-off pulling image "${status.image}"`;
    tell(control, pod, { reason: "BackOff", message: backing });
    warn(control, pod, { reason: "Failed", message: "Error: ImagePullBackOff" });
    const message = `${backing}: ErrImagePull: ${status.state.waiting?.message}`;
    return { ...status, state: { waiting: { reason: "ImagePullBackOff", message } } };
  };
  const { initContainerStatuses: init, containerStatuses = [] } = pod.status;
  updateStatus(control, pod, {
    ...pod.status,
    ...(init && { initContainerStatuses: init.map(waiting) }),
    containerStatuses: containerStatuses.map(waiting),
  });
}

function start(control: Control, pod: Pod): void {
  const { store, logs } = control;
  const now = store.now();
  const { uid = "" } = pod.metadata;
  const status = (container: Container, state: ContainerState): ContainerStatus => ({
    name: container.name,
    image: container.image,
    imageID: "",
    restartCount: 0,
    lastState: {},
    state,
    ready: Boolean(state.running) && imageOf(control, container).ready !== false,
  });
  const begin = (container: Container): ContainerState => {
    const { log = "", waiting } = imageOf(control, container);
    if (waiting) return { waiting };
    logs.write({ uid, container: container.name, restarts: 0 }, log);
    return { running: { startedAt: now } };
  };
  const init = (pod.spec.initContainers ?? []).map((container) => {
    const state = begin(container);
    const { exitCode = 0 } = imageOf(control, container);
    return status(container, state.waiting ? state : { terminated: ended(imageOf(control, container), exitCode, now) });
  });
  const isReady = init.every(({ state }) => state.terminated?.exitCode === 0);
  const all = pod.spec.containers.map((container) =>
    status(container, isReady ? begin(container) : { waiting: { reason: "PodInitializing" } }),
  );
  for (const one of [...init, ...all]) {
    const { image, state } = one;
    if (isPulling(one)) {
      tell(control, pod, { reason: "Pulling", message: `Pulling image "${image}"` });
      warn(control, pod, { reason: "Failed", message: `Failed to pull image "${image}": ${state.waiting?.message}` });
      warn(control, pod, { reason: "Failed", message: "Error: ErrImagePull" });
    } else if (state.waiting?.message) warn(control, pod, { reason: "Failed", message: state.waiting.message });
  }
  const isRunning = isReady && all.every(({ state }) => state.running);
  updateStatus(control, pod, {
    phase: isRunning ? "Running" : "Pending",
    startTime: now,
    hostIP: "127.0.0.1",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: all,
  });
}

const ended = ({ reason }: Image, exitCode: number, now: string): NonNullable<ContainerState["terminated"]> => ({
  exitCode,
  reason: reason ?? (exitCode === 0 ? "Completed" : "Error"),
  startedAt: now,
  finishedAt: now,
});

/** `sleep infinity`, which people write for a container that waits for them. */
const isSleeping = ({ command = [], args = [] }: Container): boolean =>
  [...command, ...args].join(" ") === "sleep infinity";

/** The running containers that will exit, with their exit codes. */
function ending(control: Control, pod: Pod): readonly (readonly [name: string, exitCode: number])[] {
  const ofJob = ownersOf(pod).some(({ kind }) => kind === "Job");
  return pod.spec.containers.flatMap((container) => {
    const { runs, exitCode = ofJob && !runs && !isSleeping(container) ? 0 : undefined } = imageOf(control, container);
    const status = pod.status.containerStatuses?.find(({ name }) => name === container.name);
    return exitCode !== undefined && status?.state.running ? [[container.name, exitCode] as const] : [];
  });
}

function stop(control: Control, pod: Pod): void {
  const codes = new Map(ending(control, pod));
  const { restartPolicy } = pod.spec;
  const all = (pod.status.containerStatuses ?? []).map((status): ContainerStatus => {
    const code = codes.get(status.name);
    if (code === undefined) return status;
    const terminated = ended(imageOf(control, status), code, control.store.now());
    const restarts = restartPolicy === "Always" || (restartPolicy === "OnFailure" && code !== 0);
    if (!restarts) return { ...status, ready: false, state: { terminated } };
    const reason = `Back-off restarting failed container ${status.name} in pod ${pod.metadata.name}`;
    warn(control, pod, { reason: "BackOff", message: reason });
    const message = `back-off 10s restarting failed container=${status.name} pod=${pod.metadata.name}`;
    const waiting = { reason: "CrashLoopBackOff", message };
    return { ...status, ready: false, restartCount: 1, state: { waiting }, lastState: { terminated } };
  });
  const isOver = all.every(({ state }) => state.terminated);
  const hasFailed = all.some(({ state }) => state.terminated?.exitCode);
  const phase = isOver ? (hasFailed ? "Failed" : "Succeeded") : "Running";
  updateStatus(control, pod, { ...pod.status, phase, containerStatuses: all });
}

interface Happening {
  readonly reason: string;
  readonly message: string;
  readonly type?: "Warning";
}

const tell = (control: Control, pod: Pod, what: Happening): void =>
  recordEvent(control, pod, { ...what, component: "kubelet", of: kinds.pods });

const warn = (control: Control, pod: Pod, what: Happening): void => tell(control, pod, { ...what, type: "Warning" });

type Started = Pod["status"] & { readonly containerStatuses: readonly ContainerStatus[] };

/** Stores the status, with the conditions that follow from it. */
function updateStatus(control: Control, pod: Pod, status: Started): void {
  const isReady = status.containerStatuses.every(({ ready }) => ready);
  const unready = status.containerStatuses.filter(({ ready }) => !ready).map(({ name }) => name);
  const why =
    status.phase === "Succeeded"
      ? { reason: "PodCompleted" }
      : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
  const ready = isReady ? ({ status: "True" } as const) : ({ status: "False", ...why } as const);
  const wanted: readonly Condition[] = [
    { type: "Initialized", status: "True" },
    { type: "Ready", ...ready },
    { type: "ContainersReady", ...ready },
  ];
  const conditions = withConditions(conditionsOf(pod), wanted, control.store.now());
  put(control, kinds.pods, { ...pod, status: { ...pod.status, ...status, conditions } });
}
