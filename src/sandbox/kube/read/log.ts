/** The log of a container. Source: k8s.io/kubernetes/pkg/registry/core/pod, pkg/kubelet */
import { found, type Handling, type Result } from "../handling.ts";
import type { Container, LogLine } from "../logs.ts";
import type { Json, KubeObject } from "../object.ts";
import { numberOf } from "../options.ts";
import { badRequest, invalid, type Problem, wrong } from "../status.ts";
import { isOn } from "../target.ts";
import { openStream } from "./stream.ts";

export function log(handling: Handling): Result {
  const { store, world, request, kind } = handling;
  const { query } = request;
  const pod = found(handling);
  const show = rendering(handling);
  const name = containerOf(pod, query.get("container"));
  if (!pod.spec?.nodeName) return { status: 204, body: "" };
  const container = runOf(pod, name, isOn(query.get("previous")));
  const { logs } = world.state;
  const lines = show(logs.read(container));
  if (!isOn(query.get("follow"))) return { body: lines };
  const stream = openStream(world);
  stream.push(lines);
  if (!isRunning(pod, name)) stream.end();
  else {
    stream.cleaning.push(logs.follow(container, (more) => stream.push(textOf(more, isOn(query.get("timestamps"))))));
    const isOver = (one: KubeObject) => one.metadata.uid === pod.metadata.uid && !isRunning(one, name);
    stream.cleaning.push(
      store.subscribe(({ type, kind: of, object }) => {
        if (of.id === kind.id && (isOver(object) || (type === "DELETED" && object.metadata.uid === pod.metadata.uid)))
          stream.end();
      }),
    );
  }
  return { body: stream.readable };
}

/** What the query wants of the lines; throws 422 for numbers that cannot be. */
function rendering({ request: { query }, world, name, kind }: Handling): (lines: readonly LogLine[]) => string {
  const [bytes, seconds, tail] = ["limitBytes", "sinceSeconds", "tailLines"].map((one) => numberOf(query, one));
  const problems: Problem[] = [];
  if (bytes !== undefined && bytes < 1) problems.push(["limitBytes", wrong(bytes, "must be greater than 0")]);
  if (seconds !== undefined && seconds < 1) problems.push(["sinceSeconds", wrong(seconds, "must be greater than 0")]);
  if (tail !== undefined && tail < 0) problems.push(["tailLines", wrong(tail, "must be greater than or equal to 0")]);
  if (problems.length > 0) throw invalid({ group: kind.group, kind: "PodLogOptions" }, name, problems);
  const since = seconds === undefined ? 0 : world.clock.now() - seconds * 1000;
  return (lines) => {
    const recent = lines.filter(({ time }) => time >= since);
    const wanted = tail === undefined ? recent : recent.slice(recent.length - Math.min(tail, recent.length));
    const text = textOf(wanted, isOn(query.get("timestamps")));
    return bytes === undefined ? text : Buffer.from(text).subarray(0, bytes).toString();
  };
}

const textOf = (lines: readonly LogLine[], timestamps: boolean): string =>
  lines.map(({ time, text }) => `${timestamps ? `${new Date(time).toISOString()} ` : ""}${text}\n`).join("");

function containerOf({ spec, metadata: { name } }: KubeObject, given: string | null): string {
  const [init, main] = [spec?.initContainers ?? [], spec?.containers ?? []].map((list) =>
    list.map((one: Json) => one.name),
  );
  if (given !== null) {
    if (![...init, ...main].includes(given)) throw badRequest(`container ${given} is not valid for pod ${name}`);
    return given;
  }
  if (main.length === 1 && init.length === 0) return main[0];
  const inits = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(" ")}]${inits}`);
}

const statusOf = ({ status }: KubeObject, name: string): Json =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    (one: Json) => one.name === name,
  );

const isRunning = (pod: KubeObject, name: string): boolean => Boolean(statusOf(pod, name)?.state?.running);

/** The run whose log is wanted; throws 400 when there is none. */
function runOf(pod: KubeObject, container: string, previous: boolean): Container {
  const { name, uid = "" } = pod.metadata;
  const status = statusOf(pod, container);
  const refuse = (why: string): Error => badRequest(why);
  const title = `container "${container}" in pod "${name}"`;
  if (!status) throw refuse(`${title} is not available`);
  const { state = {}, lastState = {}, restartCount: restarts = 0 } = status;
  const last = { uid, container, restarts: restarts - 1 };
  if (previous && !lastState.terminated) throw refuse(`previous terminated ${title} not found`);
  if (previous) return last;
  if (state.running || state.terminated) return { uid, container, restarts };
  if (lastState.terminated) return last;
  const reasons: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: "trying and failing to pull image",
  };
  const { reason = "" } = state.waiting ?? {};
  throw refuse(`${title} is waiting to start: ${reasons[reason] ?? reason}`);
}
