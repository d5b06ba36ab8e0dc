/** What an AWS account holds, as data. */

export type Data = Readonly<Record<string, unknown>>;
export type Pairs = Readonly<Record<string, string>>;

/** Credentials and their owner; `userId` is `AIDA…` for a user, `AROA…:session` for a role. */
export type Key = Readonly<Record<"accessKeyId" | "secretAccessKey" | "arn" | "userId", string>> & {
  readonly sessionToken?: string;
};

/** A cluster as EKS describes it. */
export interface Cluster {
  readonly status: string;
  readonly endpoint?: string | undefined;
  /** PEM in base64. */
  readonly ca?: string | undefined;
  /** `null`: the description has no `accessConfig`. */
  authenticationMode: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | null;
  /** As EKS shows it. Without it, the endpoint is public for everyone. */
  readonly resourcesVpcConfig?: Data;
  /** As EKS shows it. Without it, the cluster has no issues. */
  readonly health?: Data;
}

/** A VPC, and the security group of the cluster in it. */
export interface Network {
  readonly vpcId: string;
  /** Where 0.0.0.0/0 leads: `igw-…`, `nat-…`; empty: nowhere. */
  readonly main: string;
  /** The same for subnets that have their own route table. */
  readonly gateways: Pairs;
  readonly groupId: string;
  readonly inboundRules: number;
}

/** A resource of the account, by its CloudFormation type. A change puts a new value at its key. */
export interface Resource extends Readonly<Record<"key" | "type" | "name", string>> {
  readonly properties: Data;
  /** The values of `GetAtt`. */
  readonly attributes: Data;
  /** Of a custom resource: its attributes are secret. */
  readonly noEcho?: boolean;
  /** The request that a custom resource answered last. */
  readonly requestId?: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** An event of CloudWatch Logs; `timestamp` is in milliseconds since 1970. */
export interface LogEvent {
  readonly eventId: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

/** How a call of a function ended; `payload` is JSON. */
export interface FunctionAnswer {
  readonly failed: boolean;
  readonly payload: string;
}

/** The execution environments of a function. */
export interface RunningFunction {
  invoke(event: unknown, requestId: string): Promise<FunctionAnswer & { readonly log: string }>;
  stop(): void;
}

/** Runs a function with the environment that Lambda gives it, instead of a process of Node. */
export type Runtime = (environment: Pairs) => (event: unknown, requestId: string) => Promise<FunctionAnswer>;

export interface Bucket {
  readonly region: string;
  isVersioned: boolean;
  /** By key, the latest version last. */
  readonly objects: Map<string, readonly StoredObject[]>;
}

/** A version of an object in a bucket. */
export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  /** In base64, if it was uploaded with one. */
  readonly sha256: string | undefined;
  /** `undefined` where the bucket kept none. */
  readonly version: string | undefined;
}
