/** Finds other bindings of our Kubernetes user, which would give the function more rights than planned. */
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import type { RbacOptions, RoleBinding } from "./objects.ts";
import { type MarkedMetadata, standingOf } from "./ownership.ts";

interface BindingList {
  readonly items: readonly {
    readonly metadata: MarkedMetadata & { readonly name: string; readonly namespace?: string };
    readonly subjects?: RoleBinding["subjects"];
  }[];
}

const kinds = ["rolebinding", "clusterrolebinding"] as const;

interface Sought extends Pick<RbacOptions, "name" | "namespace" | "username" | "owner"> {
  /** Where an earlier run bound the user. */
  readonly earlier: { readonly rbacName: string; readonly namespace: string } | undefined;
}

/** Throws `UsernameTaken`, which names the bindings that our stack does not own. */
export async function refuseSharedUser(
  kube: Kube,
  { name, namespace, username, owner, earlier }: Sought,
): Promise<void> {
  const lists = await Promise.all(
    kinds.map((kind) => kube.request<BindingList>({ path: `/apis/rbac.authorization.k8s.io/v1/${kind}s` })),
  );
  const others = lists
    .flatMap(({ items }, at) => items.map((item) => ({ ...item, kind: kinds[at] })))
    .filter(({ subjects = [] }) => subjects.some((subject) => subject.kind === "User" && subject.name === username))
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
    .filter(({ metadata }) => metadata.name !== earlier?.rbacName || metadata.namespace !== earlier.namespace)
    .filter(({ metadata }) => standingOf(metadata, owner) !== "ours")
    .map(({ kind, metadata }) => `${kind} ${metadata.name}${metadata.namespace ? ` in ${metadata.namespace}` : ""}`);
  if (others.length === 0) return;
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" already has other rights, by ${others.join(", ")}`,
    {
      hint: "delete bindings that an earlier setup left, choose another user with --username, or continue with --share-username",
    },
  );
}
