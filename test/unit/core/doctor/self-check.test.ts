import { describe, expect, test } from "vitest";
import type { Invocation } from "../../../../src/core/aws/lambda.ts";
import { type Checked, checkFunction } from "../../../../src/core/doctor/self-check.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Check } from "../../../../src/core/kube/review.ts";
import { testClock } from "../../../support/clock.ts";

const returned = (...oks: boolean[]): Invocation => ({
  payload: { action: "check", checks: oks.map((ok, at) => ({ name: `check ${at}`, ok })) },
  failed: false,
  log: "",
});
const threw = (errorType: string, errorMessage = "no\nhint: mend it"): Invocation => ({
  payload: { errorType, errorMessage, trace: [errorType] },
  failed: true,
  log: "",
});

const unreachable = new EksLambdaError("AwsUnreachable", "no answer");

/** A function that answers so, one after the other and then always the last. An error is of an invocation that lasts to its limit. */
function deployed(...answers: readonly (Invocation | EksLambdaError)[]) {
  const invoked: unknown[] = [];
  const limits: (number | undefined)[] = [];
  const waited: string[] = [];
  const clock = testClock();
  const last = answers.at(-1) ?? returned();
  const lambda = {
    async invoke(name: string, event: unknown, withinMs?: number) {
      limits.push(withinMs);
      const answer = answers[invoked.push([name, event]) - 1] ?? last;
      if (!(answer instanceof EksLambdaError)) return answer;
      await clock.sleep(withinMs ?? 0);
      throw answer;
    },
  };
  return {
    invoked,
    limits,
    waited,
    clock,
    check: (more: Partial<Checked> = {}) =>
      checkFunction({
        lambda,
        functionName: "f",
        origin: "stock",
        clock,
        waiting: (what) => waited.push(what),
        ...more,
      }),
  };
}

describe("the function's own check", () => {
  test("is one invocation if it passes", async () => {
    const { check, invoked, clock } = deployed(returned(true, true));
    expect(await check()).toEqual([
      { name: "check 0", ok: true },
      { name: "check 1", ok: true },
    ]);
    expect(invoked).toEqual([["f", { action: "check" }]]);
    expect(clock.slept).toEqual([]);
  });

  test("shows a right that two actions need once, and not as there if one has no such answer", async () => {
    const checks = [
      { name: "may list pods", ok: true },
      { name: "may create pods", ok: true },
      { name: "may list pods", ok: false },
    ];
    const { check } = deployed({ payload: { action: "check", checks }, failed: false, log: "" });
    expect(await check()).toEqual([
      { name: "may list pods", ok: false },
      { name: "may create pods", ok: true },
    ]);
  });

  test("does not wait for an answer that no wait changes", async () => {
    const { check, invoked, clock } = deployed(returned(true, false), returned(true, true));
    const isFinal = async (checks: readonly Check[]) => checks.some(({ ok }) => !ok);
    expect(await check({ isFinal })).toMatchObject([{ ok: true }, { ok: false }]);
    expect(invoked).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  test("repeats while mapping and rights propagate, and reports what it waits for", async () => {
    const { check, waited } = deployed(
      threw("Unauthorized"),
      threw("Forbidden"),
      returned(false, true),
      returned(true, true),
    );
    expect(await check()).toMatchObject([{ ok: true }, { ok: true }]);
    expect(waited).toEqual(
      ["Unauthorized", "Forbidden", "rights"].map((why) => `the cluster to know the role (${why})`),
    );
  });

  test("outlasts the two minutes for which an API server keeps the user of the function's token", async () => {
    const { check, clock } = deployed(...Array.from({ length: 121 }, () => returned(false)), returned(true));
    expect(await check()).toMatchObject([{ ok: true }]);
    expect(clock.now()).toBe(121_000);
  });

  test("returns the last result after two and a half minutes", async () => {
    const { check, clock } = deployed(returned(false, true));
    expect(await check()).toMatchObject([{ ok: false }, { ok: true }]);
    expect(clock.now()).toBe(149_000);
  });

  test("throws the function's error after two and a half minutes", async () => {
    const { check, clock } = deployed(threw("Unauthorized"));
    await expect(check()).rejects.toMatchObject({ code: "Unauthorized", message: "no", hint: "mend it" });
    expect(clock.now()).toBe(149_000);
  });

  test("limits each invocation to the rest of the time", async () => {
    const { check, limits } = deployed(threw("Unauthorized"), threw("Unauthorized"), returned(true));
    await check();
    expect(limits).toEqual([150_000, 149_000, 148_000]);
  });

  test("aborts an invocation after two and a half minutes and returns the previous result", async () => {
    const { check, clock } = deployed(threw("Unauthorized"), unreachable);
    await expect(check()).rejects.toMatchObject({ code: "Unauthorized" });
    expect(clock.now()).toBe(150_000);
  });

  test.each([null, 5, [], {}, { checks: null }, { checks: [null] }])(
    "refuses %j, which another code answers",
    async (payload) => {
      const { check } = deployed({ ...returned(), payload });
      await expect(check()).rejects.toMatchObject({ code: "UnexpectedAnswer" });
    },
  );

  test("throws if no invocation answered", async () => {
    const { check, clock } = deployed(unreachable);
    await expect(check()).rejects.toBe(unreachable);
    expect(clock.now()).toBe(150_000);
  });

  test.each(["TlsFailed", "DnsFailed", "EnvironmentIncomplete", "Sandbox.Timedout"])(
    "throws %s at once: no waiting mends it",
    async (code) => {
      const { check, invoked } = deployed(threw(code));
      await expect(check()).rejects.toMatchObject({ code });
      expect(invoked).toHaveLength(1);
    },
  );
});
