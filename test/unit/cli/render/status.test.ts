import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { duration, startStatus } from "../../../../src/cli/render/status.ts";

test.each([
  [0, "0.0 s"],
  [440, "0.4 s"],
  [9_999, "9.9 s"],
  [10_000, "10 s"],
  [12_999, "12 s"],
  [59_999, "59 s"],
  [60_000, "1 min 0 s"],
  [125_400, "2 min 5 s"],
])("%d ms is %s", (ms, shown) => expect(duration(ms)).toBe(shown));

/** What a terminal shows, one text for each time that the spinner is drawn. */
let frames: string[] = [];
const before = Object.getOwnPropertyDescriptors(process.stderr);
const cursor = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  Object.assign(process.stderr, { isTTY: true, ...cursor });
  frames = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    frames.push(stripVTControlCharacters(String(text)).trim());
    return true;
  });
});
afterEach(() => {
  for (const name of ["isTTY", ...Object.keys(cursor)]) {
    Reflect.deleteProperty(process.stderr, name);
    if (before[name]) Object.defineProperty(process.stderr, name, before[name]);
  }
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("a spinner shows how many seconds have passed, and what is waited for", async () => {
  let finish = (_: string): void => {};
  let result: Promise<string> | undefined;
  await new Promise<void>((begun) => {
    result = startStatus({}).during("stack", (waiting) => {
      waiting("the role");
      begun();
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
  });
  for (const [step, shown] of [
    [1_080, "stack 1.0 s"],
    [11_000, "stack 12 s"],
    [53_000, "stack 1 min 5 s"],
  ] as const) {
    vi.advanceTimersByTime(step);
    expect(frames.filter(Boolean).at(-1)).toMatch(new RegExp(`^. ${shown} {2}waiting for the role$`, "u"));
  }
  vi.advanceTimersByTime(1_000);
  finish("done");
  expect(await result).toBe("done");
  expect(frames.filter(Boolean).at(-1)).toMatch(/^. stack 1 min 6 s$/u);
});
