/** Invokes functions and reads their configuration. */

import { setTimeout as sleep } from "node:timers/promises";
import {
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode, usageError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions, defaultLimits, seconds, timeout } from "./client.ts";
import { whenActive } from "./lambda-ready.ts";

export interface Invocation {
  /** The function's result, or `{errorType, errorMessage}` if `failed`. */
  readonly payload: unknown;
  readonly failed: boolean;
  /** The last 4 KB of the invocation's log. */
  readonly log: string;
}

export interface FunctionConfiguration {
  readonly runtime: string;
  /** The time limit of an invocation. */
  readonly timeoutMs: number;
  /** `Active`, `Pending`, `Inactive` or `Failed`; `reason` says why. */
  readonly state: string;
  readonly reason: string | undefined;
  readonly roleArn: string;
  readonly memoryMb: number;
  readonly architecture: string;
  /** When its code or configuration was last updated. */
  readonly modifiedAt: Date | undefined;
  /** The SHA-256 of the ZIP file that it runs, in base64. */
  readonly codeSha256: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Empty for a function outside a VPC. */
  readonly subnetIds: readonly string[];
}

/** How Lambda treats asynchronous events. `undefined`: its default. */
export interface EventInvokeConfig {
  /** In seconds. */
  readonly age: number | undefined;
  readonly retries: number | undefined;
  /** The ARNs to which Lambda sends records of events. */
  readonly destinations: readonly string[];
}

export interface Lambda {
  /** Returns `undefined` if there is no such function. */
  configuration(functionName: string): Promise<FunctionConfiguration | undefined>;
  /** Returns `undefined` if the function has none of its own, or does not exist. */
  eventInvokeConfig(functionName: string): Promise<EventInvokeConfig | undefined>;
  /**
   * Waits for at most `withinMs`, by default five seconds longer than the function's own time-out. Throws
   * `FunctionNotFound`, `AwsUnreachable`.
   */
  invoke(functionName: string, event: unknown, withinMs?: number): Promise<Invocation>;
}

/**
 * Lambda's longest time-out, used if the caller may not read the function's own.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
 */
const longestMs = 900_000;

export function lambda(options: AwsOptions): Lambda {
  const client = new LambdaClient(clientOptions(options));
  const { invokeMs, idleMs } = options.limits ?? defaultLimits;
  const waiting = options.waiting ?? (() => {});
  const functions: Lambda = {
    async configuration(functionName) {
      try {
        const found = await call(
          "lambda:GetFunctionConfiguration",
          client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName })),
        );
        return {
          runtime: found.Runtime ?? "",
          timeoutMs: found.Timeout === undefined ? longestMs : found.Timeout * 1000,
          state: found.State ?? "Active",
          reason: found.StateReason,
          roleArn: found.Role ?? "",
          memoryMb: Number(found.MemorySize),
          architecture: found.Architectures?.[0] ?? "x86_64",
          modifiedAt: found.LastModified === undefined ? undefined : new Date(found.LastModified),
          codeSha256: found.CodeSha256,
          environment: found.Environment?.Variables ?? {},
          subnetIds: found.VpcConfig?.SubnetIds ?? [],
        };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    async eventInvokeConfig(functionName) {
      try {
        const command = new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName });
        const found = await call("lambda:GetFunctionEventInvokeConfig", client.send(command));
        const { OnFailure, OnSuccess } = found.DestinationConfig ?? {};
        return {
          age: found.MaximumEventAgeInSeconds,
          retries: found.MaximumRetryAttempts,
          destinations: [OnFailure, OnSuccess].flatMap((one) => one?.Destination ?? []),
        };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    async invoke(functionName, event, withinMs) {
      const invocation = new InvokeCommand({ FunctionName: functionName, Payload: payloadOf(event), LogType: "Tail" });
      const ownMs = () => timeoutMs(functions, functionName);
      const once = async () => {
        const [ended, answered] = [new AbortController(), new AbortController()];
        overdue({ withinMs, invokeMs, ownMs, answered: answered.signal }).catch((reason: unknown) =>
          ended.abort(reason),
        );
        try {
          const sent = client.send(invocation, { requestTimeout: 0, abortSignal: ended.signal });
          return await call("lambda:InvokeFunction", orReason(sent.then(readInvocation), ended.signal));
        } finally {
          answered.abort();
        }
      };
      try {
        return await whenActive({ functionName, idleMs, waiting }, once);
      } catch (error) {
        if ((error as Error).name !== "ResourceNotFoundException") throw error;
        throw new EksLambdaError("FunctionNotFound", `no function named "${functionName}" in this region`, {
          hint: advice`run \`${command`eks-lambda setup`}\`, name another function with --function, or check --region`,
          cause: error,
        });
      }
    },
  };
  return functions;
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const mostBytes = 6_291_556;

/** Throws `InvalidEvent` for more than Lambda takes. */
function payloadOf(event: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(event));
  if (payload.byteLength <= mostBytes) return payload;
  throw usageError(
    "InvalidEvent",
    `the event has ${payload.byteLength} bytes, and Lambda takes at most ${mostBytes} (6 MB)`,
    "send less at a time",
  );
}

interface Patience {
  readonly withinMs: number | undefined;
  readonly invokeMs: number;
  /** The function's own time-out. */
  readonly ownMs: () => Promise<number>;
  readonly answered: AbortSignal;
}

/**
 * Rejects when an invocation that starts now has taken too long. Reads the function's time-out only if the answer is
 * late, so that an ordinary invocation needs neither the call nor the permission.
 */
async function overdue({ withinMs, invokeMs, ownMs, answered: signal }: Patience): Promise<never> {
  const began = Date.now();
  await sleep(withinMs ?? invokeMs, undefined, { signal });
  const limitMs = withinMs ?? invokeMs + (await ownMs());
  await sleep(began + limitMs - Date.now(), undefined, { signal });
  throw timeout(`nothing received within ${seconds(limitMs)}; the function may still have done its work`);
}

/** Throws the reason of an abort, which the SDK does not pass on. */
const orReason = <T>(sent: Promise<T>, signal: AbortSignal): Promise<T> =>
  sent.catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });

async function timeoutMs(functions: Lambda, functionName: string): Promise<number> {
  try {
    return (await functions.configuration(functionName))?.timeoutMs ?? longestMs;
  } catch (error) {
    if (hasCode(error, "AwsForbidden")) return longestMs;
    throw error;
  }
}

/** Throws `SyntaxError` for an answer that does not come from Lambda, whose payload is always JSON. */
const readInvocation = ({ Payload, FunctionError, LogResult }: InvokeCommandOutput): Invocation => ({
  payload: JSON.parse(Buffer.from(Payload ?? []).toString() || "null"),
  failed: FunctionError !== undefined,
  log: Buffer.from(LogResult ?? "", "base64").toString(),
});
