/** Plays sequences on both API servers, and tells where they first differ. */
import { differencesOf } from "../answers.ts";
import { manualClock, sandboxApi } from "../sandbox.ts";
import { type Difference, firstDifference } from "./compare.ts";
import { definition, gadgets } from "./gadgets.ts";
import { type Api, play } from "./play.ts";
import { type Sequence, sequenceOf } from "./sequence.ts";

export interface Sides {
  readonly real: Api;
  readonly sandbox: Api;
  /** The name of a namespace that neither has yet. */
  readonly fresh: () => string;
}

export interface Outcome {
  readonly sequence: Sequence;
  readonly difference: Difference | undefined;
}

const parallel = 12;
const second = 1000;

/** An empty sandbox beside the real server. From then on, time stands still in it. */
export async function prepareSides(real: Api): Promise<Sides> {
  const clock = manualClock();
  const sandbox = sandboxApi(clock);
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const define = { method: "POST", path, body: JSON.stringify(definition), contentType: "application/json" };
  const list = `/apis/${gadgets.apiVersion}/namespaces/default/${gadgets.plural}`;
  for (const api of [real, sandbox]) {
    const { status, body } = await api.ask(define);
    if (status !== 201) throw new Error(JSON.stringify(body));
    clock.settle(second, 1000);
    while ((await api.ask({ method: "GET", path: list, body: "", contentType: "" })).status !== 200)
      clock.settle(second, 1000);
  }
  let count = 0;
  return { real, sandbox, fresh: () => `s${(36 ** 4 + count++).toString(36)}z` };
}

export async function outcomeOf(sides: Sides, sequence: Sequence): Promise<Outcome> {
  const prefix = sides.fresh();
  const [real, sandbox] = [await play(sides.real, sequence, prefix), await play(sides.sandbox, sequence, prefix)];
  return { sequence, difference: firstDifference(real, sandbox, prefix) };
}

export async function outcomesOf(sides: Sides, seed: number, count: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) outcomes[at] = await outcomeOf(sides, sequenceOf(seed, at));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return outcomes;
}

/** The shortest sequence with the same kind of difference, by leaving out steps. */
export async function shrunk(sides: Sides, { sequence, difference }: Outcome): Promise<Outcome> {
  if (!difference) return { sequence, difference };
  const steps = sequence.steps.slice(0, difference.at + 1);
  let shortest: Outcome = { sequence: { ...sequence, steps }, difference };
  for (let at = steps.length - 2; at >= 0; at--) {
    const fewer = { ...shortest.sequence, steps: shortest.sequence.steps.toSpliced(at, 1) };
    const watch = { ...fewer.watch, before: Math.min(fewer.watch.before, fewer.steps.length - 1) };
    const tried = await outcomeOf(sides, { ...fewer, watch });
    if (tried.difference?.aspect === difference.aspect) shortest = tried;
  }
  return shortest;
}

/** A line for a person, and for grep. */
export function told({ sequence, difference }: Outcome): string {
  const { kind, index, steps } = sequence;
  if (!difference) return `#${index} | same | ${kind.kind}`;
  const { aspect, at, real, sandbox, messages } = difference;
  const told = messages.some(Boolean) ? messages.join(" ≠ ") : "";
  const what = [...differencesOf(real, sandbox).slice(0, 8), told].join("; ");
  return [`#${index}`, aspect, kind.kind, `${at}: ${steps[at]?.does ?? "all"}`, what].join(" | ").replaceAll("\n", "⏎");
}

/** The requests of a sequence, as they were sent. */
export function requestsOf({ steps }: Sequence): readonly string[] {
  return steps.map(({ does, asked }) => {
    const { method, path, body, contentType, headers } = asked({ current: undefined, first: "1" });
    return `  ${does}: ${method} ${path} ${headers?.["user-agent"]} ${headers?.accept ?? ""} ${body && contentType} ${body}`;
  });
}
