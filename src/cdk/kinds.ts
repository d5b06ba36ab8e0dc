/**
 * The kinds that a stack may have, by access policy. A kind that no API server serves in this version does no harm: the
 * function asks for a kind only when a manifest has it.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
 */
import type { Allowed } from "../core/actions/allowed.ts";

export type Kind = Pick<Allowed, "group" | "version" | "resource" | "kind" | "clusterScoped">;

/** What AmazonEKSEditPolicy may create, patch and delete, and read. It also has Events, which no stack writes. */
const edit = `
apps/v1 Deployment deployments
apps/v1 StatefulSet statefulsets
apps/v1 DaemonSet daemonsets
apps/v1 ReplicaSet replicasets
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers
batch/v1 CronJob cronjobs
batch/v1 Job jobs
networking.k8s.io/v1 Ingress ingresses
networking.k8s.io/v1 NetworkPolicy networkpolicies
policy/v1 PodDisruptionBudget poddisruptionbudgets
v1 ConfigMap configmaps
v1 PersistentVolumeClaim persistentvolumeclaims
v1 Pod pods
v1 ReplicationController replicationcontrollers
v1 Secret secrets
v1 Service services
v1 ServiceAccount serviceaccounts`;

/** AmazonEKSClusterAdminPolicy may write every kind. These are Kubernetes' own; others are named by `kinds`. */
const clusterAdmin = `${edit}
coordination.k8s.io/v1 Lease leases
discovery.k8s.io/v1 EndpointSlice endpointslices
rbac.authorization.k8s.io/v1 Role roles
rbac.authorization.k8s.io/v1 RoleBinding rolebindings
v1 LimitRange limitranges
v1 ResourceQuota resourcequotas`;

/** Kinds without namespaces: the policy reaches them only for the whole cluster. */
const wholeCluster = `
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions
networking.k8s.io/v1 IngressClass ingressclasses
rbac.authorization.k8s.io/v1 ClusterRole clusterroles
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings
scheduling.k8s.io/v1 PriorityClass priorityclasses
storage.k8s.io/v1 StorageClass storageclasses
v1 Namespace namespaces
v1 PersistentVolume persistentvolumes`;

/** A kind as a manifest and `kubectl api-resources` show it. */
export interface NamedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural. */
  readonly resource: string;
  readonly clusterScoped?: boolean | undefined;
}

export const kindOf = ({ apiVersion, kind, resource, clusterScoped = false }: NamedKind): Kind => {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, resource, kind, ...(clusterScoped && { clusterScoped }) };
};

const kindsIn = (table: string): readonly Kind[] =>
  table
    .trim()
    .split("\n")
    .map((line) => {
      const [apiVersion = "", kind = "", resource = ""] = line.split(" ");
      return kindOf({ apiVersion, kind, resource });
    });

export const editKinds = kindsIn(edit);
export const clusterAdminKinds = kindsIn(clusterAdmin);
export const wholeClusterKinds = kindsIn(wholeCluster).map((kind): Kind => ({ ...kind, clusterScoped: true }));
