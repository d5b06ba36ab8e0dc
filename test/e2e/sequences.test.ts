/**
 * Random sequences of requests leave the same in the sandbox as in a real API server: answers, stored objects, managed
 * fields, and the events of watches. The record says how many do not: there can be fewer, not more.
 * `EKS_LAMBDA_UPDATE_DOCS=1` writes it, and docs/conformance.md. EKS_LAMBDA_FUZZ_RUNS sets the number of requests;
 * EKS_LAMBDA_SEQUENCES_OUT names a file for the shortest sequence of each difference.
 */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryFile } from "../acceptance/support/run.ts";
import { groups } from "./conformance/groups.ts";
import { recorded as recordedCases, writeFiles } from "./conformance/recorded.ts";
import { type RealApi, startRealApi } from "./fuzz/real.ts";
import { countsOf, type Recorded, record, textOf, worse } from "./fuzz/sequences/record.ts";
import { type Outcome, outcomesOf, prepareSides, requestsOf, type Sides, shrunk, told } from "./fuzz/sequences/run.ts";

const seed = Number(process.env.EKS_LAMBDA_SEED ?? 20261125);
/** A sequence is some 25 requests, with the reads between its steps. */
const count = Math.round(Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 10_000) / 25);
const { EKS_LAMBDA_SEQUENCES_OUT: out, EKS_LAMBDA_UPDATE_DOCS: update } = process.env;

let real: RealApi;
let sides: Sides;
let all: readonly Outcome[];
beforeAll(async () => {
  real = await startRealApi();
  sides = await prepareSides(real);
  all = await outcomesOf(sides, seed, count);
}, 3_600_000);
afterAll(() => real.stop());

/** The requests that lead to the difference, and it. */
async function explained(outcome: Outcome): Promise<string> {
  const shortest = await shrunk(sides, outcome);
  return [told(shortest), ...requestsOf(shortest.sequence)].join("\n");
}

test("the sandbox differs in no more sequences than it did", async ({ skip }) => {
  const different = all.filter(({ difference }) => difference !== undefined);
  if (out) {
    const texts: string[] = [];
    for (const one of different) texts.push(await explained(one));
    await writeFile(out, texts.join("\n"));
  }
  const kinds = countsOf(all);
  if (update) {
    const now: Recorded = { seed, sequences: count, kinds };
    await writeFile(repositoryFile("test/e2e/fuzz/sequences/recorded.json"), textOf(now));
    await writeFiles(groups, await recordedCases(groups), { sequences: now });
    return;
  }
  skip(seed !== record.seed || count !== record.sequences, "the record is of other sequences");
  expect(worse(kinds, record.kinds), different.map(told).join("\n")).toEqual([]);
}, 1_200_000);
