/** The function's execution role. */
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { type AwsOptions, call } from "./call.ts";

export interface Iam {
  /** The role's ARN; `undefined`: there is none of that name. */
  roleArn(name: string): Promise<string | undefined>;
}

export function iam(options: AwsOptions): Iam {
  const client = new IAMClient(options);
  return {
    async roleArn(name) {
      try {
        const { Role } = await call("iam:GetRole", client.send(new GetRoleCommand({ RoleName: name })));
        return Role?.Arn;
      } catch (error) {
        if (/^NoSuchEntity(Exception)?$/.test((error as Error).name)) return undefined;
        throw error;
      }
    },
  };
}
