import { expect, test } from "vitest";
import { eachErrorOnce, isError, isFrame } from "../../../../src/core/stack/log-lines.ts";

const ours = (fields: object) => JSON.stringify({ requestId: "r-1", durationMs: 1, ...fields });
const report = (errorType: string, errorMessage: string, before = "") =>
  `${before}Invoke Error ${before && "\t"} ${JSON.stringify({ errorType, errorMessage, trace: ["x"] })}\n`;
const inLambda = "2026-01-31T12:00:00.000Z\tr-1\tERROR\t";

test.each([
  ["our line", ours({ level: "ERROR", code: "NotFound", message: "no" })],
  ["Lambda's report", report("NotFound", "no", inLambda)],
  ["the sandbox's", report("NotFound", "no")],
  ["what a program writes to stderr", `${inLambda}no database\n`],
  ["an uncaught exception", `${inLambda}Uncaught Exception \t{"errorType":"Error"}`],
  ["a time-out", "2026-01-31T12:00:00.000Z r-1 Task timed out after 30.00 seconds\n"],
  ["an exit", "RequestId: r-1 Error: Runtime exited with error: exit status 1\n"],
  ["a thrown error that was printed", "TypeError: x is not a function\n"],
  ["a level that is a number", '{"level":50,"msg":"no"}'],
  ["JSON of a logger", '{"level":"error","message":"no"}'],
  ["Lambda's JSON format", '{"timestamp":"2026-01-31T12:00:00.000Z","level":"ERROR","requestId":"r-1","message":"no"}'],
])("%s is an error", (_, line) => expect(isError(line)).toBe(true));

test.each([
  ["our line", ours({ level: "INFO", result: { message: "\tERROR\t" } })],
  ["a report of Lambda", "REPORT RequestId: r-1\tDuration: 1 ms\n"],
  ["text with the word", "no error\n"],
  ["a warning that is a number", '{"level":40,"msg":"no"}'],
  ["a warning", "2026-01-31T12:00:00.000Z\tr-1\tWARN\tError: x\n"],
  ["JSON without a level", '{"error":"x"}'],
  ["JSON that is no object", "null"],
])("%s is none", (_, line) => expect(isError(line)).toBe(false));

test.each([
  ["an environment's start", "INIT_START Runtime Version: nodejs:22.v1\n", true],
  ["a start", "START RequestId: r-1 Version: $LATEST\n", true],
  ["an end", "END RequestId: r-1\n", true],
  ["a report", "REPORT RequestId: r-1\tDuration: 1 ms\tBilled Duration: 2 ms\n", true],
  ["a report of a time-out", "REPORT RequestId: r-1\tDuration: 3000 ms\tStatus: timeout\n", false],
  ["a start that failed", "INIT_REPORT Init Duration: 9 ms\tPhase: init\tStatus: error\n", false],
  ["a report in the JSON format", '{"type":"platform.report","record":{"requestId":"r-1","status":"success"}}', true],
  ["a start in the JSON format", '{"type":"platform.start","record":{"requestId":"r-1"}}', true],
  ["a time-out in the JSON format", '{"type":"platform.report","record":{"status":"timeout"}}', false],
  ["our line", ours({ level: "INFO" }), false],
  ["a program's word", "STARTED\n", false],
  ["JSON of a program", '{"type":"order"}', false],
])("%s frames an invocation, or not", (_, line, frames) => expect(isFrame(line)).toBe(frames));

test.each([
  ["with its hint", { code: "NotFound", message: "no" }, ["NotFound", "no\nhint: look"]],
  ["without a hint", { code: "NotFound", message: "no" }, ["NotFound", "no"]],
  ["with a message of several lines", { code: "JobFailed", message: "a\nb" }, ["JobFailed", "a\nb\nhint: c"]],
  ["that nobody expected", { error: "TypeError: x" }, ["TypeError", "x"]],
] as const)("an error %s is told once for each time", (_, told, [type, message]) => {
  const isFirst = eachErrorOnce();
  const line = ours({ level: "ERROR", ...told });
  const all = [line, report(type, message, inLambda), line, line, report(type, message), report(type, message)];
  expect(all.map(isFirst)).toEqual([true, false, true, true, false, true]);
});

test("another error is told, too", () => {
  const isFirst = eachErrorOnce();
  const all = [
    ours({ level: "ERROR", code: "NotFound", message: "no" }),
    report("NotFound", "nothing"),
    report("Other", "no"),
    "null",
  ];
  expect(all.map(isFirst)).toEqual([true, true, true, true]);
});
