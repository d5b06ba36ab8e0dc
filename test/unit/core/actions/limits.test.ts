/** Answers stay below Lambda's limit, whatever containers and the cluster say. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitted, shortened } from "../../../../src/core/actions/limits.ts";

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const lambdaLimit = 6 * 2 ** 20;

describe("a text", () => {
  test.each([
    ["a short one", "x".repeat(666)],
    ["one with as many bytes as it may have", "x".repeat(4_000)],
    ["one whose characters have several bytes", "é".repeat(2_000)],
  ])("%s stays as it is", (_, text) => expect(shortened(text)).toBe(text));

  test.each([
    ["plain", "x", 3_960],
    ["two bytes each", "é", 1_980],
    ["surrogate pairs, of which none is halved", "😀", 990],
    ["escaped in JSON", "\u0001", 660],
    ["quotation marks", '"', 1_980],
  ])("%s: has a limit in bytes, as JSON", (_, character, kept) => {
    const [whole, left] = [character.repeat(5_000), character.length * (5_000 - kept)];
    expect(shortened(whole)).toBe(`${character.repeat(kept)}… (${left} more characters)`);
  });

  test("any text: at most the limit; a short text is not shortened again", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 3_000 }),
        fc.integer({ min: 40, max: 9_000 }),
        (text, most) => {
          const short = shortened(text, most);
          expect(bytesOf(short) - 2).toBeLessThanOrEqual(most);
          expect(shortened(short, most)).toBe(short);
        },
      ),
    ));
});

describe("an answer", () => {
  test("that is short stays as it is", () => {
    const answer = { action: "status", replicas: { ready: 1 }, pods: [{ name: "a", ready: true }], events: [] };
    expect(fitted(answer)).toEqual(answer);
  });

  test("of long log lines has shorter ones", () => {
    const lines = Array(20).fill("\u0000".repeat(400_000));
    const short = fitted({ action: "status", problems: [{ reason: "Error", lines }] });
    expect(bytesOf(short)).toBeLessThan(20 * 4_100);
    expect(short.problems[0]?.lines[19]).toMatch(/… \(399340 more characters\)$/);
  });

  test("of many objects has the first of them, and says so beside the API server's warnings", () => {
    const pods = Array.from({ length: 200_000 }, (_, at) => ({ name: `web-${at}`, phase: "Running" }));
    const short = fitted({ action: "status", pods, events: [1], warnings: ["v1beta1 is deprecated"] });
    expect(bytesOf(short)).toBeLessThan(lambdaLimit);
    expect(short).toEqual({
      ...{ action: "status", events: [1], pods: pods.slice(0, 100_000) },
      warnings: [
        "v1beta1 is deprecated",
        "pods has the first 100000 only: the whole answer is longer than Lambda allows",
      ],
    });
  });

  test("of several long lists has all of them, shorter", () => {
    const names = Array.from({ length: 300_000 }, (_, at) => `web-${at}`);
    const short = fitted({ action: "applied", objects: names, pruned: names });
    expect(bytesOf(short)).toBeLessThan(lambdaLimit);
    expect([short.objects.length, short.pruned.length]).toEqual([150_000, 150_000]);
  });
});
