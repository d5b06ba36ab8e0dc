/**
 * What Lambda tells a function of itself, for one that runs on this computer: its context, and the variables of its
 * environment.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { randomUUID } from "node:crypto";
import { functionArnOf } from "../partition.ts";

/** As it is deployed, or would be. */
export interface Described {
  readonly region: string;
  readonly account: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
}

/** Without `getRemainingTimeInMillis`, and without what only some invocations have. */
export function contextOf({ region, account, functionName, memoryMb }: Described, now: number) {
  return {
    awsRequestId: randomUUID(),
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArnOf({ region, account }, functionName),
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    // In Lambda, 32 hexadecimal digits follow. Nothing is written there.
    logStreamName: `${new Date(now).toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]local`,
  };
}

/** Without the variables by which libraries detect Lambda. */
export const variablesOf = (context: ReturnType<typeof contextOf>, region: string) => ({
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_LAMBDA_FUNCTION_NAME: context.functionName,
  AWS_LAMBDA_FUNCTION_VERSION: context.functionVersion,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: context.memoryLimitInMB,
  AWS_LAMBDA_LOG_GROUP_NAME: context.logGroupName,
  AWS_LAMBDA_LOG_STREAM_NAME: context.logStreamName,
  LANG: "en_US.UTF-8",
  TZ: ":UTC",
});
