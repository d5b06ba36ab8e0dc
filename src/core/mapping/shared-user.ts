/** Finds other bindings of our Kubernetes user, which would give the function more rights than planned. */
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { bindingsIn } from "../rbac/listed.ts";
import { type Binding, bindsUser, titleOf } from "../rbac/objects.ts";
import { type Standing, standingOf } from "../rbac/ownership.ts";

interface Sought {
  readonly username: string;
  /** Our stack, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** What our stack's bindings can be called. */
  readonly names: ReadonlySet<string>;
  /** The titles of the bindings that this run or an earlier one makes, `shop/rolebinding/NAME`. */
  readonly own: readonly string[];
}

/** Throws `UsernameTaken`, which names the bindings that our stack does not own. */
export async function refuseSharedUser(kube: Kube, { username, owner, names, own }: Sought): Promise<void> {
  const others = (await bindingsIn(kube))
    .filter((binding) => bindsUser(binding, username))
    .filter((binding) => !own.includes(titleOf(binding)))
    .map((binding) => ({ binding, whose: standingOf(binding.metadata, owner) }))
    .filter(({ binding, whose }) => whose !== "ours" || !names.has(binding.metadata.name));
  if (others.length === 0) return;
  const share = "choose another user with --username, or continue with --share-username";
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" already has other rights, by ${others.map(shown).join(", ")}`,
    {
      hint: others.every(({ whose }) => typeof whose === "object")
        ? `${share} if the functions are to share it`
        : `delete bindings that an earlier setup left, ${share}`,
    },
  );
}

interface Other {
  readonly binding: Binding;
  readonly whose: Standing;
}

const shown = ({ binding, whose }: Other): string => {
  const { kind, metadata } = binding;
  const { name, namespace } = metadata;
  const place = namespace === undefined ? "" : ` in ${namespace}`;
  return `${kind.toLowerCase()} ${name}${place}${typeof whose === "object" ? `, of the stack ${whose.stack}` : ""}`;
};
