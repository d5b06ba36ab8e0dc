/**
 * What the acceptance suite asks of a backend: one AWS account with one living EKS cluster, and the truth
 * about what happened in it. The real backend (`test/e2e/backend`) and the sandbox both implement it, and
 * the same suite runs on both.
 */
export interface Backend {
  readonly name: "real" | "sandbox";
  readonly account: string;
  readonly region: string;
  /** The living cluster: an API server that authenticates by EKS tokens and authorises by RBAC. */
  readonly cluster: { readonly name: string; readonly endpoint: string; readonly ca: string };
  /**
   * `AWS_*` for a child process: endpoint, region and the keys of the IAM user who created the cluster,
   * whom the cluster therefore knows as `system:masters` without any mapping. Nothing of this machine.
   */
  readonly env: Readonly<Record<string, string>>;

  /** Credentials as STS hands them out for a role, which is made when it is not there, under `path` (`/` if not given). */
  assumeRole(name: string, path?: string): Promise<Credentials>;
  /** Deletes a resource by hand: its stack does not know. */
  remove(type: RemovableType, name: string): Promise<void>;
  /** One request to the API server: as administrator, or with the bearer token given. */
  kube(method: string, path: string, options?: KubeOptions): Promise<KubeAnswer>;
  /** Lets EKS describe one more cluster, or describe the living one otherwise; `reset` forgets it. */
  describe(name: string, description: ClusterDescription): Promise<void>;
  /** Requests that wrote, or tried to, since the last call: AWS actions and API server requests (with `dryRun` in the path). */
  writes(): Promise<readonly Write[]>;
  /** Appends lines to the log of a running Pod with one container. The real backend has one log for all Pods. */
  log(pod: string, text: string): Promise<void>;
  /** Containers of the image `failing.image` log this text and exit; `reset` clears it. */
  failWith(log: string): Promise<void>;
  /** Discards the API server's history: a list of an earlier version is expired (410). */
  compact(): Promise<void>;
  /** Restarts the API server: all connections break, and a watch from an earlier version is expired (410). */
  restartApiServer(): Promise<void>;
  /** Faults for what comes next; `reset` ends them. */
  readonly faults: Faults;
  /** Back to a new cluster and an empty account: no stacks, functions, roles, mappings, nor objects of a test. */
  reset(): Promise<void>;
  /** `failed`: a test failed, and what the backend logged is kept, and its place told. */
  stop(options?: { readonly failed: boolean }): Promise<void>;
}

/** An image whose containers exit with this code. */
export const failing = { image: "fails:3", exitCode: 3 } as const;

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

/** What `eks:DescribeCluster` says, where it differs from the living cluster. */
export interface ClusterDescription {
  readonly status?: "CREATING" | "ACTIVE" | "UPDATING" | "DELETING" | "FAILED";
  readonly endpoint?: string;
  readonly ca?: string;
  /** `null`: a description without `accessConfig`, as of clusters made before access entries. */
  readonly authenticationMode?: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | null;
  /** From where the endpoint can be reached; public, for everyone, if not said. */
  readonly resourcesVpcConfig?: {
    readonly endpointPublicAccess: boolean;
    readonly endpointPrivateAccess: boolean;
    readonly publicAccessCidrs: readonly string[];
    readonly vpcId: string;
    readonly subnetIds: readonly string[];
  };
}

export interface Write {
  /** `aws`: the action is `cloudformation:CreateChangeSet`; `kube`: `POST /api/v1/…?dryRun=All`. */
  readonly to: "aws" | "kube";
  readonly action: string;
}

export interface Faults {
  /**
   * The next call of this AWS action is carried out, and its connection closed instead of an answer. As the API names
   * it: `lambda:Invoke`, `cloudformation:ExecuteChangeSet`.
   */
  dropAnswer(action: string): void;
  /** The resource with this logical id fails to be created or updated in every stack from now on. */
  failResource(logicalId: string): void;
  /** CloudFormation says that the stack is in this state, which a test could not bring about or hold. */
  stackStatus(stack: string, status: string): void;
  /** Lambda has reclaimed the function's network interfaces: its next call fails, and makes it Pending for a second. */
  idle(functionName: string): void;
  /** Whoever has no IAM policy may do nothing in the account from now on. The sandbox has no policies. */
  enforcePolicies?(): void;
}
