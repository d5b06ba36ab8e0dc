/** The deployed function, called. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { EksLambdaError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";

export interface Invocation {
  /** What the function returned, or `{errorType, errorMessage}` when `failed`. */
  readonly payload: unknown;
  readonly failed: boolean;
  /** The last 4 KB of the invocation's log. */
  readonly log: string;
}

export interface Lambda {
  /** Throws `FunctionNotFound`. */
  invoke(functionName: string, event: unknown): Promise<Invocation>;
}

export function lambda(options: AwsOptions): Lambda {
  const client = new LambdaClient(options);
  return {
    async invoke(functionName, event) {
      const command = new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify(event)),
        LogType: "Tail",
      });
      try {
        const { Payload, FunctionError, LogResult } = await call("lambda:InvokeFunction", client.send(command));
        return {
          payload: JSON.parse(Buffer.from(Payload ?? []).toString() || "null"),
          failed: FunctionError !== undefined,
          log: Buffer.from(LogResult ?? "", "base64").toString(),
        };
      } catch (error) {
        if ((error as Error).name !== "ResourceNotFoundException") throw error;
        throw new EksLambdaError("FunctionNotFound", `no function named "${functionName}" in this region`, {
          hint: "run `eks-lambda setup`, or name it with --function; is --region the right one?",
          cause: error,
        });
      }
    },
  };
}
