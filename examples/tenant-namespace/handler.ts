/**
 * Creates a namespace for a tenant, with a quota. The group `tenant:NAME` may edit the objects in it. A second event for
 * the same tenant changes the quota.
 */
import { type Declared, defineFunction, resource } from "eks-lambda/lambda";
import type { Namespace, ResourceQuota } from "kubernetes-types/core/v1.js";
import type { RoleBinding } from "kubernetes-types/rbac/v1.js";
import * as v from "valibot";

const apiGroup = "rbac.authorization.k8s.io";

/** In Kubernetes, you can only give rights that you have. With `bind` on this ClusterRole, the function can give its rights. */
const bindEdit: Declared<undefined> = {
  needs: [{ group: apiGroup, resource: "clusterroles", verbs: ["bind"], names: ["edit"], cluster: true }],
  on: () => undefined,
};

const tenant = v.object({
  tenant: v.pipe(v.string(), v.regex(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)),
  cpu: v.optional(v.string(), "4"),
  memory: v.optional(v.string(), "8Gi"),
});

export const handler = defineFunction({
  needs: {
    namespaces: resource<Namespace>("v1", "namespaces").clusterScoped().may("create", "patch"),
    quotas: resource<ResourceQuota>("v1", "resourcequotas").inAllNamespaces().may("create", "patch"),
    bindings: resource<RoleBinding>(`${apiGroup}/v1`, "rolebindings").inAllNamespaces().may("create", "patch"),
    bindEdit,
  },
  event: tenant,
  async run({ namespaces, quotas, bindings }, { event: { tenant, cpu, memory } }) {
    const namespace = `tenant-${tenant}`;
    const group = `tenant:${tenant}`;
    const metadata = { name: "tenant", namespace };
    await namespaces.apply({
      kind: "Namespace",
      metadata: { name: namespace, labels: { "example.com/tenant": tenant } },
    });
    const hard = { "requests.cpu": cpu, "requests.memory": memory };
    await quotas.apply({ kind: "ResourceQuota", metadata, spec: { hard } });
    await bindings.apply({
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "ClusterRole", name: "edit" },
      subjects: [{ apiGroup, kind: "Group", name: group }],
    });
    return { namespace, group, hard };
  },
});
