/** The verbs `escalate` and `bind`, which let a caller grant rights that they do not hold. */
import type { Group } from "../case.ts";
import { type KubeCase, kubeCases } from "../kube-case.ts";
import { apiGroup, introduce, until } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { binding, bindings, create, merge, role, roles } from "./values.ts";

/** Rules about RBAC's own objects. */
const may = (resource: string, verbs: readonly string[], resourceNames?: readonly string[]) => ({
  ...{ apiGroups: [apiGroup], resources: [resource], verbs },
  ...(resourceNames && { resourceNames }),
});
const rules = [
  may("roles", ["get", "create", "patch"]),
  may("rolebindings", ["create", "patch"]),
  may("roles", ["escalate", "bind"], ["given", "fresh"]),
];

async function allow(side: Side): Promise<void> {
  await prepare(side, "POST", roles, role("granting", rules));
  await prepare(side, "POST", bindings, binding("granting", "granting", "Role", { name: "stranger" }));
  const authorization = `Bearer ${await side.token("stranger")}`;
  const path = `${roles}/given`;
  await until(
    "the stranger may read it",
    async () => (await side.kube({ method: "GET", path, authorization })).status === 200,
  );
}

const asked = (name: string, method: string, path: string, more: Partial<KubeCase>): KubeCase => ({
  ...{ name, as: "stranger", method, path: `${path}?dryRun=All`, ...more },
});
const more = { contentType: merge, body: { rules: [create, { ...create, verbs: ["list"] }] }, shows: "rules.verbs" };

export const granting: Group = {
  title: "Escalate and bind",
  intro:
    "The stranger has no rights on Deployments, may write Roles and bindings, and may escalate and bind the Roles `given` and `fresh`.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", roles, role("given"));
    await prepare(side, "POST", roles, role("other"));
    await allow(side);
  },
  cases: kubeCases([
    asked("add a rule to a Role, with escalate", "PATCH", `${roles}/given`, more),
    asked("add a rule to a Role, without escalate", "PATCH", `${roles}/other`, more),
    asked("create a Role, with escalate for its name only", "POST", roles, { body: role("fresh") }),
    asked("bind a Role, with bind", "POST", bindings, { body: binding("any", "given"), shows: "roleRef.name" }),
    asked("bind a Role, without bind", "POST", bindings, { body: binding("any", "other") }),
    asked("bind a ClusterRole of that name", "POST", bindings, { body: binding("any", "given", "ClusterRole") }),
    asked("bind a Role that does not exist, with bind", "POST", bindings, {
      body: binding("any", "fresh"),
      shows: "roleRef.name",
    }),
  ]),
};
