/** The function's execution role, and the role of a smoke test. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";
import type { Pairs } from "./cloudformation.ts";

export interface RoleIdentity {
  /** With its path. */
  readonly arn: string;
  /** `AROA…`: a role that is created again under the same name has another. */
  readonly id: string | undefined;
  readonly createdAt: Date | undefined;
  /** The trust policy, as parsed JSON. */
  readonly trust: unknown;
  readonly tags: Pairs;
}

export interface NewRole extends Pick<RoleIdentity, "tags"> {
  readonly name: string;
  /** The trust policy. */
  readonly trust: object;
}

export interface Iam {
  /** Returns `undefined` if there is no such role. */
  role(name: string): Promise<RoleIdentity | undefined>;
  /** An inline policy as parsed JSON. Returns `undefined` if there is no such role, or no such policy of it. */
  rolePolicy(role: string, policy: string): Promise<unknown>;
  createRole(role: NewRole): Promise<void>;
  /** Also succeeds if there is no such role. */
  deleteRole(name: string): Promise<void>;
}

export function iam(options: AwsOptions): Iam {
  const client = new IAMClient(clientOptions(options));
  return {
    async role(name) {
      try {
        const { Role } = await call("iam:GetRole", client.send(new GetRoleCommand({ RoleName: name })));
        const trust = documentOf(Role?.AssumeRolePolicyDocument);
        const tags = Object.fromEntries((Role?.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
        return { arn: Role?.Arn ?? "", id: Role?.RoleId, createdAt: Role?.CreateDate, trust, tags };
      } catch (error) {
        return noneIfMissing(error);
      }
    },
    async rolePolicy(role, policy) {
      const command = new GetRolePolicyCommand({ RoleName: role, PolicyName: policy });
      try {
        const { PolicyDocument } = await call("iam:GetRolePolicy", client.send(command));
        return documentOf(PolicyDocument);
      } catch (error) {
        return noneIfMissing(error);
      }
    },
    async createRole({ name, trust, tags }) {
      const command = new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify(trust),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      });
      await call("iam:CreateRole", client.send(command));
    },
    async deleteRole(name) {
      try {
        await call("iam:DeleteRole", client.send(new DeleteRoleCommand({ RoleName: name })));
      } catch (error) {
        noneIfMissing(error);
      }
    },
  };
}

function noneIfMissing(error: unknown): undefined {
  if (!/^NoSuchEntity(Exception)?$/.test((error as Error).name)) throw error;
}

/** IAM returns documents as URL-encoded JSON. One that is not JSON is like none: setup writes it again. */
function documentOf(encoded: string | undefined): unknown {
  try {
    return JSON.parse(decodeURIComponent(encoded ?? "null"));
  } catch {
    return null;
  }
}
