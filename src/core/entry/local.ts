/** Runs a function of the user's on this computer, in a process of its own. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { bundled } from "./bundle.ts";
import { callbackRefusal, callbackRemedy, runtime } from "./runtime.ts";

export interface LocalRun {
  /** The absolute path of the entry. */
  readonly file: string;
  readonly event: unknown;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The answer, or like Lambda `{errorType, errorMessage, trace}`. */
export interface LocalAnswer {
  readonly failed: boolean;
  readonly payload: unknown;
}

const limitMs = 30_000;

/** What the code prints goes to stderr. Throws `EntryInvalid` or `EsbuildMissing`, both usage. */
export async function runEntry({ file, event, environment }: LocalRun): Promise<LocalAnswer> {
  const { code } = await bundled(file);
  const child = spawn(process.execPath, ["-e", program, file], { stdio: ["pipe", 2, 2, "pipe"], env: environment });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject).on("close", (status, signal) => resolve(`${signal ?? status}`));
  });
  child.stdin?.on("error", () => {}).end(JSON.stringify({ code, event, requestId: randomUUID(), limitMs }));
  const [answer, status] = await Promise.all([text(child.stdio[3] as Readable), ended]);
  clearTimeout(timer);
  const answered = parsed(answer);
  if (answered) return answered;
  const late = status === "SIGKILL" ? " after 30 s" : "";
  return {
    failed: true,
    payload: { errorType: "Runtime.ExitError", errorMessage: `the function's process ended${late}: ${status}` },
  };
}

/** The code can write to the file descriptor, too: what `program` does not answer counts as no answer. */
function parsed(answer: string): LocalAnswer | undefined {
  try {
    const { failed, payload } = JSON.parse(answer);
    return typeof failed === "boolean" ? { failed, payload } : undefined;
  } catch {
    return undefined;
  }
}

/** Lambda's own answer to every event. */
const callback = {
  errorType: "Runtime.CallbackHandlerDeprecated",
  errorMessage: `the handler ${callbackRefusal}\nhint: ${callbackRemedy}`,
  trace: ["Runtime.CallbackHandlerDeprecated"],
};

/** Packages that are not in the bundle are looked for from the entry's folder. */
const program = `${runtime}
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { exit } = process;
const [, file] = process.argv;
const { code, event, requestId, limitMs } = JSON.parse(readFileSync(0, "utf8"));
const end = Date.now() + limitMs;
const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => Math.max(end - Date.now(), 0) };
const answer = (failed, payload) => {
  writeFileSync(3, JSON.stringify({ failed, payload: payload ?? null }));
  exit(0);
};
(async () => {
  try {
    const own = Object.assign(new Module(file), { filename: file, paths: Module._nodeModulePaths(dirname(file)) });
    own._compile(code, file);
    const { handler } = await own.exports;
    if (takesCallback(handler)) answer(true, ${JSON.stringify(callback)});
    answer(false, await handler(event, context));
  } catch (error) {
    const { name, message, stack } = Object(error);
    const trace = String(stack ?? "").split("\\n");
    answer(true, { errorType: String(name ?? "Error"), errorMessage: String(message ?? error), trace });
  }
})();
`;
