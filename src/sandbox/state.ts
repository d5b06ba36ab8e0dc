/** All that the sandbox remembers: one AWS account, its clusters, the objects of the living one; and what shall go wrong. */
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { RunningFunction } from "./aws/lambda.ts";
import type { Clock } from "./clock.ts";
import { newCluster } from "./kube/cluster.ts";
import type { Images } from "./kube/controllers/images.ts";
import type { User } from "./kube/rbac.ts";
import type { Stack } from "./stack/stack.ts";

export type Data = Readonly<Record<string, unknown>>;
export type Pairs = Readonly<Record<string, string>>;

/** Credentials and whose they are: `userId` is `AIDA…` of a user, `AROA…:session` of a role. */
export type Key = Readonly<Record<"accessKeyId" | "secretAccessKey" | "arn" | "userId", string>> & {
  readonly sessionToken?: string;
};

/** What EKS says of a cluster. `ca` is PEM in base64; the mode `null`: no `accessConfig`. */
export interface Cluster {
  readonly status: string;
  readonly endpoint?: string | undefined;
  readonly ca?: string | undefined;
  authenticationMode: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | null;
}

/** Something in the account, of a type of CloudFormation. Whoever changes it puts another value at its key. */
export interface Resource extends Readonly<Record<"key" | "type" | "name", string>> {
  readonly properties: Data;
  /** What `GetAtt` gives. */
  readonly attributes: Data;
  readonly createdAt: number;
}

export type State = ReturnType<typeof newState>;
export const newState = (clock: Clock, images: Images) => ({
  keys: new Map<string, Key>(),
  clusters: new Map<string, Cluster>(),
  resources: new Map<string, Resource>(),
  stacks: [] as Stack[],
  /** By the key of the resource. */
  running: new Map<string, RunningFunction>(),
  /** Who was let in by which token, and until when it is remembered. */
  known: new Map<string, { readonly user: User; readonly until: number }>(),
  /** Functions whose network interfaces Lambda has reclaimed, or makes again, by the key of the resource. */
  idle: new Map<string, "Inactive" | "Pending">(),
  ...newCluster(clock, images),
  /** Answers that go on: watches and logs that are followed. */
  streams: new Set<Readable>(),
});

export type Faults = ReturnType<typeof noFaults>;
/** What goes wrong on purpose. Tests change these values; each list loses what it has done. */
export const noFaults = () => ({
  /** So many API server requests to come are answered 429, with so many seconds in `Retry-After`. */
  tooManyRequests: 0,
  retryAfter: 1,
  /** Milliseconds before every answer. */
  latencyMs: 0,
  /** Milliseconds by which the clocks of AWS and the cluster are ahead of this machine's. */
  clockSkewMs: 0,
  /** Milliseconds until a change of aws-auth or a new access entry works. */
  mappingDelayMs: 0,
  /** `eks:DescribeCluster`, `POST /api/…`: the connection of the next such call is closed before or after the work. */
  dropRequest: [] as string[],
  dropAnswer: [] as string[],
  /**
   * So many requests to come are carried out. The last of them is not answered, nor is any after it: what a process
   * leaves behind that was killed there. Set it to Infinity before the next run.
   */
  killAfter: Number.POSITIVE_INFINITY,
  /** The next such call of AWS is throttled. */
  throttle: [] as string[],
  /** Logical ids of resources that fail to be created or updated, in every stack; `LogGroup DELETE`: to be deleted. */
  failResources: [] as string[],
  /** Milliseconds until EKS knows a new role. */
  roleDelayMs: 0,
});

/** Is it in the list? Then once less. */
export const take = (list: string[], item: string): boolean =>
  list.includes(item) && list.splice(list.indexOf(item), 1).length > 0;

interface WorldOptions {
  readonly clusterName: string;
  readonly region: string;
  readonly faults: Partial<Faults>;
  readonly clock: Clock;
}

/** What every part of the sandbox is handed. */
export type World = ReturnType<typeof newWorld>;
export function newWorld({ clusterName, region, faults, clock }: WorldOptions) {
  const images: Images = new Map();
  return {
    clock,
    account: "123456789012",
    region,
    clusterName,
    /** What containers do, by their image. */
    images,
    faults: { ...noFaults(), ...faults },
    /** What came, whatever became of it: `cloudformation:CreateChangeSet`; `POST /api/v1/…?dryRun=All`. */
    requests: [] as { readonly to: "aws" | "kube"; readonly action: string }[],
    /** Why the authenticator let somebody in, or did not. */
    authenticatorLog: [] as string[],
    /** The API server's static token, of group system:masters; what it asks is in no log. */
    adminToken: randomBytes(16).toString("hex"),
    state: newState(clock, images),
  };
}

/** Milliseconds, by the sandbox's clock. */
export const now = ({ faults, clock }: World): number => clock.now() + faults.clockSkewMs;

/** `AROA` and the like, and 16 more. */
export const uniqueId = (prefix: string): string => prefix + randomBytes(8).toString("hex").toUpperCase();

/** Puts it into the account, or takes away what is at the key. With every change a function's environments end. */
export function put({ resources, running, idle }: State, key: string, resource?: Resource): void {
  running.get(key)?.stop();
  running.delete(key);
  idle.delete(key);
  if (resource) resources.set(key, resource);
  else resources.delete(key);
}

export function addKey({ keys }: State, arn: string, userId = uniqueId("AIDA")): Key {
  const temporary = userId.includes(":");
  const [accessKeyId, secretAccessKey] = [uniqueId(temporary ? "ASIA" : "AKIA"), randomBytes(30).toString("base64")];
  const sessionToken = randomBytes(300).toString("base64");
  const key = { accessKeyId, secretAccessKey, ...(temporary && { sessionToken }), arn, userId };
  keys.set(accessKeyId, key);
  return key;
}

/** What STS's AssumeRole gives for a role, without asking who may. */
export const assumeRole = ({ account, state }: World, { name, attributes }: Resource, session: string): Key =>
  addKey(state, `arn:aws:sts::${account}:assumed-role/${name}/${session}`, `${attributes.RoleId}:${session}`);
