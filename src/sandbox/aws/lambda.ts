/** Lambda's API to the functions that stacks made. */
import { randomUUID } from "node:crypto";
import type { LambdaFunction } from "../function/lambda-function.ts";
import type { Data } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Context, Operations } from "./service.ts";

/** By name or ARN. */
function functionOf({ FunctionName }: Data, { world, region }: Context): LambdaFunction {
  const name = String(FunctionName).split(":").at(-1) ?? "";
  const found = region.functions.get(name);
  const arn = `arn:aws:lambda:${region.name}:${world.account}:function:${name}`;
  if (!found) throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
  return found;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body || "{}");
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json");
  }
}

export const lambda: Operations = {
  "lambda:GetFunctionConfiguration": (input, context) => functionOf(input, context).configuration,
  /** Changes the description alone; the next call comes from a new environment, as after every change. */
  "lambda:UpdateFunctionConfiguration"(input, context) {
    const found = functionOf(input, context);
    found.renew();
    return { ...found.configuration, Description: input.Description };
  },
  async "lambda:Invoke"(input, context) {
    const { invoke } = functionOf(input, context);
    const { headers, body } = context.request;
    const [event, requestId] = [parsed(body), randomUUID()];
    const ids = { "content-type": "application/json", "x-amzn-requestid": requestId };
    if (headers["x-amz-invocation-type"] === "Event") {
      // One that fails is tried twice more, with the request id that it has.
      void invoke(event, requestId).then(async ({ failed }) => {
        for (let tries = 1; failed && tries < 3; tries++) ({ failed } = await invoke(event, requestId));
      });
      return { status: 202, headers: ids, body: "" };
    }
    const { payload, failed, log } = await invoke(event, requestId);
    const error = failed && { "x-amz-function-error": "Unhandled" };
    const tail = headers["x-amz-log-type"] === "Tail" && Buffer.from(log).subarray(-4096).toString("base64");
    return { status: 200, headers: { ...ids, ...error, ...(tail && { "x-amz-log-result": tail }) }, body: payload };
  },
};
