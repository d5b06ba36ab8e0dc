/** Finds other bindings of our Kubernetes user, which would give the function more rights than planned. */
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import type { RbacOptions, RoleBinding } from "./objects.ts";

interface BindingList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly subjects?: RoleBinding["subjects"];
  }[];
}

const kinds = ["rolebinding", "clusterrolebinding"] as const;

/** Throws `UsernameTaken`, which names the bindings. */
export async function refuseSharedUser(
  kube: Kube,
  { name, namespace, username }: Pick<RbacOptions, "name" | "namespace" | "username">,
): Promise<void> {
  const lists = await Promise.all(
    kinds.map((kind) => kube.request<BindingList>({ path: `/apis/rbac.authorization.k8s.io/v1/${kind}s` })),
  );
  const others = lists
    .flatMap(({ items }, at) => items.map((item) => ({ ...item, kind: kinds[at] })))
    .filter(({ subjects = [] }) => subjects.some((subject) => subject.kind === "User" && subject.name === username))
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
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
