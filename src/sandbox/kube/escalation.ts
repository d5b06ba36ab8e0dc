/** RBAC's check against privilege escalation. Source: k8s.io/kubernetes/pkg/registry/rbac */
import { type Kind, kinds, rbacGroup, seenAs } from "./kinds.ts";
import type { KubeObject } from "./object.ts";
import type { RoleRef, Rule } from "./objects.ts";
import { allows, isMaster, permits, rulesOf, rulesOfRole, type User } from "./rbac.ts";
import { forbidden, notFound } from "./status.ts";
import type { Store } from "./store.ts";

interface Writing {
  readonly store: Store;
  readonly user: User;
  readonly kind: Kind;
  /** Of the request: `""` for a create, whose `escalate` a rule with `resourceNames` therefore never permits. */
  readonly name: string;
}

/** Throws 403 for a role, or a binding to one, with rights that its writer does not hold. */
export function refuseEscalation({ store, user, kind, name: requested }: Writing, object: KubeObject): void {
  const { name, namespace } = object.metadata;
  if (kind.group !== rbacGroup || isMaster(user)) return;
  const one = { kind, object };
  // It is not validated yet.
  const roleRef: RoleRef | undefined = (seenAs(kinds.bindings, one) ?? seenAs(kinds.clusterBindings, one))?.roleRef;
  const role = seenAs(kinds.roles, one) ?? seenAs(kinds.clusterRoles, one);
  const wish = roleRef
    ? { verb: "bind", resource: `${roleRef.kind.toLowerCase()}s`, name: roleRef.name }
    : { verb: "escalate", resource: kind.plural, name: requested };
  if (allows(store, user, { ...wish, group: rbacGroup, namespace })) return;
  const granted = roleRef ? rulesOfRole(store, roleRef, namespace) : (role?.rules ?? []);
  if (!granted) throw notFound(kind, roleRef?.name ?? "");
  const lines = missing(granted, rulesOf(store, user, namespace));
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
  if (lines.length > 0) throw forbidden(kind, name, why);
}

const quoted = (all: readonly string[]): string => `[${all.map((one) => JSON.stringify(one)).join(" ")}]`;

/** A line for each resource, with the verbs that `granted` permits and `own` does not. */
function missing(granted: readonly Rule[], own: readonly Rule[]): readonly string[] {
  const verbsOf = new Map<string, string[]>();
  const add = (what: string, verb: string) => verbsOf.set(what, [...(verbsOf.get(what) ?? []), verb]);
  for (const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } of granted) {
    for (const verb of verbs) {
      for (const path of nonResourceURLs)
        if (!own.some((rule) => permits(rule, { verb, path }))) add(`{NonResourceURLs:${quoted([path])}`, verb);
      for (const group of apiGroups)
        for (const combined of resources)
          for (const name of resourceNames.length > 0 ? resourceNames : [undefined]) {
            const [resource, subresource] = combined.split("/");
            if (own.some((rule) => permits(rule, { verb, group, resource, subresource, name }))) continue;
            const names = name === undefined ? "" : `, ResourceNames:${quoted([name])}`;
            add(`{APIGroups:${quoted([group])}, Resources:${quoted([combined])}${names}`, verb);
          }
    }
  }
  return [...verbsOf].map(([what, verbs]) => `${what}, Verbs:${quoted(verbs)}}`).sort();
}
