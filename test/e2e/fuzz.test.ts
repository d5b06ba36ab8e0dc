/**
 * Random requests, valid and mutated, get the same answers from the sandbox as from a real API server. The record says how
 * many do not, by kind and mutation: there can be fewer, not more. `EKS_LAMBDA_UPDATE_DOCS=1` writes it, and
 * docs/conformance.md. EKS_LAMBDA_FUZZ_RUNS sets the number of requests; EKS_LAMBDA_FUZZ_OUT names a file for all that differ.
 */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryFile } from "../acceptance/support/run.ts";
import { groups } from "./conformance/groups.ts";
import { recorded as recordedCases, writeFiles } from "./conformance/recorded.ts";
import { differencesOf } from "./fuzz/answers.ts";
import { classes } from "./fuzz/classes.ts";
import { type RealApi, startRealApi } from "./fuzz/real.ts";
import { cellsOf, type Recorded, record, textOf, worse } from "./fuzz/record.ts";
import { type Compared, compareAll, prepareSides } from "./fuzz/run.ts";

const seed = Number(process.env.EKS_LAMBDA_SEED ?? 20261125);
const cases = Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 10_000);
const { EKS_LAMBDA_FUZZ_OUT: out, EKS_LAMBDA_UPDATE_DOCS: update } = process.env;

let real: RealApi;
let all: readonly Compared[];
beforeAll(async () => {
  real = await startRealApi();
  const indexes = Array.from({ length: cases }, (_, index) => index);
  all = await compareAll(await prepareSides(real, seed), seed, indexes);
}, 3_600_000);
afterAll(() => real.stop());

const classOf = (compared: Compared): string | undefined => classes.find(({ has }) => has(compared))?.name;

/** A line for a person, and for grep. */
function told(compared: Compared): string {
  const { sent, real, sandbox, outcome } = compared;
  const { kind, verb, mutation, place, index } = sent;
  const answer = ({ status, reason, fields, message }: Compared["real"]) =>
    `${status} ${reason} [${fields}] ${message}`;
  const objects = differencesOf(real.object, sandbox.object).concat(differencesOf(real.managers, sandbox.managers));
  const what = real.object && sandbox.object ? objects.slice(0, 8).join("; ") : `${answer(real)} ≠ ${answer(sandbox)}`;
  return [`#${index}`, outcome, kind.kind, verb, mutation, place, what].join(" | ").replaceAll("\n", "⏎");
}

test("every difference is of a class that is known", async () => {
  const different = all.filter(({ outcome }) => outcome !== "same");
  if (out) await writeFile(out, different.map(told).join("\n"));
  expect(different.filter((one) => classOf(one) === undefined).map(told)).toEqual([]);
});

test("nothing is refused by the sandbox alone, one in a thousand accepted, and 99 of a hundred objects are the same", () => {
  expect(all.filter(({ outcome }) => outcome === "refused here").map(told)).toEqual([]);
  const accepted = Object.entries(cellsOf(all)).flatMap(([kind, row]) =>
    Object.entries(row).flatMap(([mutation, [count = 0, , accepted = 0]]) =>
      accepted > count / 1000 ? [`${kind}, ${mutation}: ${accepted} of ${count}`] : [],
    ),
  );
  expect(accepted).toEqual([]);
  const stored = all.filter(({ real, sandbox }) => real.object && sandbox.object);
  const same = stored.filter(({ outcome }) => outcome !== "other object");
  expect(same.length / stored.length).toBeGreaterThanOrEqual(0.99);
});

test("there are no more differences than there were", async ({ skip }) => {
  const cells = cellsOf(all);
  const counted = classes.map(
    ({ name }) => [name, all.filter((one) => one.outcome !== "same" && classOf(one) === name).length] as const,
  );
  if (update) {
    const now: Recorded = { seed, cases, cells, classes: Object.fromEntries(counted.filter(([, count]) => count > 0)) };
    await writeFile(repositoryFile("test/e2e/fuzz/recorded.json"), textOf(now));
    await writeFiles(groups, await recordedCases(groups), { requests: now });
    return;
  }
  skip(seed !== record.seed || cases !== record.cases, "the record is of other cases");
  expect(worse(cells, record.cells)).toEqual([]);
});
