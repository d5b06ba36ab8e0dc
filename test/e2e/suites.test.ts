/**
 * Tests that others wrote run against a real API server without controllers, as their authors run them, and against the
 * sandbox with controllers that are slow to act.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/sandbox/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { type RealApi, startRealApi } from "./fuzz/real.ts";
import { suites } from "./suites.ts";
import { type Outcomes, outcomesOf } from "./support/go-tests.ts";

let real: RealApi;
let sandbox: Sandbox;
let heldMs = 0;
beforeAll(async () => {
  real = await startRealApi();
  // The authors let Pods run without a service account. Nothing else makes it: there are no controllers.
  const [path, body] = [
    "/api/v1/namespaces/default/serviceaccounts",
    JSON.stringify({ metadata: { name: "default" } }),
  ];
  await real.ask({ method: "POST", path, body, contentType: "application/json" });
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms + heldMs, run) };
  sandbox = await startSandbox({ clock });
});
afterAll(() => Promise.all([real.stop(), sandbox.stop()]));

const passing = (all: Outcomes): readonly string[] =>
  [...all].flatMap(([name, state]) => (state === "passed" ? [name] : []));

/** What passes on one side alone, with what the other says. */
const only = (one: Outcomes, other: Outcomes): ReadonlyMap<string, string> =>
  new Map(
    passing(one).flatMap((name) => {
      const state = other.get(name) ?? "missing";
      return state === "passed" ? [] : [[name, state] as const];
    }),
  );

test.each(suites)("$title: what passes on one side alone is listed", { timeout: 600_000 }, async (suite) => {
  const { of, framework, least, notInSandbox } = suite;
  heldMs = suite.heldMs;
  const onReal = await outcomesOf(of, framework, { ...real, ca: btoa(real.ca) });
  const { endpoint, ca } = sandbox.cluster;
  const inSandbox = await outcomesOf(of, framework, { endpoint, ca, token: sandbox.adminToken });

  const counts = [passing(onReal).length, passing(inSandbox).length];
  process.stdout.write(`${of}: ${counts.join(" and ")} of ${onReal.size} pass\n`);
  expect(counts[0]).toBeGreaterThanOrEqual(least);
  expect([...only(inSandbox, onReal)]).toEqual([]);
  const missing = only(onReal, inSandbox);
  const known = notInSandbox.flatMap(({ names }) => names);
  expect([...missing].filter(([name]) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !missing.has(name))).toEqual([]);
});
