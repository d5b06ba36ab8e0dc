import { describe, expect, test } from "vitest";
import type { Facts } from "../../../../src/core/doctor/facts.ts";
import { type Link, looking, Unproven, walk } from "../../../../src/core/doctor/link.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { once } from "../../../../src/core/once.ts";

const nothing = {} as Facts;
const link = (id: string, after: readonly string[], prove: Link["prove"]): Link => ({ id, after, prove });
const holds = (id: string, ...after: string[]) => link(id, after, async () => `${id} holds`);
const breaks = (id: string, ...after: string[]) =>
  link(id, after, async () => {
    throw new EksLambdaError("Broken", `${id} broke`, { hint: "mend it" });
  });

describe("walking the links", () => {
  test("checks each link after those it depends on, and reports them in order", async () =>
    expect(await walk([holds("a"), holds("b", "a")], nothing)).toEqual([
      { link: "a", status: "ok", message: "a holds" },
      { link: "b", status: "ok", message: "b holds" },
    ]));

  test("skips links that depend on a broken one, and checks the others", async () =>
    expect(await walk([breaks("a"), holds("b", "a"), holds("c", "b"), holds("d")], nothing)).toEqual([
      { link: "a", status: "broken", message: "a broke", code: "Broken", hint: "mend it" },
      { link: "b", status: "not reached", message: "needs a" },
      { link: "c", status: "not reached", message: "needs b" },
      { link: "d", status: "ok", message: "d holds" },
    ]));

  test("checks independent links in parallel", async () => {
    const met = new Set<string>();
    let resolve = () => {};
    const both = new Promise<void>((done) => {
      resolve = done;
    });
    const meeting = (id: string) =>
      link(id, [], async () => {
        if (met.add(id).size === 2) resolve();
        await both;
        return id;
      });
    expect(await walk([meeting("a"), meeting("b")], nothing)).toMatchObject([{ status: "ok" }, { status: "ok" }]);
  });

  test("a skipped link does not block others", async () =>
    expect(await walk([holds("b", "a")], nothing)).toMatchObject([{ status: "ok" }]));

  test("an unexpected error is reported by its name", async () =>
    expect(await walk([link("a", [], () => Promise.reject(new RangeError("odd")))], nothing)).toEqual([
      { link: "a", status: "broken", message: "odd", code: "RangeError", hint: undefined },
    ]));

  test("a link that the caller may not read is not broken", async () =>
    expect(await walk([link("a", [], () => Promise.reject(new Unproven("you may not look")))], nothing)).toEqual([
      { link: "a", status: "not reached", message: "you may not look" },
    ]));
});

describe("a read", () => {
  test("that the cluster forbids is inconclusive", () =>
    expect(looking(Promise.reject(new EksLambdaError("Forbidden", "no configmaps for you")))).rejects.toEqual(
      new Unproven("no permission to check: no configmaps for you"),
    ));

  test("that fails for another reason throws", () =>
    expect(looking(Promise.reject(new EksLambdaError("Timeout", "late")))).rejects.toMatchObject({ code: "Timeout" }));

  test("is sent once for all readers", async () => {
    let looks = 0;
    const look = once(async () => ++looks);
    expect([await look(), await look(), looks]).toEqual([1, 1, 1]);
  });
});
