/** The path of a role never changes, and CloudFormation replaces no role that has a name of its own. */
import { advice, command } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Target } from "../target.ts";
import { optionOf } from "./options.ts";

/** Throws `RolePathFixed`. */
export function refuseOtherPath({ found, config, roleName }: Pick<Target, "found" | "config" | "roleName">): void {
  if (!found || found.parameters.RoleName !== roleName) return;
  const path = found.parameters.RolePath || "/";
  const wanted = optionOf("rolePath", config, found.parameters);
  if (path === wanted) return;
  throw new EksLambdaError(
    "RolePathFixed",
    `the role "${roleName}" has the path "${path}", which cannot become "${wanted}"`,
    {
      hint: advice`a role's path never changes: ${command`eks-lambda teardown`}, then setup with the other path; or choose another --role-name, too`,
    },
  );
}
