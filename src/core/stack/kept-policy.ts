/** The policy of `--policy` that a run without the flag keeps: the role has it, and the stack its hash. */
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Target } from "../setup/target.ts";
import { type Actual, unknown } from "./actual.ts";
import { policyOf } from "./own-policy.ts";
import { isOwnPolicy, ownPolicyName } from "./role-documents.ts";

/** The policy that the role is to have, and the one that it has now. Throws `PolicyChanged`, `AwsForbidden`. */
export function policiesFor({ config: { ownPolicy: given }, found }: Target, { ownPolicy: actual }: Actual) {
  const now = actual === undefined || actual === unknown ? undefined : policyOf(actual);
  if (given !== undefined) return { wanted: given || undefined, now };
  const deployed = found?.deployed;
  if (!deployed || deployed.policy === "") return { wanted: undefined, now };
  const hint = "give it again: --policy FILE; or remove it: --no-policy";
  if (actual === unknown)
    throw new EksLambdaError(
      "AwsForbidden",
      `you may not read the policy ${ownPolicyName} of the role "${deployed.roleName}", which setup would keep (iam:GetRolePolicy)`,
      { hint: advice`the rights that it needs: ${command`eks-lambda permissions`}; or ${hint}` },
    );
  if (now && isOwnPolicy(deployed, actual)) return { wanted: now, now };
  const how = actual === undefined ? "deleted" : "changed";
  throw new EksLambdaError(
    "PolicyChanged",
    `someone ${how} the policy ${ownPolicyName} of the role "${deployed.roleName}", of which the stack keeps only a hash`,
    { hint },
  );
}
