/** The path of a role never changes, and CloudFormation replaces no role that has a name of its own. */
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Target } from "../setup/target.ts";

/** Throws `RolePathFixed`. */
export function refuseOtherPath({ found, options, roleName }: Pick<Target, "found" | "options" | "roleName">): void {
  const { rolePath: wanted } = options;
  if (!found || found.deployed.roleName !== roleName || found.deployed.rolePath === wanted) return;
  throw new EksLambdaError(
    "RolePathFixed",
    `the role "${roleName}" has the path "${found.deployed.rolePath}", which cannot become "${wanted}"`,
    {
      hint: advice`a role's path never changes: ${command`eks-lambda teardown`}, then setup with the other path; or choose another --role-name, too`,
    },
  );
}
