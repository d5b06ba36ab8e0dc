/** The state of the sandbox: an AWS account, the descriptions of its clusters, the objects of the real one, and the faults to inject. */
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { Clock } from "./clock.ts";
import { newCluster } from "./kube/cluster.ts";
import { Images } from "./kube/controllers/images.ts";
import type { User } from "./kube/rbac.ts";
import type { Target } from "./kube/target.ts";
import type { Bucket, Cluster, Key, LogEvent, Network, Resource, RunningFunction, Runtime } from "./model.ts";
import { arnOf, partitionOf } from "./partition.ts";
import type { Stack, Waiting } from "./stack/model.ts";

export type State = ReturnType<typeof newState>;
export const newState = (clock: Clock, images: Images) => ({
  keys: new Map<string, Key>(),
  clusters: new Map<string, Cluster>(),
  resources: new Map<string, Resource>(),
  stacks: [] as Stack[],
  /** By name. */
  buckets: new Map<string, Bucket>(),
  /** By the VPC's ID. */
  networks: new Map<string, Network>(),
  /** By the key of the function's resource. */
  running: new Map<string, RunningFunction>(),
  /** By the key of the log group's resource, oldest first. */
  logEvents: new Map<string, LogEvent[]>(),
  /** Authenticated users, by token, with the end of the cache entry. */
  known: new Map<string, { readonly user: User; readonly until: number }>(),
  /** Requests to custom resources that wait for an answer, by the path and query of its URL. */
  answers: new Map<string, Waiting>(),
  /** CloudFormation's own key, for the URLs of these answers. */
  signer: { accessKeyId: uniqueId("AKIA"), secretAccessKey: randomBytes(30).toString("base64") },
  /** Functions that are not active, by the key of their resource. */
  idle: new Map<string, "Inactive" | "Pending" | "Failed">(),
  /** How often EKS has refused a role, by its unique ID. */
  refusedRoles: new Map<string, number>(),
  ...newCluster(clock, images),
  /** Open watches and followed logs. */
  streams: new Set<Readable>(),
});

export type Faults = ReturnType<typeof noFaults>;
/** Faults to inject. Tests change these values; an item of `drop…` and `throttle` is removed once it has been injected. */
export const noFaults = () => ({
  /** The number of API server requests to answer with 429, and the seconds in their `Retry-After`. */
  tooManyRequests: 0,
  retryAfter: 1,
  /** Delay of every answer, in milliseconds. */
  latencyMs: 0,
  /** How far the clocks of AWS and the cluster are ahead of this machine's, in milliseconds. */
  clockSkewMs: 0,
  /** Delay until a change of aws-auth or a new access entry takes effect, in milliseconds. */
  mappingDelayMs: 0,
  /**
   * Calls such as `eks:DescribeCluster` or `POST /api/…` whose connection is closed before or after they are carried out.
   * Without a query, one with any query.
   */
  dropRequest: [] as string[],
  dropAnswer: [] as string[],
  /**
   * The number of requests to carry out. The last one gets no answer, and later ones are not carried out: the state that
   * a process leaves behind when it is killed there. Set it to Infinity before the next run.
   */
  killAfter: Number.POSITIVE_INFINITY,
  /** AWS calls to throttle once. */
  throttle: [] as string[],
  /** AWS calls that a service control policy denies, until they are taken out of the list. */
  forbid: [] as string[],
  /** Logical IDs of resources that fail to be created or updated, in every stack; `LogGroup DELETE` fails to be deleted. */
  failResources: [] as string[],
  /** Updates of a cluster's configuration end without effect. */
  failUpdates: false,
  /** CloudFormation ignores DeploymentMode, as where it does not know it. */
  withoutDriftReverts: false,
  /** The Region has no arm64 for Lambda. */
  withoutArm64: false,
  /** Runtimes that Lambda does not offer in the Region. */
  missingRuntimes: [] as string[],
  /** How often S3 refuses a custom resource's answer. */
  refuseAnswers: 0,
  /** How many functions of custom resources die when they send their answer, which does not arrive. */
  dieBeforeAnswer: 0,
  /** How many requests to custom resources Lambda delivers twice. */
  duplicateEvents: 0,
  /** IDs of subnets without free IP addresses. */
  fullSubnets: [] as string[],
  /** How often EKS refuses each role until it knows it, as it does for some ten seconds after the role is created. */
  newRoleRefusals: 0,
});

/** Removes the first item that names this call, once. Returns true if there was one. */
export function take(list: string[], call: string): boolean {
  const index = list.findIndex((one) => one === call || one === call.split("?")[0]);
  return index >= 0 && list.splice(index, 1).length > 0;
}

interface WorldOptions {
  readonly clusterName: string;
  readonly region: string;
  readonly faults: Partial<Faults>;
  readonly clock: Clock;
  readonly runtime: Runtime | undefined;
}

/** What all parts of the sandbox share. */
export type World = ReturnType<typeof newWorld>;
export function newWorld({ clusterName, region, faults, clock, runtime }: WorldOptions) {
  const images = new Images();
  return {
    clock,
    /** Runs functions. `undefined`: in processes of Node. */
    runtime,
    account: "123456789012",
    region,
    partition: partitionOf(region),
    clusterName,
    /** Where the AWS half listens. */
    awsEndpoint: "",
    /** The behaviour of containers, by image. */
    images,
    faults: { ...noFaults(), ...faults },
    /** All received requests: `cloudformation:CreateChangeSet`, `POST /api/v1/…?dryRun=All`. */
    requests: [] as { readonly to: "aws" | "kube"; readonly action: string }[],
    /** All authorized requests to the API server, with their users. */
    uses: [] as (Target & { readonly user: string })[],
    /** The authenticator's log. */
    authenticatorLog: [] as string[],
    /** A static token of the group system:masters. Its requests are not logged. */
    adminToken: randomBytes(16).toString("hex"),
    state: newState(clock, images),
  };
}

/** Milliseconds since 1970, by the clocks of AWS and the cluster. */
export const now = ({ faults, clock }: World): number => clock.now() + faults.clockSkewMs;

/** The prefix, such as `AROA`, and 16 hexadecimal digits. */
export const uniqueId = (prefix: string): string => prefix + randomBytes(8).toString("hex").toUpperCase();

/** Stores a resource, or without one deletes what is at the key. Ends a function's execution environments. */
export function put({ resources, running, idle, logEvents }: State, key: string, resource?: Resource): void {
  running.get(key)?.stop();
  running.delete(key);
  idle.delete(key);
  if (resource) {
    resources.set(key, resource);
    return;
  }
  resources.delete(key);
  // A function's EventInvokeConfig goes with it.
  resources.delete(`${key.replace("AWS::Lambda::Function ", "AWS::Lambda::EventInvokeConfig ")}|$LATEST`);
  logEvents.delete(key);
}

export function addKey({ keys }: State, arn: string, userId = uniqueId("AIDA")): Key {
  const temporary = userId.includes(":");
  const [accessKeyId, secretAccessKey] = [uniqueId(temporary ? "ASIA" : "AKIA"), randomBytes(30).toString("base64")];
  const sessionToken = randomBytes(300).toString("base64");
  const key = { accessKeyId, secretAccessKey, ...(temporary && { sessionToken }), arn, userId };
  keys.set(accessKeyId, key);
  return key;
}

/** Returns credentials for a role as AssumeRole does, without checking the trust policy. */
export const assumeRole = (world: World, { name, attributes }: Resource, session: string): Key =>
  addKey(world.state, arnOf(world, "sts", `assumed-role/${name}/${session}`), `${attributes.RoleId}:${session}`);
