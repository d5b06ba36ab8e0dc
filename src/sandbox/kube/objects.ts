/**
 * The kinds whose objects the sandbox itself reads and writes: the fields that it uses, as they are once the object has
 * its defaults and is valid.
 */
import type { Json, JsonMap, Labels, Metadata } from "./object.ts";
import type { Schema } from "./schema.ts";

export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
};
export type Conditions = { readonly conditions?: readonly Condition[] };

export type LabelSelector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
};
/** A number, or a percentage. */
export type Share = number | string;
export type Quantities = Readonly<Record<string, number | string>>;

export type SecurityContext = {
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
};
export type Container = {
  readonly name: string;
  readonly image: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly securityContext?: SecurityContext;
};
export type PodSpec = {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly restartPolicy: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly nodeSelector?: Labels;
  readonly securityContext?: SecurityContext;
  readonly serviceAccountName?: string;
  readonly subdomain?: string;
  readonly terminationGracePeriodSeconds?: number;
};
export type ContainerState = {
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly startedAt: string;
    readonly finishedAt: string;
  };
  readonly waiting?: { readonly reason: string; readonly message?: string };
};
export type ContainerStatus = {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState: ContainerState;
};
export type Pod = {
  readonly metadata: Metadata;
  readonly spec: PodSpec;
  readonly status: Conditions & {
    readonly phase: string;
    readonly reason?: string;
    readonly startTime?: string;
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    /** Once it has been started. */
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
};

export type Template = { readonly metadata?: Partial<Metadata>; readonly spec: PodSpec };
export type Workload = {
  readonly metadata: Metadata;
  readonly spec: { readonly template: Template; readonly minReadySeconds?: number };
};
type Selecting = { readonly selector: LabelSelector; readonly template: Template; readonly minReadySeconds?: number };

export type ReplicaCounts = {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updatedReplicas?: number;
};
type Observed = { readonly observedGeneration?: number | undefined };

export type Deployment = {
  readonly metadata: Metadata;
  readonly spec: Selecting & {
    readonly replicas: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds: number;
    readonly revisionHistoryLimit: number;
    readonly strategy:
      | { readonly type: "Recreate" }
      | {
          readonly type: "RollingUpdate";
          readonly rollingUpdate: { readonly maxSurge: Share; readonly maxUnavailable: Share };
        };
  };
  readonly status: Conditions & Observed & ReplicaCounts & { readonly unavailableReplicas?: number };
};
export type ReplicaSet = {
  readonly metadata: Metadata;
  readonly spec: Selecting & { readonly replicas: number };
  readonly status: Conditions & Observed & ReplicaCounts & { readonly fullyLabeledReplicas?: number };
};
export type StatefulSet = {
  readonly metadata: Metadata;
  readonly spec: Selecting & {
    readonly replicas: number;
    readonly podManagementPolicy: string;
    readonly serviceName?: string;
    readonly updateStrategy: { readonly type: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status: Observed &
    ReplicaCounts & {
      readonly collisionCount?: number;
      readonly currentReplicas?: number;
      readonly currentRevision?: string;
      readonly updateRevision?: string;
    };
};
export type DaemonSet = {
  readonly metadata: Metadata;
  readonly spec: Selecting & { readonly updateStrategy: { readonly type: string } };
  readonly status: Observed & {
    readonly currentNumberScheduled?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberMisscheduled?: number;
    readonly numberReady?: number;
    readonly numberUnavailable?: number;
    readonly updatedNumberScheduled?: number;
  };
};
export type ControllerRevision = {
  readonly metadata: Metadata;
  readonly data: { readonly spec: { readonly template: Template } };
  readonly revision: number;
};
export type Job = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly template: Template;
    readonly activeDeadlineSeconds?: number;
    readonly backoffLimit: number;
    readonly completions?: number;
    readonly parallelism: number;
    readonly selector?: LabelSelector;
    readonly suspend?: boolean;
    readonly ttlSecondsAfterFinished?: number;
  };
  readonly status: Conditions & {
    readonly active?: number;
    readonly completionTime?: string;
    readonly failed?: number;
    readonly ready?: number;
    readonly startTime?: string | undefined;
    readonly succeeded?: number;
    readonly terminating?: number;
    readonly uncountedTerminatedPods?: JsonMap;
  };
};

export type Node = {
  readonly metadata: Metadata;
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: Conditions & {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly allocatable?: Quantities;
    readonly capacity?: Quantities;
    readonly nodeInfo?: Readonly<Record<string, string>>;
  };
};
export type ConfigMap = {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
};
export type Event = {
  readonly metadata: Metadata;
  readonly involvedObject: {
    readonly kind: string;
    readonly apiVersion?: string;
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string | undefined;
  };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly eventTime?: string;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
};
export type PodDisruptionBudget = {
  readonly metadata: Metadata;
  readonly spec?: { readonly selector?: LabelSelector; readonly minAvailable?: Share; readonly maxUnavailable?: Share };
  readonly status?: Conditions &
    Observed & {
      readonly currentHealthy?: number;
      readonly desiredHealthy?: number;
      readonly disruptionsAllowed?: number;
      readonly expectedPods?: number;
    };
};
export type ResourceQuota = {
  readonly metadata: Metadata;
  readonly spec?: { readonly hard?: Quantities; readonly scopes?: Json; readonly scopeSelector?: Json };
  readonly status?: { readonly hard?: Quantities | undefined; readonly used?: Quantities };
};

export type Rule = {
  readonly apiGroups?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
};
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
export type CustomVersion = {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly subresources?: { readonly status?: JsonMap; readonly scale?: { readonly specReplicasPath: string } };
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
