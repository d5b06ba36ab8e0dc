/** The rules of EKS's access policies. AWS calls them similar to Kubernetes' roles for users: these are the API server's. */
import type { Kube } from "./kube.ts";

export type PolicyRules = Readonly<Record<string, readonly unknown[]>>;

export async function policyRules(kube: Kube): Promise<PolicyRules> {
  const rulesOf = async (name: string): Promise<readonly unknown[]> =>
    (await kube.request("GET", `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`)).body.rules;
  // The controller that puts these together to the roles view, edit and admin does not run.
  const [all, view, edit, admin] = await Promise.all([
    rulesOf("cluster-admin"),
    rulesOf("system:aggregate-to-view"),
    rulesOf("system:aggregate-to-edit"),
    rulesOf("system:aggregate-to-admin"),
  ]);
  return {
    AmazonEKSClusterAdminPolicy: all,
    AmazonEKSAdminPolicy: [...view, ...edit, ...admin],
    AmazonEKSAdminViewPolicy: [{ verbs: ["get", "list", "watch"], apiGroups: ["*"], resources: ["*"] }],
    AmazonEKSEditPolicy: [...view, ...edit],
    AmazonEKSViewPolicy: view,
  };
}
