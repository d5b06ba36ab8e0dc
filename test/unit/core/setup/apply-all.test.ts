/** Removals go on after one that fails, and wait for others last. */
import { expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Planned } from "../../../../src/core/plan.ts";
import { applyAll } from "../../../../src/core/setup/steps/index.ts";
import { refusalOf } from "../../../support/refusal.ts";

/** What happened, in order. */
function recorded() {
  const events: string[] = [];
  const progress = { during: <T>(_: string, work: (waiting: () => void) => Promise<T>) => work(() => {}) };
  const planned = (target: string, more: Partial<Planned> = {}): Planned => ({
    change: { step: "rbac", target, action: "delete", summary: "" },
    apply: async () => void events.push(target),
    ...more,
  });
  const failing = (target: string) =>
    planned(target, { apply: () => Promise.reject(new EksLambdaError(`No${target}`, `${target} is refused`)) });
  const held = (target: string, end: () => Promise<void> = async () => {}) =>
    planned(target, {
      apply: async (_, later) => {
        events.push(target);
        later?.(async () => {
          events.push(`waited for ${target}`);
          await end();
        });
      },
    });
  return { events, planned, failing, held, apply: (all: readonly Planned[]) => applyAll(all, progress) };
}

test("one that fails does not stop the others, and all that failed are told", async () => {
  const { events, planned, failing, apply } = recorded();
  expect(await refusalOf(apply([failing("A"), planned("B"), failing("C"), planned("D")]))).toMatchObject({
    ...{ code: "NoA", message: "A is refused\nC is refused" },
  });
  expect(events).toEqual(["B", "D"]);
});

test("what needs all before it is left out after one that failed, and it is said", async () => {
  const { events, planned, failing, apply } = recorded();
  const stack = planned("stack", { needsAll: true });
  expect(await refusalOf(apply([failing("A"), stack, planned("B")]))).toMatchObject({
    message: "A is refused; because of that not done: rbac stack",
  });
  expect(events).toEqual(["B"]);
  await apply([planned("A"), stack]);
  expect(events).toEqual(["B", "A", "stack"]);
});

test("finalizers are waited for last, all of them, and keep nothing from being removed", async () => {
  const { events, planned, held, apply } = recorded();
  const never = () => Promise.reject(new EksLambdaError("BeingDeleted", "A is being deleted"));
  const all = [held("A", never), held("B"), planned("stack", { needsAll: true })];
  expect(await refusalOf(apply(all))).toMatchObject({ code: "BeingDeleted" });
  expect(events).toEqual(["A", "B", "stack", "waited for A", "waited for B"]);
});
