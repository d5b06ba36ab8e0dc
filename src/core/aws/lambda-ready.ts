/** What Lambda refuses before a function's code runs. */
import { advice, type Command, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { sleep } from "../kube/request.ts";

/** In milliseconds. */
const pauseMs = 1_000;

interface LambdaError extends Error {
  readonly cause?: unknown;
}

/** `call` has put an error of the service into words, and keeps it as the cause. */
const originalOf = (error: LambdaError): LambdaError =>
  error instanceof EksLambdaError && error.cause instanceof Error ? (error.cause as LambdaError) : error;

/**
 * A function in a VPC that is not called for weeks becomes Inactive. The next call fails and makes it Pending, until
 * Lambda has made its network interfaces again.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
 */
function isIdle({ name, message }: LambdaError): boolean {
  if (/^(ENINotReady|ResourceNotReady)(Exception)?$/.test(name)) return true;
  return /^ResourceConflict(Exception)?$/.test(name) && /state: (Pending|Inactive)/.test(message);
}

/** Lambda could not set it up, for lack of addresses in its subnets say. */
const hasFailed = ({ name, message }: LambdaError): boolean =>
  /^ResourceConflict(Exception)?$/.test(name) && /state: Failed/.test(message);

/** The role was deleted, or was created again after the function: Lambda's grant of its key names the earlier one. */
const isRoleLost = ({ name, message }: LambdaError): boolean =>
  /^KMS\w+$/.test(name) || /cannot be assumed by Lambda/.test(message);

/** A command that shows a function's state. */
export const stateOf = (functionName: string): Command =>
  command`aws lambda get-function-configuration --function-name ${functionName} --query '[State,StateReasonCode,StateReason]'`;

export interface Readiness {
  readonly functionName: string;
  /** For how long to wait for an idle function. */
  readonly idleMs: number;
  readonly waiting: (what: string) => void;
}

/**
 * Sends an invocation again while the function is not active; Lambda has not run it then. Throws `FunctionNotActive`,
 * `FunctionRoleChanged`.
 */
export async function whenActive<T>({ functionName, idleMs, waiting }: Readiness, send: () => Promise<T>): Promise<T> {
  const end = Date.now() + idleMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const original = originalOf(error as LambdaError);
      if (isRoleLost(original)) throw roleChanged(functionName, original);
      if (hasFailed(original)) throw notActive(`the function "${functionName}" has failed`, functionName, original);
      if (!isIdle(original)) throw error;
      if (Date.now() + pauseMs > end) {
        const what = `the function "${functionName}" is still not active after ${Math.round(idleMs / 1000)} s`;
        throw notActive(what, functionName, original);
      }
      waiting(`${functionName}, which was idle, to get its network interfaces again; this can take minutes`);
      await sleep(pauseMs);
    }
  }
}

const notActive = (what: string, functionName: string, cause: Error) =>
  new EksLambdaError("FunctionNotActive", `${what}: ${cause.message}`, {
    hint: advice`see why: ${stateOf(functionName)}`,
    cause,
  });

const roleChanged = (functionName: string, cause: Error) =>
  new EksLambdaError("FunctionRoleChanged", `Lambda cannot run "${functionName}" as its role: ${cause.message}`, {
    hint: advice`the role was deleted or created again outside of its stack; ${command`eks-lambda setup`} repairs it`,
    cause,
  });
