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
  test("proves each once those before it hold, and tells them in their order", async () =>
    expect(await walk([holds("a"), holds("b", "a")], nothing)).toEqual([
      { link: "a", status: "ok", message: "a holds" },
      { link: "b", status: "ok", message: "b holds" },
    ]));

  test("does not reach what rests on a broken one, however far, and goes on with the rest", async () =>
    expect(await walk([breaks("a"), holds("b", "a"), holds("c", "b"), holds("d")], nothing)).toEqual([
      { link: "a", status: "broken", message: "a broke", code: "Broken", hint: "mend it" },
      { link: "b", status: "not reached", message: "needs a" },
      { link: "c", status: "not reached", message: "needs b" },
      { link: "d", status: "ok", message: "d holds" },
    ]));

  test("proves links side by side that do not rest on each other", async () => {
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

  test("a link that is not walked holds nobody up", async () =>
    expect(await walk([holds("b", "a")], nothing)).toMatchObject([{ status: "ok" }]));

  test("an error that nobody foresaw is told by its name", async () =>
    expect(await walk([link("a", [], () => Promise.reject(new RangeError("odd")))], nothing)).toEqual([
      { link: "a", status: "broken", message: "odd", code: "RangeError", hint: undefined },
    ]));

  test("a link that the caller may not look at is not broken", async () =>
    expect(await walk([link("a", [], () => Promise.reject(new Unproven("you may not look")))], nothing)).toEqual([
      { link: "a", status: "not reached", message: "you may not look" },
    ]));
});

describe("a look", () => {
  test("that the cluster forbids proves nothing", () =>
    expect(looking(Promise.reject(new EksLambdaError("Forbidden", "no configmaps for you")))).rejects.toEqual(
      new Unproven("no permission to check: no configmaps for you"),
    ));

  test("that fails otherwise fails", () =>
    expect(looking(Promise.reject(new EksLambdaError("Timeout", "late")))).rejects.toMatchObject({ code: "Timeout" }));

  test("is made once, however many ask", async () => {
    let looks = 0;
    const look = once(async () => ++looks);
    expect([await look(), await look(), looks]).toEqual([1, 1, 1]);
  });
});
