import { describe, expect, test } from "vitest";
import { failureOf, statusOf, waitForRollout } from "../../../src/cli/rollout-status.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { testClock } from "../../support/clock.ts";

const status = (state: string, message = "") => ({
  ...{ action: "status", kind: "Deployment", namespace: "shop", name: "web", state, message },
  ...{ replicas: {}, pods: [], problems: [], events: [] },
});
const failing = (code: string) => async () => {
  throw new EksLambdaError(code, "no");
};

/** Answers one after the other, then the last again. */
function wait(answers: readonly (() => Promise<unknown>)[], limitMs = 60_000) {
  const [clock, told]: [ReturnType<typeof testClock>, string[]] = [testClock(), []];
  let asked = 0;
  const ask = () => (answers[asked++] ?? answers.at(-1))?.() ?? Promise.resolve();
  const result = waitForRollout({ ask, limitMs, clock, waiting: (what) => void told.push(what) });
  return { result, told, clock };
}
const says = (state: string, message?: string) => async () => status(state, message);

describe("waiting for a rollout", () => {
  test.each(["complete", "failed"])("ends when it is %s, and reports what it still needs", async (end) => {
    const { result, told, clock } = wait([says("progressing", "1 of 2"), says("progressing", "2 of 2"), says(end)]);
    expect(await result).toMatchObject({ state: end });
    expect(told).toEqual(["its rollout: 1 of 2", "its rollout: 2 of 2"]);
    expect(clock.slept).toEqual([2_000, 2_000]);
  });

  test("ends at its limit with the last status", async () => {
    const { result } = wait([says("progressing", "1 of 2")], 10_000);
    expect(await result).toMatchObject({ state: "progressing", message: "1 of 2" });
  });

  test("survives errors that pass", async () => {
    const { result, told } = wait([failing("AwsUnreachable"), failing("Timeout"), says("complete")]);
    expect(await result).toMatchObject({ state: "complete" });
    expect(told).toEqual(["an answer (AwsUnreachable)", "an answer (Timeout)"]);
  });

  test.each(["NotAllowed", "AwsUnreachable"])("ends with %s that does not pass", async (code) =>
    expect(wait([failing(code)]).result).rejects.toMatchObject({ code }),
  );

  test("refuses another answer", async () =>
    expect(wait([async () => ({ action: "created" })]).result).rejects.toMatchObject({ code: "UnexpectedAnswer" }));
});

test.each([
  undefined,
  null,
  "x",
  {},
  { ...status("complete"), pods: [{ name: 1 }] },
  { ...status("complete"), events: {} },
  status("done"),
])("%j is no status", (answer) => expect(statusOf(answer)).toBeUndefined());

const lost = { reason: "ImagePullBackOff", message: "no such image", pod: "web-1", pods: 2, container: "web" };
const crashed = { reason: "CrashLoopBackOff", pod: "web-2", exitCode: 3, lines: ["no database"] };

test.each([
  ["complete", undefined],
  [
    "failed",
    {
      code: "RolloutFailed",
      message: `why
Pod web-1 and 1 more, container "web", ImagePullBackOff: no such image
Pod web-2, CrashLoopBackOff, exit code 3`,
      hint: "kubectl rollout undo deployment/web --namespace shop",
    },
  ],
  [
    "progressing",
    {
      code: "Timeout",
      message: `Deployment "web" is not complete after 900 s: why
Pod web-1 and 1 more, container "web", ImagePullBackOff: no such image
Pod web-2, CrashLoopBackOff, exit code 3`,
      hint: expect.stringContaining("`eks-lambda invoke status deployment/web --namespace shop`"),
    },
  ],
])("%s, with its reasons", (state, failure) => {
  const found = statusOf({ ...status(state, "why"), problems: [lost, crashed] });
  if (!found) throw new Error("no status");
  if (failure) expect(failureOf(found, 900_000)).toMatchObject(failure);
  else expect(failureOf(found, 900_000)).toBeUndefined();
});
