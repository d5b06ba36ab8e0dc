import { expect, test } from "vitest";
import { linesOf } from "../../../../src/core/kube/lines.ts";

async function linesIn(pieces: Iterable<string>): Promise<readonly string[]> {
  async function* arriving() {
    yield* pieces;
  }
  const lines: string[] = [];
  for await (const line of linesOf(arriving())) lines.push(line);
  return lines;
}

test.each<[string, readonly string[], readonly string[]]>([
  ["nothing", [], []],
  ["one piece", ["a\nb\n"], ["a", "b"]],
  ["a last line without a line feed", ["a\nb"], ["a", "b"]],
  ["a line in several pieces", ["a", "b", "c\nd"], ["abc", "d"]],
  ["a line feed on its own", ["a", "\n", "\n", "b"], ["a", "", "b"]],
  ["an empty piece", ["a", "", "b\n"], ["ab"]],
])("%s", async (_, pieces, lines) => expect(await linesIn(pieces)).toEqual(lines));

test("a line of 31 MiB in pieces of 128 characters is read in linear time", async () => {
  const piece = "x".repeat(128);
  const [line = "", ...others] = await linesIn([...Array(31 * 2 ** 13).fill(piece), "\nb"]);
  expect([line.length, others]).toEqual([31 * 2 ** 20, ["b"]]);
});

test("a line that is longer than an answer may be is refused", () =>
  expect(linesIn(Array(33).fill("x".repeat(2 ** 20)))).rejects.toThrow("a line is too long"));
