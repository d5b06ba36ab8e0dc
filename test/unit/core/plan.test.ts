import { describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { type Intent, plan, type Resource, together } from "../../../src/core/plan.ts";

interface Shelf extends Resource<string> {
  readonly writes: readonly (string | undefined)[];
  readonly rehearsed: readonly string[];
}

/** A shelf with room for one thing. */
function shelf(thing: string | undefined, wanted: string, more: Partial<Resource<string>> = {}): Shelf {
  let there = thing;
  const writes: (string | undefined)[] = [];
  const rehearsed: string[] = [];
  return {
    target: "shelf",
    wanted,
    writes,
    rehearsed,
    read: async () => there,
    show: (value) => value.toLowerCase(),
    summary: (found) => `holds ${found ?? "nothing"}`,
    rehearse: async (found, after) => void rehearsed.push(`${found} to ${after}`),
    write: async (after) => {
      writes.push(after);
      there = after;
    },
    ...more,
  };
}

describe("a plan", () => {
  test.each<[string, string | undefined, Intent, string, string | undefined, string | undefined]>([
    ["makes what is not there", undefined, "present", "create", undefined, "cup"],
    ["changes what differs", "Jug", "present", "update", "jug", "cup"],
    ["removes what is there", "Jug", "absent", "delete", "jug", undefined],
  ])("%s, when it is applied and not before", async (_, thing, intent, action, before, after) => {
    const resource = shelf(thing, "Cup");
    const { change, apply } = await plan("step", resource, intent);
    expect(change).toEqual({
      step: "step",
      target: "shelf",
      summary: `holds ${thing ?? "nothing"}`,
      action,
      before,
      after,
    });
    expect(resource.writes).toEqual([]);
    expect(resource.rehearsed).toHaveLength(1);
    await apply?.(() => {});
    expect(resource.writes).toEqual([intent === "present" ? "Cup" : undefined]);
    expect((await plan("step", resource, intent)).change.action).toBe("unchanged");
  });

  test.each<[string, string | undefined, Intent]>([
    ["looks the same", "CUP", "present"],
    ["is not there and should not be", undefined, "absent"],
  ])("has nothing to apply, nor to rehearse, where what is there %s", async (_, thing, intent) => {
    const resource = shelf(thing, "Cup");
    const planned = await plan("step", resource, intent);
    expect(planned).not.toHaveProperty("apply");
    expect(planned.change.action).toBe("unchanged");
    expect(resource.rehearsed).toEqual([]);
  });

  test("fails if the rehearsal fails", async () => {
    const resource = shelf("Jug", "Cup", { rehearse: () => Promise.reject(new Error("may not")) });
    await expect(plan("step", resource, "present")).rejects.toThrow("may not");
  });

  test.each<[Intent, string | undefined]>([
    ["absent", undefined],
    ["present", "Cup"],
  ])("leaves what is to be kept when it should be %s, and says why", async (intent, after) => {
    const keep = (found: string, wanted: string | undefined) => `${found}, not ${wanted}, is a person's`;
    const resource = shelf("Jug", "Cup", { keep });
    const planned = await plan("step", resource, intent);
    expect(planned.change).toMatchObject({ action: "unchanged", summary: `kept: Jug, not ${after}, is a person's` });
    expect(planned).not.toHaveProperty("apply");
    const nothingToKeep = shelf("Jug", "Cup", { keep: async () => undefined });
    expect((await plan("step", nothingToKeep, intent)).change.action).not.toBe("unchanged");
  });
});

describe("several refusals", () => {
  const refusal = (code: string, hint: string) => Promise.reject(new EksLambdaError(code, `${code} it is`, { hint }));

  test("become one error with the first code and all distinct messages and hints", () =>
    expect(
      together([Promise.resolve(1), refusal("B", "do b"), refusal("A", "do a"), refusal("B", "do b")]),
    ).rejects.toMatchObject({ code: "B", message: "B it is\nA it is", hint: "do b\ndo a" }));

  test("become no error if all succeed", async () =>
    expect(await together([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]));
});
