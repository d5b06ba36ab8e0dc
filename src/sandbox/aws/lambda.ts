/** Lambda: functions that stacks made, their code in a folder, their environments Node processes that are kept warm. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assumeRole, type Data, type Pairs, put, type Resource, type World } from "../state.ts";
import { byArn, find, notFound } from "./resources.ts";
import type { Context, Operations } from "./service.ts";

/** By name or ARN. */
function functionOf({ FunctionName }: Data, { world }: Context): Resource {
  const name = `${FunctionName}`.split(":").at(-1);
  const found = find(world, "AWS::Lambda::Function", name);
  if (!found) throw notFound(`Function not found: arn:aws:lambda:${world.region}:${world.account}:function:${name}`);
  return found;
}

export const lambda: Operations = {
  "lambda:GetFunctionConfiguration": (input, context) => functionOf(input, context).properties,
  "lambda:UpdateFunctionConfiguration"({ Description, ...input }, context) {
    const old = functionOf(input, context);
    const changed = { ...old, properties: { ...old.properties, Description } };
    put(context.world.state, old.key, changed);
    return changed.properties;
  },
  async "lambda:Invoke"(input, context) {
    const found = functionOf(input, context);
    const { invoke } = context.world.state.running.get(found.key) ?? run(context.world, found);
    const requestId = randomUUID();
    const { payload, failed, log } = await invoke(JSON.parse(context.request.body || "{}"), requestId);
    const headers = {
      "content-type": "application/json",
      "x-amzn-requestid": requestId,
      "x-amz-log-result": Buffer.from(log).subarray(-4096).toString("base64"),
      ...(failed && { "x-amz-function-error": "Unhandled" }),
    };
    return { status: 200, headers, body: payload };
  },
};

/** `payload` is JSON. */
type Result = { readonly failed: boolean; readonly payload: string; readonly log: string };
export type RunningFunction = { invoke(event: unknown, requestId: string): Promise<Result>; stop(): void };

function run(world: World, { key, name, properties, attributes }: Resource): RunningFunction {
  const { Handler, Timeout = 3, Role, Environment, InlineCode } = properties;
  const role = byArn(world, Role);
  const credentials = role && assumeRole(world, role, name);
  const folder = mkdtempSync(join(tmpdir(), "eks-lambda-sandbox-"));
  writeFileSync(join(folder, "index.js"), `${InlineCode}`);
  writeFileSync(join(folder, "bootstrap.cjs"), bootstrap);
  const env = {
    ...(Environment as { Variables?: Pairs } | undefined)?.Variables,
    AWS_REGION: world.region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    AWS_SESSION_TOKEN: credentials?.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: name,
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: `${Handler ?? "index.handler"}`,
  };
  const all: ChildProcessWithoutNullStreams[] = [];
  const warm: ChildProcessWithoutNullStreams[] = [];

  function start(): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [join(folder, "bootstrap.cjs")], { env, cwd: folder });
    child.stdin.on("error", () => {}); // It may have ended.
    all.push(child);
    return child;
  }

  async function invoke(event: unknown, awsRequestId: string): Promise<Result> {
    const child = warm.pop() ?? start();
    const [id, began, timeoutMs] = [`RequestId: ${awsRequestId}`, performance.now(), Number(Timeout) * 1000];
    const context = { functionName: name, invokedFunctionArn: attributes.Arn, awsRequestId };
    child.stdin.write(`${JSON.stringify({ event, context, deadline: Date.now() + timeoutMs })}\n`);
    // Only what is late is killed, and then ends without an exit code.
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let output = "";
    const code = await new Promise<number | null>((resolve) => {
      const read = (chunk: Buffer) => {
        output += chunk;
        if (/\0.*\0/s.test(output)) resolve(0);
      };
      for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").on("data", read);
      child.removeAllListeners("exit").on("exit", resolve);
    });
    clearTimeout(timer);
    const [log = "", answer] = output.split("\0");
    const report = `END ${id}\nREPORT ${id}\tDuration: ${(performance.now() - began).toFixed(2)} ms\n`;
    if (answer !== undefined) {
      warm.push(child);
      return { ...JSON.parse(answer), log: `START ${id} Version: $LATEST\n${log}${report}` };
    }
    const late = ["Sandbox.Timedout", `Task timed out after ${Number(Timeout).toFixed(2)} seconds`];
    const exited = ["Runtime.ExitError", `Runtime exited with error: exit status ${code}`];
    const [errorType, why] = code === null ? late : exited;
    const errorMessage = `${id} Error: ${why}`;
    const payload = JSON.stringify({ errorType, errorMessage });
    return { failed: true, payload, log: `${log}${new Date().toISOString()} ${errorMessage}\n${report}` };
  }

  function stop(): void {
    for (const child of all) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }

  const running = { invoke, stop };
  world.state.running.set(key, running);
  return running;
}

/** What runs in an environment before the function's code: a program of its own, so it is kept as text. */
const bootstrap = `
const [file, name] = process.env._HANDLER.split(".");
let handler;
const typed = (error) => error instanceof Error
  ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\\n") }
  : { errorType: typeof error, errorMessage: String(error), trace: [] };
const answer = (value) => process.stdout.write("\\0" + JSON.stringify(value) + "\\0");
require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  const { event, context, deadline } = JSON.parse(line);
  context.getRemainingTimeInMillis = () => Math.max(deadline - Date.now(), 0);
  try {
    handler ??= require(process.env.LAMBDA_TASK_ROOT + "/" + file + ".js")[name];
    answer({ failed: false, payload: JSON.stringify(await handler(event, context)) ?? "null" });
  } catch (error) {
    console.error("Invoke Error ", JSON.stringify(typed(error)));
    answer({ failed: true, payload: JSON.stringify(typed(error)) });
  }
});
`;
