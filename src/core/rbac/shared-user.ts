/** Finds other bindings of our Kubernetes user, which would give the function more rights than planned. */
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { bindingsIn } from "./listed.ts";
import { type Binding, bindsUser, titleOf } from "./objects.ts";
import { standingOf } from "./ownership.ts";

interface Sought {
  readonly username: string;
  /** Our stack, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** The titles of the bindings that this run or an earlier one makes, `shop/rolebinding/NAME`. */
  readonly own: readonly string[];
}

/** Throws `UsernameTaken`, which names the bindings that our stack does not own. */
export async function refuseSharedUser(kube: Kube, { username, owner, own }: Sought): Promise<void> {
  const others = (await bindingsIn(kube))
    .filter((binding) => bindsUser(binding, username))
    .filter((binding) => !own.includes(titleOf(binding)))
    .filter(({ metadata }) => standingOf(metadata, owner) !== "ours")
    .map(shown);
  if (others.length === 0) return;
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" already has other rights, by ${others.join(", ")}`,
    {
      hint: "delete bindings that an earlier setup left, choose another user with --username, or continue with --share-username",
    },
  );
}

const shown = ({ kind, metadata: { name, namespace } }: Binding): string =>
  `${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` in ${namespace}`}`;
