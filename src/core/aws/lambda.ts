/** The deployed function, called. */
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { EksLambdaError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";

export interface Invocation {
  /** What the function returned, or `{errorType, errorMessage}` when `failed`. */
  readonly payload: unknown;
  readonly failed: boolean;
  /** The last 4 KB of the invocation's log. */
  readonly log: string;
}

export interface FunctionConfiguration {
  readonly runtime: string;
  /** `Active`, `Pending`, `Inactive`, `Failed`; and why. */
  readonly state: string;
  readonly reason: string | undefined;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** None: the function is in no VPC. */
  readonly subnetIds: readonly string[];
}

export interface Lambda {
  /** `undefined`: there is none of that name. */
  configuration(functionName: string): Promise<FunctionConfiguration | undefined>;
  /** Throws `FunctionNotFound`. */
  invoke(functionName: string, event: unknown): Promise<Invocation>;
}

export function lambda(options: AwsOptions): Lambda {
  const client = new LambdaClient(options);
  return {
    async configuration(functionName) {
      try {
        const found = await call(
          "lambda:GetFunctionConfiguration",
          client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName })),
        );
        return {
          runtime: found.Runtime ?? "",
          state: found.State ?? "Active",
          reason: found.StateReason,
          roleArn: found.Role ?? "",
          environment: found.Environment?.Variables ?? {},
          subnetIds: found.VpcConfig?.SubnetIds ?? [],
        };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    async invoke(functionName, event) {
      const command = new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify(event)),
        LogType: "Tail",
      });
      try {
        return await call("lambda:InvokeFunction", client.send(command).then(readInvocation));
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

/** Lambda's payload is always JSON; what else answers throws `SyntaxError`. */
const readInvocation = ({ Payload, FunctionError, LogResult }: InvokeCommandOutput): Invocation => ({
  payload: JSON.parse(Buffer.from(Payload ?? []).toString() || "null"),
  failed: FunctionError !== undefined,
  log: Buffer.from(LogResult ?? "", "base64").toString(),
});
