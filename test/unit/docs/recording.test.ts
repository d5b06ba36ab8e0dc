/** The recording at the top of the README, which `npm run record` writes. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const picture = readFileSync("docs/demo.svg", "utf8");
const numbers = (pattern: RegExp) => [...picture.matchAll(pattern)].map(([, number]) => Number(number));
const [durationMs = 0] = numbers(/animation:s (\d+)ms/g);
/** The words of each line, without what is typed. */
const lines = [...picture.matchAll(/<text [^>]*?style="animation:l\d+ [^>]*>(.*?)<\/text>/g)].map(([, text = ""]) =>
  text.replace(/<[^>]*>/g, ""),
);
const typed = (line: number): string =>
  [...picture.matchAll(new RegExp(`animation:k${line}-\\d+ [^>]*>(.)`, "g"))].map(([, key]) => key).join("");

test("is at most 900 pixels wide and 25 lines high", () => {
  const [, width = 0, height = 0] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(picture)?.map(Number) ?? [];
  expect(width).toBeLessThanOrEqual(900);
  expect(height).toBeLessThanOrEqual(25 * 18 + 24);
});

test("begins with setup, and ends with two replicas", () => {
  expect([lines[0], typed(0)]).toEqual(["(sandbox) $ ", "eks-lambda setup"]);
  expect(lines.at(-1)).toMatch(/ 2\/2 ready$/);
});

test("its last screen stays for 4 s", () => {
  const last = Math.max(...numbers(/(\d+\.\d+)%\{/g));
  expect(durationMs * (1 - last / 100)).toBeGreaterThanOrEqual(3_990);
});

test("lines and keys appear at once: between two frames, a browser would fade them in", () => {
  const animations = picture.match(/animation:[skl][^";}]*/g) ?? [];
  expect(animations.length).toBeGreaterThan(50);
  expect(animations.filter((one) => !one.endsWith("ms step-end infinite"))).toEqual([]);
});
