/**
 * The interface between the acceptance suite and a backend: one AWS account with one running EKS cluster. The real
 * backend (`test/e2e/backend`) and the sandbox implement it, and the same suite runs on both.
 */
export interface Backend extends Place {
  readonly name: "real" | "sandbox";
  readonly account: string;
  /** The cluster. Its API server authenticates EKS tokens and authorises with RBAC. */
  readonly cluster: { readonly name: string; readonly endpoint: string; readonly ca: string };
  /**
   * `AWS_*` variables for a child process: endpoint, Region, and keys of the IAM user who created the cluster. That
   * user is in `system:masters` without a mapping. Nothing comes from this machine.
   */
  readonly env: Readonly<Record<string, string>>;

  /** Temporary credentials of a role. Creates the role under `path` (default `/`) if it does not exist. */
  assumeRole(name: string, path?: string): Promise<Credentials>;
  /** Deletes a resource behind the back of its stack. */
  remove(type: RemovableType, name: string): Promise<void>;
  /** Sends a request to the API server, as administrator or with the given bearer token. */
  kube(method: string, path: string, options?: KubeOptions): Promise<KubeAnswer>;
  /** Adds a cluster to EKS, or changes the description of the running one, until `reset`. */
  describe(name: string, description: ClusterDescription): Promise<void>;
  /** What EC2 says of a VPC, until `reset`. */
  network(network: Network): Promise<void>;
  /**
   * Requests that wrote or tried to since the last call: AWS actions, and API server requests (`dryRun` is in the
   * path).
   */
  writes(): Promise<readonly Write[]>;
  /** Appends lines to the log of a running Pod with one container. The real backend has one log for all Pods. */
  log(pod: string, text: string): Promise<void>;
  /** Text that containers of the image `failing.image` log before they exit. `reset` clears it. */
  failWith(log: string): Promise<void>;
  /** Discards the API server's history, so that a list of an earlier version is expired (410). */
  compact(): Promise<void>;
  /** Restarts the API server: connections break, and a watch from an earlier version is expired (410). */
  restartApiServer(): Promise<void>;
  /** Faults that tests can set. `reset` clears them. */
  readonly faults: Faults;
  /** Resets to a new cluster and an empty account: no stacks, functions, roles, mappings or test objects. */
  reset(): Promise<void>;
  /** With `failed`, the backend keeps its logs and prints their location. */
  stop(options?: { readonly failed: boolean }): Promise<void>;
}

/** A Region, such as `cn-north-1`, and the partition of its ARNs: `aws-cn`. */
export interface Place {
  readonly region: string;
  readonly partition: string;
}

/** Where tests run that are about no other place. */
export const virginia: Place = { region: "us-east-1", partition: "aws" };

/** An image whose containers exit with this code. */
export const failing = { image: "fails:3", exitCode: 3 } as const;

/** An image that no registry has, and what a node says of it. */
export const missing = {
  image: "missing/web:1",
  message:
    'failed to pull and unpack image "docker.io/missing/web:1": failed to resolve reference "docker.io/missing/web:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
} as const;

export type RemovableType = "AWS::IAM::Role" | "AWS::Lambda::Function" | "AWS::Logs::LogGroup";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface KubeOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly token?: string;
}

export interface KubeAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an API server's answer, looked into by tests alone
  readonly body: any;
}

/** Fields in which `eks:DescribeCluster` differs from the running cluster. */
export interface ClusterDescription {
  readonly status?: "CREATING" | "ACTIVE" | "UPDATING" | "DELETING" | "FAILED";
  readonly endpoint?: string;
  readonly ca?: string;
  /** `null` leaves out `accessConfig`, as for clusters that are older than access entries. */
  readonly authenticationMode?: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | null;
  /** Endpoint access. Default: public, for all addresses. */
  readonly resourcesVpcConfig?: {
    readonly endpointPublicAccess: boolean;
    readonly endpointPrivateAccess: boolean;
    readonly publicAccessCidrs: readonly string[];
    readonly vpcId: string;
    readonly subnetIds: readonly string[];
    readonly clusterSecurityGroupId?: string;
  };
  readonly health?: {
    readonly issues: readonly {
      readonly code: string;
      readonly message: string;
      readonly resourceIds: readonly string[];
    }[];
  };
}

/** A VPC, and the security group of the cluster in it. */
export interface Network {
  readonly vpcId: string;
  /** Where 0.0.0.0/0 leads: `igw-…`, `nat-…`; empty: nowhere. */
  readonly main: string;
  /** The same for subnets that have a route table of their own. */
  readonly gateways: Readonly<Record<string, string>>;
  readonly groupId: string;
  readonly inboundRules: number;
}

export interface Write {
  /** `aws`: the action is `cloudformation:CreateChangeSet`; `kube`: `POST /api/v1/…?dryRun=All`. */
  readonly to: "aws" | "kube";
  readonly action: string;
}

export interface Faults {
  /**
   * Executes the next call of this AWS action, then closes the connection without an answer. Actions are named as in
   * the API: `lambda:Invoke`, `cloudformation:ExecuteChangeSet`.
   */
  dropAnswer(action: string): void;
  /** Lets the creation or update of the resource with this logical id fail in every stack. */
  failResource(logicalId: string): void;
  /** Makes the function Failed, as Lambda does if it cannot set one up. */
  failFunction(functionName: string): void;
  /** Lets updates of the cluster's configuration end as Failed, without effect. */
  failUpdates(): void;
  /** Refuses this AWS action to everybody, as a service control policy does: `cloudformation:DescribeEvents`. */
  forbid(action: string): void;
  /** CloudFormation does not know `DeploymentMode: REVERT_DRIFT`, and ignores it. */
  withoutDriftReverts(): void;
  /** Lets EKS refuse each role so many times, as it does until it knows a new one. */
  refuseNewRoles(times: number): void;
  /** The Region has no arm64 for Lambda. */
  withoutArm64(): void;
  /** Lambda does not offer this runtime in the Region. */
  withoutRuntime(name: string): void;
  /** Leaves the subnet without free IP addresses. */
  fullSubnet(id: string): void;
  /** Lets CloudFormation report this stack status, for states that a test cannot produce or hold. */
  stackStatus(stack: string, status: string): void;
  /**
   * Makes the function inactive, as after weeks without calls: its next call fails and makes it Pending for a second.
   */
  idle(functionName: string): void;
  /** Answers so many requests to the API server with 429. The real backend's has no such switch. */
  overload?(requests: number): void;
  /** S3 refuses so many answers of custom resources (503). */
  refuseAnswers(times: number): void;
  /** So many functions of custom resources die when they send their answer, which does not arrive. Lambda repeats the event. */
  dieBeforeAnswer(times: number): void;
  /** Lambda delivers so many requests to custom resources twice. */
  duplicateEvents(times: number): void;
  /** Enforces IAM policies: callers without a policy may do nothing. The sandbox does not support policies. */
  enforcePolicies?(): void;
}
