/** Runs the user's function on this computer, in a separate process. */
import { spawn } from "node:child_process";
import { type Answer, answerOf } from "./answer.ts";
import { bundled } from "./bundle.ts";
import { contextOf, type Described, variablesOf } from "./context.ts";
import { callbackRefusal, callbackRemedy, runtime } from "./runtime.ts";

export interface LocalRun {
  /** The absolute path of the source. */
  readonly file: string;
  readonly event: unknown;
  readonly described: Described;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The answer, or like Lambda `{errorType, errorMessage, trace}`. */
export interface LocalAnswer {
  readonly failed: boolean;
  readonly payload: unknown;
}

/** Of a payload, as Lambda's. */
const mostBytes = 6_291_556;
/** What `program` writes around the payload is shorter. */
const aroundBytes = 100;

const shapes = { ended: { failed: "boolean", payload: "unknown" } } as const;

/** What the code prints goes to stderr. Throws `EntryInvalid` or `EsbuildMissing`, both usage. */
export async function runSource({ file, event, described, environment }: LocalRun): Promise<LocalAnswer> {
  const { code } = await bundled(file);
  const { region, timeoutMs: limitMs } = described;
  const context = contextOf(described, Date.now());
  const child = spawn(process.execPath, ["-e", program, file], {
    stdio: ["pipe", 2, 2, "pipe"],
    env: { ...environment, ...variablesOf(context, region) },
  });
  child.stdin?.on("error", () => {}).end(JSON.stringify({ code, event, context, limitMs }));
  const answer = await answerOf(child, shapes, { limitMs, maxBytes: mostBytes + aroundBytes });
  if (answer.kind !== "ended") return { failed: true, payload: withoutAnswer(answer, limitMs) };
  const isLong = Buffer.byteLength(JSON.stringify(answer.payload)) > mostBytes;
  return isLong ? { failed: true, payload: tooLong } : answer;
}

const tooLong = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${mostBytes} bytes).`,
};

type WithoutAnswer = Exclude<Answer<typeof shapes>, { readonly kind: "ended" }>;

/** As Lambda reports it. */
function withoutAnswer(
  answer: WithoutAnswer,
  limitMs: number,
): { readonly errorType: string; readonly errorMessage: string } {
  if (answer.kind === "long") return tooLong;
  const how = answer.kind === "late" ? `did not end within ${limitMs / 1_000} s` : `ended: ${answer.status}`;
  return { errorType: "Runtime.ExitError", errorMessage: `the function's process ${how}` };
}

/** Lambda's own answer to every event. */
const callback = {
  errorType: "Runtime.CallbackHandlerDeprecated",
  errorMessage: `the handler ${callbackRefusal}\nhint: ${callbackRemedy}`,
  trace: ["Runtime.CallbackHandlerDeprecated"],
};

/** Packages that are not in the bundle are looked for from the source's folder. */
const program = `${runtime}
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { exit } = process;
const [, file] = process.argv;
const { code, event, context, limitMs } = JSON.parse(readFileSync(0, "utf8"));
const end = Date.now() + limitMs;
completed(context).getRemainingTimeInMillis = () => Math.max(end - Date.now(), 0);
const textOf = (answer) => {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    throw Object.assign(new Error("Unable to stringify response body"), { name: "Runtime.JSONStringifyError" });
  }
};
const answer = (failed, payload) => {
  writeFileSync(3, '{"kind":"ended","failed":' + failed + ',"payload":' + textOf(payload) + "}");
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
    if (!(error instanceof Error)) answer(true, { errorType: typeof error, errorMessage: String(error), trace: [] });
    const { name, message, stack } = error;
    answer(true, { errorType: String(name), errorMessage: String(message), trace: String(stack ?? "").split("\\n") });
  }
})();
`;
