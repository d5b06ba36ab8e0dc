/** The code of an entry can write what it likes to the file descriptor of the answer. */
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { answerOf } from "../../../../src/core/code/answer.ts";

const shapes = { ended: { failed: "boolean", payload: "unknown" }, threw: { name: "string" } } as const;

const answer = (program: string, limitMs = 60_000) => {
  const code = `const { writeSync } = require("node:fs"); ${program}`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  return answerOf(child, shapes, { limitMs, maxBytes: 100_000 });
};
const writing = (text: string) => answer(`writeSync(3, ${JSON.stringify(text)});`);

test.each([
  ['{"kind":"ended","failed":false,"payload":[1]}', { kind: "ended", failed: false, payload: [1] }],
  ['{"kind":"ended","failed":true}', { kind: "ended", failed: true, payload: undefined }],
  ['{"kind":"threw","name":"Error","more":1}', { kind: "threw", name: "Error" }],
])("%s is an answer", async (text, expected) => expect(await writing(text)).toEqual(expected));

test.each([
  "",
  "{{{",
  "null",
  "7",
  '"ended"',
  '[{"kind":"ended","failed":true}]',
  '{"kind":"unknown"}',
  '{"kind":"exited","status":"7"}',
  '{"kind":"late"}',
  '{"kind":"ended","failed":"no"}',
  '{"kind":["ended"],"failed":true}',
  '{"kind":"toString"}',
  '{"kind":"__proto__"}',
  '{"failed":true,"payload":null}',
  '{"kind":"threw","name":"a"}{"kind":"threw","name":"b"}',
])("%j is none", async (text) => expect(await writing(text)).toEqual({ kind: "exited", status: "0" }));

test("an answer that does not end is cut off, and its process is ended", async () =>
  expect(await answer('for (;;) writeSync(3, "x".repeat(10_000));')).toEqual({ kind: "long" }));

test.each([
  ["a process", "setInterval(() => {}, 1_000);"],
  [
    "a process of the code that holds the file descriptor",
    `const stdio = ["ignore", "ignore", "ignore", 3];
     require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 10_000)"], { stdio, detached: true });
     process.exit();`,
  ],
])("%s is not waited for without end", async (_, program) =>
  expect(await answer(program, 1_000)).toEqual({ kind: "late" }),
);

test("a process that is killed says how it ended", async () =>
  expect(await answer('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1_000);')).toEqual({
    kind: "exited",
    status: "SIGTERM",
  }));
