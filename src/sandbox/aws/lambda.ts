/** Lambda's API to the functions that stacks made. */
import { randomUUID } from "node:crypto";
import type { LambdaFunction } from "../function/lambda-function.ts";
import type { Data } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Context, Operations } from "./service.ts";

/** By name or ARN. */
function functionOf({ FunctionName }: Data, { world, region }: Context): LambdaFunction {
  const name = String(FunctionName).replace(/^arn:[^:]+:lambda:[^:]+:[^:]+:function:/, "");
  const found = region.functions.get(name);
  const arn = `arn:aws:lambda:${region.name}:${world.account}:function:${name}`;
  if (!found) throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
  return found;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body || "{}");
  } catch (error) {
    const why = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError("InvalidRequestContentException", why);
  }
}

export const lambda: Operations = {
  "lambda:GetFunction": (input, context) => ({ Configuration: functionOf(input, context).configuration, Tags: {} }),
  "lambda:GetFunctionConfiguration": (input, context) => functionOf(input, context).configuration,
  async "lambda:Invoke"(input, context) {
    const { invoke } = functionOf(input, context);
    const event = parsed(context.request.body);
    const requestId = randomUUID();
    if (context.request.headers["x-amz-invocation-type"] === "Event") {
      // An event that fails is tried twice more, with the request id that it has.
      void (async () => {
        for (let tries = 0; tries < 3 && (await invoke(event, requestId)).failed; tries++);
      })();
      return { status: 202, headers: { "x-amzn-requestid": requestId }, body: "" };
    }
    const { payload, failed, log } = await invoke(event, requestId);
    const tail = context.request.headers["x-amz-log-type"] === "Tail";
    const headers = {
      ...{ "content-type": "application/json", "x-amzn-requestid": requestId, "x-amz-executed-version": "$LATEST" },
      ...(failed && { "x-amz-function-error": "Unhandled" }),
      ...(tail && { "x-amz-log-result": Buffer.from(log).subarray(-4096).toString("base64") }),
    };
    return { status: 200, headers, body: payload };
  },
};
