/** RBAC's checks of Roles and bindings. */
import type { Group } from "../case.ts";
import { kubeCases } from "../kube-case.ts";
import { introduce, rbac } from "../people.ts";
import { prepare } from "../side.ts";
import { binding, bindings, create, merge, role, roles } from "./values.ts";

const held = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };
const many = { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["create", "list"] };

export const roleRules: Group = {
  title: "Roles and RoleBindings",
  intro: "RBAC's checks. The writer may write Roles and bindings, and has no rights on Deployments.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", roles, role("given"));
    await prepare(side, "POST", roles, role("held", [held]));
    await prepare(side, "POST", bindings, binding("given"));
  },
  cases: kubeCases([
    { name: "read a Role", method: "GET", path: `${roles}/given`, shows: "rules.verbs" },
    { name: "read a Role that does not exist", method: "GET", path: `${roles}/none` },
    {
      name: "dry run: create a Role",
      method: "POST",
      path: `${roles}?dryRun=All`,
      body: role("any"),
      shows: "rules.verbs",
    },
    { name: "create a Role that exists", method: "POST", path: roles, body: role("given") },
    {
      name: "create a Role in a namespace that does not exist",
      method: "POST",
      path: `${rbac}/namespaces/none/roles`,
      body: { ...role("any"), metadata: { name: "any" } },
    },
    {
      name: "merge a Role under an old version",
      method: "PATCH",
      path: `${roles}/given`,
      contentType: merge,
      body: { metadata: { resourceVersion: "1" }, rules: [] },
    },
    {
      name: "merge a Role",
      method: "PATCH",
      path: `${roles}/given?dryRun=All`,
      of: `${roles}/given`,
      contentType: merge,
      bodyOf: ({ resourceVersion }) => ({ metadata: { resourceVersion }, rules: [create, held] }),
      shows: "rules.resources",
    },
    {
      name: "a Role whose rule has no verbs",
      method: "POST",
      path: roles,
      body: role("any", [{ apiGroups: [""], resources: ["pods"] }]),
    },
    {
      name: "grant rights that the writer does not hold",
      as: "writer",
      method: "POST",
      path: roles,
      body: role("any"),
    },
    { name: "dry run: grant them", as: "writer", method: "POST", path: `${roles}?dryRun=All`, body: role("any") },
    {
      name: "grant several rights that the writer does not hold",
      as: "writer",
      method: "POST",
      path: roles,
      body: role("any", [many]),
    },
    {
      name: "grant rights that the writer holds",
      as: "writer",
      method: "POST",
      path: `${roles}?dryRun=All`,
      body: role("any", [held]),
      shows: "rules.verbs",
    },
    {
      name: "merge rights into a Role that the writer does not hold",
      as: "writer",
      method: "PATCH",
      path: `${roles}/held`,
      contentType: merge,
      body: { rules: [create] },
    },
    {
      name: "bind a Role with rights that the writer does not hold",
      as: "writer",
      method: "POST",
      path: bindings,
      body: binding("any"),
    },
    {
      name: "bind a Role with rights that the writer holds",
      as: "writer",
      method: "POST",
      path: `${bindings}?dryRun=All`,
      body: binding("any", "held"),
      shows: "roleRef.name",
    },
    {
      name: "bind a Role that does not exist",
      as: "writer",
      method: "POST",
      path: bindings,
      body: binding("any", "none"),
    },
    {
      name: "bind a ClusterRole that does not exist",
      as: "writer",
      method: "POST",
      path: bindings,
      body: binding("any", "none", "ClusterRole"),
    },
    {
      name: "bind cluster-admin",
      as: "writer",
      method: "POST",
      path: bindings,
      body: binding("any", "cluster-admin", "ClusterRole"),
    },
    {
      name: "as administrator bind a Role that does not exist",
      method: "POST",
      path: `${bindings}?dryRun=All`,
      body: binding("any", "none"),
      shows: "roleRef.name",
    },
    ...["x y", "é", "a?b#c", "UPPER:case"].flatMap((name) => [
      {
        name: `bind under the name ${JSON.stringify(name)}`,
        method: "POST",
        path: bindings,
        body: binding(name),
        shows: "metadata.name",
      },
      {
        name: `read the binding ${JSON.stringify(name)}`,
        method: "GET",
        path: `${bindings}/${encodeURIComponent(name)}`,
        shows: "metadata.name",
      },
    ]),
    ...["", ".", "..", "a/b", "a%2fb"].map((name) => ({
      name: `bind under the name ${JSON.stringify(name)}`,
      method: "POST",
      path: bindings,
      body: binding(name),
    })),
    {
      name: "a binding whose label is not one",
      method: "POST",
      path: bindings,
      body: { ...binding("any"), metadata: { name: "any", labels: { team: "no label" } } },
    },
    { name: "read a binding", method: "GET", path: `${bindings}/given`, shows: "subjects.name" },
    { name: "create a binding that exists", method: "POST", path: bindings, body: binding("given") },
    {
      name: "create a binding in a namespace that does not exist",
      method: "POST",
      path: `${rbac}/namespaces/none/rolebindings`,
      body: { ...binding("any"), metadata: { name: "any" } },
    },
    {
      name: "another roleRef",
      method: "PATCH",
      path: `${bindings}/given`,
      contentType: merge,
      body: { roleRef: { name: "held" } },
    },
    { name: "a roleRef of another kind", method: "POST", path: bindings, body: binding("any", "given", "Deployment") },
    {
      name: "a subject without a name",
      method: "POST",
      path: bindings,
      body: binding("any", "given", "Role", { name: "" }),
    },
    {
      name: "merge other subjects",
      method: "PATCH",
      path: `${bindings}/given?dryRun=All`,
      of: `${bindings}/given`,
      contentType: merge,
      bodyOf: ({ resourceVersion }) => ({ metadata: { resourceVersion }, subjects: binding("").subjects }),
      shows: "subjects.name",
    },
    {
      name: "list the bindings of all namespaces",
      method: "GET",
      path: `${rbac}/rolebindings?labelSelector=app.kubernetes.io%2Fmanaged-by%3Deks-lambda`,
      shows: "items.metadata.namespace",
    },
    { name: "list the bindings of the cluster", method: "GET", path: `${rbac}/clusterrolebindings`, shows: "kind" },
    {
      name: "dry run: delete, by the body",
      method: "DELETE",
      path: `${bindings}/given?dryRun=All`,
      of: `${bindings}/given`,
      bodyOf: ({ resourceVersion }) => ({ preconditions: { resourceVersion }, dryRun: ["All"] }),
      shows: "status",
    },
    {
      name: "delete an old version of a Role",
      method: "DELETE",
      path: `${roles}/given`,
      body: { preconditions: { resourceVersion: "1" } },
    },
    {
      name: "delete a Role under the version that was read",
      method: "DELETE",
      path: `${roles}/held`,
      bodyOf: ({ resourceVersion }) => ({ preconditions: { resourceVersion } }),
      shows: "status",
    },
    { name: "delete a Role that does not exist", method: "DELETE", path: `${roles}/none` },
  ]),
};
