/** All that the sandbox remembers, as plain data: one AWS account and its cluster. A reset makes a new one. */
import { randomBytes } from "node:crypto";
import type { Faults } from "./faults.ts";
import type { LambdaFunction } from "./function/lambda-function.ts";
import { createStore } from "./kube/store.ts";
import type { Stack } from "./stack/stack.ts";

export type Data = Readonly<Record<string, unknown>>;

/** Credentials and whose they are: `userId` is `AIDA…` of a user, `AROA…:session` of a role. */
export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly arn: string;
  readonly userId: string;
}

/** `id` is another when the role is deleted and made again. */
export type Role = { readonly name: string; readonly arn: string; readonly id: string; readonly properties: Data };

/** `principalId` is the unique id that the principal had when the entry was made; `wire` what EKS says of it. */
export type AccessEntry = { readonly principalId: string; readonly createdAt: number; readonly wire: Data };

/** What EKS says of a cluster, `null`: no `accessConfig`. */
export interface Cluster {
  readonly status: string;
  readonly endpoint?: string | undefined;
  /** PEM in base64. */
  readonly ca?: string | undefined;
  authenticationMode: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | null;
  /** By the principal's ARN. */
  readonly entries: Map<string, AccessEntry>;
}

export type Region = ReturnType<typeof newRegion>;
const newRegion = (name: string) => ({
  name,
  clusters: new Map<string, Cluster>(),
  stacks: [] as Stack[],
  functions: new Map<string, LambdaFunction>(),
  logGroups: new Set<string>(),
});

export type State = ReturnType<typeof newState>;
export const newState = () => ({
  keys: new Map<string, Key>(),
  roles: new Map<string, Role>(),
  regions: new Map<string, Region>(),
  store: createStore(),
});

/** What every part of the sandbox is handed. */
export interface World {
  readonly account: string;
  readonly region: string;
  readonly clusterName: string;
  readonly faults: Faults;
  /** What came, whatever became of it: `cloudformation:CreateChangeSet`; `POST /api/v1/…?dryRun=All`. */
  readonly requests: { readonly to: "aws" | "kube"; readonly action: string; readonly writes: boolean }[];
  /** Why the authenticator let somebody in, or did not. */
  readonly authenticatorLog: string[];
  /** The API server's static token, of group system:masters; what it asks is in no log. */
  readonly adminToken: string;
  /** Where functions are unpacked. */
  readonly folder: string;
  state: State;
}

/** Milliseconds, by the sandbox's clock. */
export const now = ({ faults }: World): number => Date.now() + faults.clockSkewMs;
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function regionOf({ regions }: State, name: string): Region {
  const region = regions.get(name) ?? newRegion(name);
  regions.set(name, region);
  return region;
}

/** `AROA` and the like, and 16 more. */
export const uniqueId = (prefix: string): string => prefix + randomBytes(8).toString("hex").toUpperCase();

export function addKey({ keys }: State, arn: string, userId: string): Key {
  const temporary = userId.includes(":");
  const [accessKeyId, secretAccessKey] = [uniqueId(temporary ? "ASIA" : "AKIA"), randomBytes(30).toString("base64")];
  const sessionToken = randomBytes(300).toString("base64");
  const key = { accessKeyId, secretAccessKey, ...(temporary && { sessionToken }), arn, userId };
  keys.set(accessKeyId, key);
  return key;
}

/** The key of that id, while the role that it is of exists. */
export function livingKey({ keys, roles }: State, accessKeyId: string): Key | undefined {
  const key = keys.get(accessKeyId);
  const [id, session] = key?.userId.split(":") ?? [];
  return session === undefined || [...roles.values()].some((role) => role.id === id) ? key : undefined;
}

/** `Path` is in the ARN alone. */
export function addRole({ account, state }: World, name: string, properties: Data): Role {
  const arn = `arn:aws:iam::${account}:role${properties.Path ?? "/"}${name}`;
  const role = { name, arn, id: uniqueId("AROA"), properties };
  state.roles.set(name, role);
  return role;
}

/** What STS's AssumeRole gives, without asking who may. */
export const assumeRole = ({ account, state }: World, { name, id }: Role, session: string): Key =>
  addKey(state, `arn:aws:sts::${account}:assumed-role/${name}/${session}`, `${id}:${session}`);
