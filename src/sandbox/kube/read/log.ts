/** The log of a container. Source: k8s.io/kubernetes/pkg/registry/core/pod, pkg/kubelet */
import { found, type Handling, type Result } from "../handling.ts";
import { kinds, seenAs } from "../kinds.ts";
import type { LogLine, Run } from "../logs.ts";
import type { Container, ContainerStatus, Pod } from "../objects.ts";
import { numberOf } from "../options.ts";
import { badRequest, invalid, type Problem, wrong } from "../status.ts";
import { isOn } from "../target.ts";
import { openStream } from "./stream.ts";

export function log(handling: Handling): Result {
  const { logs, request } = handling;
  const { query } = request;
  const pod = found({ ...handling, kind: kinds.pods });
  const wanted = wantedOf(handling);
  const name = containerOf(pod, query.get("container"));
  if (!pod.spec.nodeName) return { status: 204, body: "" };
  const run = isOn(query.get("previous")) ? previousRun(pod, name) : currentRun(pod, name);
  const lines = linesToShow(logs.read(run), wanted);
  if (isOn(query.get("follow"))) return follow(handling, { pod, run, lines, wanted });
  return { body: firstBytes(textOf(lines, wanted), wanted.bytes) };
}

interface Followed {
  readonly pod: Pod;
  readonly run: Run;
  /** The lines so far. */
  readonly lines: readonly LogLine[];
  readonly wanted: Wanted;
}

/** Streams the lines so far and new ones, until the container ends or the limit of bytes is reached. */
function follow({ store, logs, streams }: Handling, { pod, run, lines, wanted }: Followed): Result {
  const stream = openStream(streams);
  let left = wanted.bytes;
  const send = (more: readonly LogLine[]) => {
    const text = firstBytes(textOf(more, wanted), left);
    left -= Buffer.byteLength(text);
    stream.push(text);
    if (left <= 0) stream.end();
  };
  const isOver = (one: Pod) => !statusOf(one, run.container)?.state?.running;
  stream.cleaning.push(logs.follow(run, send));
  stream.cleaning.push(
    store.subscribe((change) => {
      const now = seenAs(kinds.pods, change);
      const isOfPod = now?.metadata.uid === pod.metadata.uid;
      if (now && isOfPod && (change.type === "DELETED" || isOver(now))) stream.end();
    }),
  );
  send(lines);
  if (isOver(pod)) stream.end();
  return { body: stream.readable };
}

/** The parts of a log that the query asks for. */
interface Wanted {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly tail: number;
  readonly timestamps: boolean;
}

/** Throws 422 for numbers out of range. */
function wantedOf({ request: { query }, clock, name, kind }: Handling): Wanted {
  const [bytes, seconds, tail] = ["limitBytes", "sinceSeconds", "tailLines"].map((one) => numberOf(query, one));
  const problems: Problem[] = [];
  if (bytes !== undefined && bytes < 1) problems.push(["limitBytes", wrong(bytes, "must be greater than 0")]);
  if (seconds !== undefined && seconds < 1) problems.push(["sinceSeconds", wrong(seconds, "must be greater than 0")]);
  if (tail !== undefined && tail < 0) problems.push(["tailLines", wrong(tail, "must be greater than or equal to 0")]);
  if (problems.length > 0) throw invalid({ group: kind.group, kind: "PodLogOptions" }, name, problems);
  return {
    bytes: bytes ?? Number.POSITIVE_INFINITY,
    since: seconds === undefined ? 0 : clock.now() - seconds * 1000,
    tail: tail ?? Number.POSITIVE_INFINITY,
    timestamps: isOn(query.get("timestamps")),
  };
}

function linesToShow(lines: readonly LogLine[], { since, tail }: Wanted): readonly LogLine[] {
  const recent = lines.filter(({ time }) => time >= since);
  return recent.slice(recent.length - Math.min(tail, recent.length));
}

const textOf = (lines: readonly LogLine[], { timestamps }: Wanted): string =>
  lines.map(({ time, text }) => `${timestamps ? `${new Date(time).toISOString()} ` : ""}${text}\n`).join("");

const firstBytes = (text: string, count: number): string => Buffer.from(text).subarray(0, count).toString();

/** Throws 400 if the Pod has no such container, or several and none is named. */
function containerOf({ spec, metadata: { name } }: Pod, given: string | null): string {
  const namesOf = (list: readonly Container[] = []) => list.map((one) => one.name);
  const [init, main] = [namesOf(spec.initContainers), namesOf(spec.containers)];
  if (given !== null) {
    if (![...init, ...main].includes(given)) throw badRequest(`container ${given} is not valid for pod ${name}`);
    return given;
  }
  if (main[0] !== undefined && main.length === 1 && init.length === 0) return main[0];
  const inits = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(" ")}]${inits}`);
}

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find((one) => one.name === name);

const titleOf = ({ metadata }: Pod, container: string): string => `container "${container}" in pod "${metadata.name}"`;

/** Throws 400 if the container has no status yet. */
function startedStatusOf(pod: Pod, container: string): ContainerStatus {
  const status = statusOf(pod, container);
  if (!status) throw badRequest(`${titleOf(pod, container)} is not available`);
  return status;
}

/** Throws 400 if the container has not run before. */
function previousRun(pod: Pod, container: string): Run {
  const { lastState, restartCount = 0 } = startedStatusOf(pod, container);
  if (!lastState?.terminated) throw badRequest(`previous terminated ${titleOf(pod, container)} not found`);
  return { uid: pod.metadata.uid ?? "", container, restarts: restartCount - 1 };
}

/** Throws 400 if the container has not started. */
function currentRun(pod: Pod, container: string): Run {
  const { state = {}, lastState = {}, restartCount: restarts = 0 } = startedStatusOf(pod, container);
  if (state.running || state.terminated) return { uid: pod.metadata.uid ?? "", container, restarts };
  if (lastState.terminated) return previousRun(pod, container);
  const { reason = "" } = state.waiting ?? {};
  throw badRequest(`${titleOf(pod, container)} is waiting to start: ${waiting[reason] ?? reason}`);
}

const waiting: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};
