/** The function's execution role. */
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export interface RoleIdentity {
  /** With its path. */
  readonly arn: string;
  /** `AROA…`: a role that is made again under the same name has another. */
  readonly id: string | undefined;
  readonly createdAt: Date | undefined;
}

export interface Iam {
  /** Returns `undefined` if there is no such role. */
  role(name: string): Promise<RoleIdentity | undefined>;
}

export function iam(options: AwsOptions): Iam {
  const client = new IAMClient(clientOptions(options));
  return {
    async role(name) {
      try {
        const { Role } = await call("iam:GetRole", client.send(new GetRoleCommand({ RoleName: name })));
        return { arn: Role?.Arn ?? "", id: Role?.RoleId, createdAt: Role?.CreateDate };
      } catch (error) {
        if (/^NoSuchEntity(Exception)?$/.test((error as Error).name)) return undefined;
        throw error;
      }
    },
  };
}
