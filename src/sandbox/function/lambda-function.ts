/** A Lambda function: its code in a folder, and execution environments, each a Node process of its own, kept warm. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assumeRole, type Data, type World } from "../state.ts";
import { bootstrap } from "./bootstrap.ts";

type Environment = ChildProcessWithoutNullStreams;
type Result = { readonly failed: boolean; readonly payload: string };
export type LambdaFunction = ReturnType<typeof createFunction>;

/** Throws what CloudFormation would say of a role that is not there. */
export function createFunction(world: World, region: string, name: string, properties: Data) {
  const { Handler = "index.handler", Timeout = 3, MemorySize = 128, Role, Code, Environment, Runtime } = properties;
  const role = [...world.state.roles.values()].find(({ arn }) => arn === Role);
  if (!role) throw new Error("The role defined for the function cannot be assumed by Lambda.");
  const arn = `arn:aws:lambda:${region}:${world.account}:function:${name}`;
  const folder = mkdtempSync(join(world.folder, "function-"));
  writeFileSync(join(folder, "index.js"), String((Code as Data).ZipFile));
  writeFileSync(join(folder, "bootstrap.cjs"), bootstrap);
  const all = new Set<Environment>();
  const warm: Environment[] = [];

  function start(of: typeof role & object): Environment {
    const { accessKeyId, secretAccessKey, sessionToken } = assumeRole(world, of, name);
    const env = {
      ...((Environment as Data | undefined)?.Variables as Record<string, string>),
      ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`, TZ: ":UTC" },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
      ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${MemorySize}` },
      ...{ AWS_LAMBDA_FUNCTION_VERSION: "$LATEST", LAMBDA_TASK_ROOT: folder, _HANDLER: `${Handler}` },
    };
    const child = spawn(process.execPath, [join(folder, "bootstrap.cjs")], { env, cwd: folder });
    all.add(child);
    child.on("exit", () => all.delete(child));
    child.stdin.on("error", () => {}); // It may have ended.
    return child;
  }

  /** `payload` is JSON. A failure of the environment itself ends it. */
  async function invoke(event: unknown, awsRequestId: string): Promise<Result & { readonly log: string }> {
    const child = warm.pop() ?? start(role as typeof role & object);
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
      const late = () => broken("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
      const exited = (code: number) => broken("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
      const timer = setTimeout(late, timeoutMs);
      child.on("exit", exited);
      const read = (chunk: Buffer) => {
        log += chunk;
        const [, before = "", answer] = /^(.*)\0(.*)\0/s.exec(log) ?? [];
        if (answer === undefined) return;
        log = before;
        warm.push(child);
        settle(JSON.parse(answer));
      };
      for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").on("data", read);
    });
    const ms = performance.now() - began;
    const report = `REPORT ${id}\tDuration: ${ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(ms)} ms\tMemory Size: ${MemorySize} MB\t\n`;
    return { ...result, log: `START ${id} Version: $LATEST\n${log}END ${id}\n${report}` };
  }

  function stop(): void {
    for (const child of all) child.kill("SIGKILL");
    warm.length = 0;
    rmSync(folder, { recursive: true, force: true });
  }

  const { Code: _, ...described } = properties;
  const configuration = { ...described, FunctionName: name, FunctionArn: arn };
  return { arn, configuration, invoke, stop };
}
