/** Sends each case to both API servers, and compares the answers. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kind } from "../../../src/sandbox/kube/kinds.ts";
import { type Comparable, comparable, differencesOf } from "./answers.ts";
import { basesOf, caseOf, collectionOf, type FuzzCase } from "./cases.ts";
import type { Manifest } from "./manifests.ts";
import { panicked, type RealApi } from "./real.ts";
import { type Answered, type Asked, manualClock, sandboxApi } from "./sandbox.ts";

/** How the sandbox answers differently. */
export type Outcome = "refused here" | "accepted here" | "other refusal" | "other object" | "other managers";
export interface Compared {
  readonly sent: FuzzCase;
  readonly real: Comparable;
  readonly sandbox: Comparable;
  readonly outcome: Outcome | "same";
}

type Ask = (asked: Asked) => Promise<Answered>;
export interface Sides {
  readonly real: Ask;
  readonly sandbox: Ask;
}

const parallel = 16;
const second = 1000;

/** An empty sandbox beside the real server, with the objects that exist before the first case. */
export async function prepareSides(real: RealApi, seed: number): Promise<Sides> {
  const clock = manualClock();
  const api = sandboxApi(clock);
  const account = JSON.stringify({ metadata: { name: "default" } });
  const path = "/api/v1/namespaces/default/serviceaccounts";
  // Nothing else makes it: there are no controllers.
  await real.ask({ method: "POST", path, body: account, contentType: "application/json" });
  // A definition is established by the API server itself, before anything else happens.
  const isDefinition = ({ kind }: Kind): boolean => kind === "CustomResourceDefinition";
  const ordered = basesOf(seed).toSorted(([one], [other]) => Number(isDefinition(other)) - Number(isDefinition(one)));
  for (const [kind, manifest] of ordered) {
    const made = {
      method: "POST",
      path: `${collectionOf(kind)}?fieldManager=base`,
      body: JSON.stringify(manifest),
      contentType: "application/json",
    };
    for (const ask of [real.ask, api.ask]) {
      const answer = await ask(made);
      if (answer.status !== 201)
        throw new Error(`${kind.kind} ${JSON.stringify(manifest)}: ${JSON.stringify(answer.body)}`);
    }
    if (!isDefinition(kind)) continue;
    clock.settle(second, 1000);
    await established(real, collectionOf(kind), manifest);
  }
  // From here on, no controller acts in the sandbox either: time stands still.
  return { real: real.ask, sandbox: (asked) => api.ask(asked) };
}

async function established(real: RealApi, collection: string, { metadata }: Manifest): Promise<void> {
  const path = `${collection}/${metadata.name}`;
  for (;;) {
    const { body } = await real.ask({ method: "GET", path, body: "", contentType: "" });
    if (JSON.stringify(body).includes("the initial names have been accepted")) return;
    await sleep(100);
  }
}

export async function compareAll(sides: Sides, seed: number, indexes: readonly number[]): Promise<readonly Compared[]> {
  const results: Compared[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < indexes.length; at = next++)
      results[at] = await compareOne(sides, caseOf(seed, indexes[at] ?? 0));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}

export async function compareOne(sides: Sides, sent: FuzzCase): Promise<Compared> {
  const ask = async (side: Ask): Promise<Comparable> => comparable(await side(await current(side, sent)));
  const [real, sandbox] = [await ask(sides.real), await ask(sides.sandbox)];
  return { sent, real, sandbox, outcome: outcomeOf(real, sandbox) };
}

/** With the version that the object has on this side. */
async function current(side: Ask, sent: FuzzCase): Promise<Asked> {
  if (!sent.body.includes('"VERSION"')) return sent;
  const path = sent.path.split("?")[0] ?? "";
  const { body } = await side({ method: "GET", path, body: "", contentType: "" });
  const { resourceVersion = "" } = (body as { metadata?: { resourceVersion?: string } }).metadata ?? {};
  return { ...sent, body: sent.body.replace('"VERSION"', JSON.stringify(resourceVersion)) };
}

function outcomeOf(real: Comparable, sandbox: Comparable): Compared["outcome"] {
  const [isRefused, isRefusedHere] = [real.status >= 400, sandbox.status >= 400];
  if (isRefusedHere && !isRefused) return "refused here";
  if (isRefused && !isRefusedHere) return "accepted here";
  const same = (what: "status" | "reason" | "fields") => real[what] === sandbox[what];
  if (real.message === panicked.body) return "same";
  if (isRefused) return same("status") && same("reason") && same("fields") ? "same" : "other refusal";
  if (!same("status") || differencesOf(real.object, sandbox.object).length > 0) return "other object";
  return differencesOf(real.managers, sandbox.managers).length > 0 ? "other managers" : "same";
}
