/**
 * The kinds whose objects the sandbox itself reads and writes, as they are once they have their defaults and are valid:
 * Kubernetes' own types, with what is then always there.
 */
import type * as apps from "kubernetes-types/apps/v1.js";
import type * as batch from "kubernetes-types/batch/v1.js";
import type * as core from "kubernetes-types/core/v1.js";
import type * as meta from "kubernetes-types/meta/v1.js";
import type * as policy from "kubernetes-types/policy/v1.js";
import type * as rbac from "kubernetes-types/rbac/v1.js";
import type * as storage from "kubernetes-types/storage/v1.js";
import type { Schema } from "./custom/schema.ts";
import type { JsonMap, Metadata } from "./object.ts";

/** Readonly, and an alias: an interface is not a `JsonMap`. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T;
/** `Known` replaces fields. */
type With<T, Known> = Plain<Omit<T, keyof Known>> & Known;
type Stored<Spec, Status> = { readonly metadata: Metadata; readonly spec: Spec; readonly status: Status };

export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
};
export type Conditions = { readonly conditions?: readonly Condition[] };
type Observed = { readonly observedGeneration?: number | undefined };

export type LabelSelector = Plain<meta.LabelSelector>;
/** A number, or a percentage. */
export type Share = number | string;
export type Quantities = Readonly<Record<string, number | string>>;

export type SecurityContext = Plain<core.SecurityContext>;
export type Container = With<core.Container, { readonly image: string }>;
export type PodSpec = With<
  core.PodSpec,
  {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly restartPolicy: string;
  }
>;
export type ContainerState = Plain<core.ContainerState>;
export type ContainerStatus = With<
  core.ContainerStatus,
  { readonly state: ContainerState; readonly lastState: ContainerState }
>;
/** Without statuses of containers until it has been started. */
type PodStatus = Conditions & {
  readonly phase: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
};
export type Pod = Stored<PodSpec, With<core.PodStatus, PodStatus>>;

export type Template = { readonly metadata?: Partial<Metadata>; readonly spec: PodSpec };
export type Workload = {
  readonly metadata: Metadata;
  readonly spec: { readonly template: Template; readonly minReadySeconds?: number };
};
type Scaled = { readonly template: Template; readonly replicas: number };

export type ReplicaCounts = Plain<
  Pick<apps.DeploymentStatus, "replicas" | "readyReplicas" | "availableReplicas" | "updatedReplicas">
>;
type Strategy =
  | { readonly type: "Recreate" }
  | {
      readonly type: "RollingUpdate";
      readonly rollingUpdate: { readonly maxSurge: Share; readonly maxUnavailable: Share };
    };
type DeploymentSpec = Scaled & {
  readonly progressDeadlineSeconds: number;
  readonly revisionHistoryLimit: number;
  readonly strategy: Strategy;
};
export type Deployment = Stored<
  With<apps.DeploymentSpec, DeploymentSpec>,
  With<apps.DeploymentStatus, Conditions & Observed>
>;
export type ReplicaSet = Stored<
  With<apps.ReplicaSetSpec, Scaled>,
  With<apps.ReplicaSetStatus, Conditions & Observed & ReplicaCounts>
>;
type StatefulSetSpec = Scaled & {
  readonly updateStrategy: Plain<apps.StatefulSetUpdateStrategy>;
  readonly volumeClaimTemplates?: readonly ClaimTemplate[];
  readonly persistentVolumeClaimRetentionPolicy: { readonly whenDeleted: string; readonly whenScaled: string };
};
export type StatefulSet = Stored<
  With<apps.StatefulSetSpec, StatefulSetSpec>,
  With<apps.StatefulSetStatus, Conditions & Observed>
>;
type DaemonSetSpec = { readonly template: Template; readonly updateStrategy: Plain<apps.DaemonSetUpdateStrategy> };
export type DaemonSet = Stored<
  With<apps.DaemonSetSpec, DaemonSetSpec>,
  With<apps.DaemonSetStatus, Conditions & Observed>
>;
export type ControllerRevision = {
  readonly metadata: Metadata;
  readonly data: { readonly spec: { readonly template: Template } };
  readonly revision: number;
};
type JobSpec = { readonly template: Template; readonly backoffLimit: number; readonly parallelism: number };
export type Job = Stored<
  With<batch.JobSpec, JobSpec>,
  With<batch.JobStatus, Conditions & { readonly startTime?: string | undefined }>
>;

export type Node = {
  readonly metadata: Metadata;
  readonly spec?: Plain<core.NodeSpec>;
  readonly status?: Conditions & {
    readonly addresses?: readonly Plain<core.NodeAddress>[];
    readonly allocatable?: Quantities;
    readonly capacity?: Quantities;
    readonly nodeInfo?: Partial<Plain<core.NodeSystemInfo>>;
  };
};
type Data = Readonly<Record<string, string>>;
export type ConfigMap = { readonly metadata: Metadata; readonly data?: Data; readonly binaryData?: Data };
type Involved = { readonly [Key in keyof core.ObjectReference]?: core.ObjectReference[Key] | undefined };
export type Event = With<
  core.Event,
  {
    readonly metadata: Metadata;
    readonly involvedObject: Involved & { readonly kind: string; readonly name: string };
    readonly reportingComponent?: string;
    readonly reportingInstance?: string;
  }
>;
export type PodDisruptionBudget = {
  readonly metadata: Metadata;
  readonly spec?: Plain<policy.PodDisruptionBudgetSpec>;
  readonly status?: Partial<With<policy.PodDisruptionBudgetStatus, Conditions & Observed>>;
};
export type ResourceQuota = {
  readonly metadata: Metadata;
  readonly spec?: With<core.ResourceQuotaSpec, { readonly hard?: Quantities }>;
  readonly status?: { readonly hard?: Quantities | undefined; readonly used?: Quantities };
};

type ClaimSpec = {
  readonly accessModes: readonly string[];
  readonly resources: { readonly requests: Quantities };
  readonly volumeMode: string;
};
type ClaimStatus = { readonly phase: string; readonly capacity?: Quantities };
export type PersistentVolumeClaim = Stored<
  With<core.PersistentVolumeClaimSpec, ClaimSpec>,
  With<core.PersistentVolumeClaimStatus, ClaimStatus>
>;
/** A template of claims, in a StatefulSet or a Pod. */
export type ClaimTemplate = { readonly metadata: Metadata; readonly spec: PersistentVolumeClaim["spec"] };
type VolumeSpec = {
  readonly accessModes: readonly string[];
  readonly capacity: Quantities;
  readonly persistentVolumeReclaimPolicy: string;
  readonly volumeMode: string;
};
export type PersistentVolume = Stored<
  With<core.PersistentVolumeSpec, VolumeSpec>,
  With<core.PersistentVolumeStatus, { readonly phase: string; readonly lastPhaseTransitionTime?: string }>
>;
export type StorageClass = { readonly metadata: Metadata } & With<
  Omit<storage.StorageClass, "metadata">,
  { readonly reclaimPolicy: string; readonly volumeBindingMode: string }
>;
export type LimitRangeItem = {
  readonly [Key in "default" | "defaultRequest" | "max" | "maxLimitRequestRatio" | "min"]?: Quantities;
} & { readonly type: string };
export type LimitRange = { readonly metadata: Metadata; readonly spec: { readonly limits: readonly LimitRangeItem[] } };

export type Rule = Partial<Plain<rbac.PolicyRule>>;
export type RoleRef = { readonly kind: string; readonly name: string };
export type Subject = RoleRef & { readonly namespace?: string };
export type Role = { readonly metadata: Metadata; readonly rules?: readonly Rule[] };
export type Binding = {
  readonly metadata: Metadata;
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
};

/** A column of `kubectl get`. */
export type PrinterColumn = {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  /** From 1 on, for `--output wide` only. */
  readonly priority?: number;
};
export type ScalePaths = {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
};
export type CustomVersion = {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly subresources?: { readonly status?: JsonMap; readonly scale?: ScalePaths };
};
export type CustomResourceDefinition = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly scope: string;
    readonly versions: readonly CustomVersion[];
  };
  readonly status?: Conditions & { readonly acceptedNames?: JsonMap; readonly storedVersions?: readonly string[] };
};
