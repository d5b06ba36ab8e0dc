/** The role that grant is tried with. */
import type { Iam } from "../aws/iam.ts";
import { command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type SmokeNames, smokeKey } from "./names.ts";

const nobody = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};

/** A request that is sent again finds the one that it made. */
export async function makeRole(iam: Iam, { id, role }: SmokeNames): Promise<void> {
  try {
    await iam.createRole({ name: role, trust: nobody, tags: { [smokeKey]: id } });
  } catch (error) {
    if ((await iam.role(role))?.tags[smokeKey] !== id) throw error;
  }
}

/** Throws `RoleNotOurs` for one without our tag. */
export async function removeRole(iam: Iam, { id, role }: SmokeNames): Promise<void> {
  const found = await iam.role(role);
  if (!found) return;
  if (found.tags[smokeKey] !== id)
    throw new EksLambdaError("RoleNotOurs", `the role "${role}" exists, but no smoke test created it: ${found.arn}`, {
      hint: command`aws iam list-role-tags --role-name ${role}`,
    });
  await iam.deleteRole(role);
}
