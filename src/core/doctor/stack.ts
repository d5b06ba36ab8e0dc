/** Does the stack exist, and is it complete? */
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { isNewer } from "../semver.ts";
import { hasResource } from "../stack/resources.ts";
import { refuseBroken } from "../stack/status.ts";
import type { Link } from "./link.ts";

export const stack: Link = {
  id: "stack",
  after: ["credentials", "cluster"],
  async prove({ target, region, iam, version }) {
    const { stack, found, cluster, roleName } = await target();
    if (!found) {
      throw new EksLambdaError("NotSetUp", `no stack named "${stack}" in ${region}`, {
        hint: advice`${command`eks-lambda setup --cluster ${cluster.name}`} creates it; --stack names another`,
      });
    }
    refuseBroken(found);
    if (hasResource(found.resources, "FunctionRole", roleName) && !(await iam.role(roleName))) throw noRole(roleName);
    const { version: made = "" } = found.deployed;
    const later = isNewer(made, version) ? `, created by eks-lambda ${made}; this is ${version}` : "";
    return `${stack}, ${found.status}${later}`;
  },
};

const noRole = (roleName: string) =>
  new EksLambdaError("RoleNotFound", `the function's role "${roleName}" does not exist; the stack created it`, {
    hint: advice`it was deleted outside of its stack; ${command`eks-lambda setup`} creates it again`,
  });
