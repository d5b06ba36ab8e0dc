/** Does the stack exist, and is it complete? */
import { EksLambdaError } from "../errors.ts";
import { refuseBroken } from "../setup/stack/found.ts";
import type { Link } from "./link.ts";

export const stack: Link = {
  id: "stack",
  after: ["credentials", "cluster"],
  async prove({ target, region }) {
    const { stack, found, cluster } = await target();
    if (!found) {
      throw new EksLambdaError("NotSetUp", `no stack named "${stack}" in ${region}`, {
        hint: `eks-lambda setup --cluster ${cluster.name} creates it; --stack names another`,
      });
    }
    refuseBroken(found, { stack, cluster: cluster.name, region });
    return `${stack}, ${found.status}`;
  },
};
