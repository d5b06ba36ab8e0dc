/** One execution environment of a Lambda function: AWS's runtime interface emulator around AWS's Node.js runtime. */

import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionState } from "./account.ts";
import { call, reachable } from "./http.ts";
import { type Runtimes, runtimeCommand } from "./parts.ts";
import { Child, freePort } from "./processes.ts";
import type { Keys } from "./signature.ts";

export interface Programs extends Runtimes {
  /** The folder of aws-lambda-rie. */
  readonly emulator: string;
}

export interface Result {
  readonly payload: Buffer;
  readonly failed: boolean;
  /** The function's log, with Lambda's own lines from START to REPORT. */
  readonly log: string;
}

/** What all environments of an account have. */
export interface Common {
  readonly region: string;
  readonly programs: Programs;
  /** Folder for logs. */
  readonly logs: string;
  /** Where custom resources send their answers. */
  readonly s3: string;
}

export class Environment {
  readonly #child: Child;
  readonly #port: number;
  #isKilled = false;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.#port = port;
  }

  /** Starts the code in the folder. Its environment has only the variables that Lambda sets. */
  static async start(
    { configuration }: FunctionState,
    code: string,
    keys: Keys,
    { region, programs, logs, s3 }: Common,
  ): Promise<Environment> {
    const { FunctionName: name, Handler: handler, Timeout: timeout, MemorySize: memory } = configuration;
    const [port, runtimePort] = [await freePort(), await freePort()];
    const addresses = ["--runtime-interface-emulator-address", `127.0.0.1:${port}`];
    addresses.push("--runtime-api-address", `127.0.0.1:${runtimePort}`, "--log-level", "error");
    const env = {
      // Unless the function names another way.
      AWS_ENDPOINT_URL_S3: s3,
      ...configuration.Environment?.Variables,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken ?? "",
      AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeout),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      LAMBDA_TASK_ROOT: code,
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      _HANDLER: handler,
    };
    const program = join(programs.emulator, "bin/aws-lambda-rie");
    const args = [...addresses, ...runtimeCommand(programs, configuration.Runtime, code), handler];
    const child = new Child(`function-${name}-${port}`, logs, program, args, { env, cwd: code });
    await child.until(() => reachable(port));
    return new Environment(child, port);
  }

  get isAlive(): boolean {
    return this.#child.isAlive;
  }

  /** Calls the function. After a time-out or a failed start, the environment is not used again. */
  async invoke(event: Buffer, requestId: string, clientContext?: string): Promise<Result> {
    const { size: before } = await stat(this.#child.log);
    const headers = {
      "x-amzn-requestid": requestId,
      "content-type": "application/json",
      ...(clientContext && { "x-amz-client-context": clientContext }),
    };
    const path = "/2015-03-31/functions/function/invocations";
    const { status, body } = await call(this.#port, path, { headers, body: event }).catch((error: unknown) => {
      if (!this.#isKilled) throw error;
      return { status: 500, body: Buffer.alloc(0) };
    });
    const timedOut = body.toString().match(/^Task timed out after [\d.]+ seconds$/);
    const failure = timedOut
      ? { errorType: "Sandbox.Timedout", errorMessage: `RequestId: ${requestId} Error: ${timedOut[0]}` }
      : failureIn(body, status, requestId);
    if (timedOut || status !== 200 || failure?.errorType.startsWith("Runtime.")) this.#child.kill();
    const log = await this.#logSince(before, requestId);
    const payload = timedOut || (failure && status !== 200) ? Buffer.from(JSON.stringify(failure)) : body;
    return { payload, failed: failure !== undefined, log };
  }

  /** Ends it in the middle of a call. */
  kill(): Promise<void> {
    this.#isKilled = true;
    return this.stop();
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  async #logSince(start: number, requestId: string): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const file = await open(this.#child.log);
      const { size } = await file.stat();
      const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
      await file.close();
      const text = buffer.toString();
      if (text.includes(`REPORT RequestId: ${requestId}`) || tries >= 20) return text;
      await sleep(10);
    }
  }
}

function failureIn(body: Buffer, status: number, requestId: string): { errorType: string } | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (value !== null && typeof value === "object" && "errorType" in value)
      return { ...value, errorType: String(value.errorType) };
  } catch {
    // A function may return any value.
  }
  if (status === 200) return undefined;
  const errorMessage = `RequestId: ${requestId} Error: the runtime ended without an answer`;
  return { errorType: "Runtime.ExitError", ...{ errorMessage } };
}
