/** A Lambda function: its code in a folder, and execution environments, each a Node process of its own, kept warm. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assumeRole, type Data, type World } from "../state.ts";
import { bootstrap } from "./bootstrap.ts";

type Result = { readonly failed: boolean; readonly payload: string };
export type LambdaFunction = ReturnType<typeof createFunction>;

/** Throws what CloudFormation would say of a role that is not there. */
export function createFunction(world: World, region: string, name: string, { Code, ...properties }: Data) {
  const { Handler = "index.handler", Timeout = 3, MemorySize = 128, Role, Environment } = properties;
  const role = [...world.state.roles.values()].find(({ arn }) => arn === Role);
  if (!role) throw new Error("The role defined for the function cannot be assumed by Lambda.");
  const arn = `arn:aws:lambda:${region}:${world.account}:function:${name}`;
  const key = assumeRole(world, role, name);
  const folder = mkdtempSync(join(world.folder, "function-"));
  writeFileSync(join(folder, "index.js"), String((Code as Data).ZipFile));
  writeFileSync(join(folder, "bootstrap.cjs"), bootstrap);
  const env = {
    ...((Environment as Data | undefined)?.Variables as Record<string, string>),
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ACCESS_KEY_ID: key.accessKeyId, TZ: ":UTC" },
    ...{ AWS_SECRET_ACCESS_KEY: key.secretAccessKey, AWS_SESSION_TOKEN: key.sessionToken, _HANDLER: `${Handler}` },
    ...{ AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`, LAMBDA_TASK_ROOT: folder },
    ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${MemorySize}` },
  };
  const all = new Set<ChildProcessWithoutNullStreams>();
  const warm = new Set<ChildProcessWithoutNullStreams>();

  function start(): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [join(folder, "bootstrap.cjs")], { env, cwd: folder });
    all.add(child);
    child.on("exit", () => [all, warm].map((some) => some.delete(child)));
    child.stdin.on("error", () => {}); // It may have ended.
    return child;
  }

  /** `payload` is JSON. A failure of the environment itself ends it. */
  async function invoke(event: unknown, awsRequestId: string): Promise<Result & { readonly log: string }> {
    const [child = start()] = warm;
    warm.delete(child);
    const [id, began, timeoutMs] = [`RequestId: ${awsRequestId}`, performance.now(), Number(Timeout) * 1000];
    const context = { functionName: name, invokedFunctionArn: arn, memoryLimitInMB: `${MemorySize}`, awsRequestId };
    child.stdin.write(`${JSON.stringify({ event, context, deadline: Date.now() + timeoutMs })}\n`);
    let log = "";
    const result = await new Promise<Result>((resolve) => {
      const settle = (outcome: Result) => {
        clearTimeout(timer);
        child.off("exit", exited);
        resolve(outcome);
      };
      const broken = (errorType: string, message: string) => {
        const errorMessage = `${id} Error: ${message}`;
        log += `${new Date().toISOString()} ${errorMessage}\n`;
        child.kill("SIGKILL");
        settle({ failed: true, payload: JSON.stringify({ errorType, errorMessage }) });
      };
      const late = () => broken("Sandbox.Timedout", `Task timed out after ${Number(Timeout).toFixed(2)} seconds`);
      const exited = (code: number) => broken("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
      const timer = setTimeout(late, timeoutMs);
      child.on("exit", exited);
      const read = (chunk: Buffer) => {
        log += chunk;
        const [, before = "", answer] = /^(.*)\0(.*)\0/s.exec(log) ?? [];
        if (answer === undefined) return;
        log = before;
        warm.add(child);
        settle(JSON.parse(answer));
      };
      for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").on("data", read);
    });
    const ms = performance.now() - began;
    const duration = `Duration: ${ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(ms)} ms\tMemory Size: ${MemorySize} MB`;
    return { ...result, log: `START ${id} Version: $LATEST\n${log}END ${id}\nREPORT ${id}\t${duration}\t\n` };
  }

  /** The next call starts a new environment. */
  function renew(): void {
    for (const child of warm) child.kill("SIGKILL");
    warm.clear();
  }

  function stop(): void {
    for (const child of all) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }

  return { arn, configuration: { ...properties, FunctionName: name, FunctionArn: arn }, invoke, renew, stop };
}
