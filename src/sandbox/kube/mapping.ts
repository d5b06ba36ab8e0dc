/**
 * Whom an AWS identity is in the cluster: its creator, or by access entries, or by aws-auth.
 * Source: sigs.k8s.io/aws-iam-authenticator, pkg/mapper/configmap and pkg/server
 */
import { parse } from "yaml";
import { type Cluster, type Key, now, type World } from "../state.ts";
import type { User } from "./rbac.ts";

/** Throws the reason for which nobody of the cluster is meant. */
export function userOf(world: World, cluster: Cluster, { arn: caller, userId, accessKeyId }: Key): User {
  // Of a session, the role without its path.
  const arn = caller.replace(/:sts:(.*):assumed-role\/(.+)\/[^/]+$/, ":iam:$1:role/$2");
  const [principalId, session = ""] = userId.split(":");
  const mode = cluster.authenticationMode ?? "CONFIG_MAP";
  const entry = mode === "CONFIG_MAP" ? undefined : fromEntries(world, cluster, arn, principalId);
  const mapped = creatorOf(arn) ?? entry ?? (mode === "API" ? undefined : fromConfigMap(world, arn));
  if (!mapped) throw new Error("ARN is not mapped");
  const values: readonly (readonly [string, string])[] = [
    ["{{EC2PrivateDNSName}}", `${session}.ec2.internal`],
    ["{{AccountID}}", world.account],
    ["{{SessionName}}", session.replaceAll("@", "-")],
    ["{{SessionNameRaw}}", session],
    ["{{AccessKeyID}}", accessKeyId],
  ];
  const [name = "", ...groups] = [mapped.name, ...mapped.groups].map((template, index) => {
    const what = `error rendering ${index === 0 ? "username" : "group"} template ${JSON.stringify(template)}`;
    const why = `mapper EKSConfigMap renderTemplates error: ${what}: SessionName did not contain an instance id`;
    if (template.includes("{{EC2PrivateDNSName}}") && !/^i-(\w{8}|\w{17})$/.test(session)) throw new Error(why);
    return values.reduce((text, [placeholder, value]) => text.replaceAll(placeholder, value), template);
  });
  return { name, groups: [...groups, "system:authenticated"] };
}

/** Whoever created the cluster is its administrator, and no description shows it. */
const creatorOf = (arn: string): User | undefined =>
  arn.endsWith(":user/admin") ? { name: "kubernetes-admin", groups: ["system:masters"] } : undefined;

const same = (one: unknown, other: string): boolean => String(one).toLowerCase() === other.toLowerCase();

/** An entry that was made for an earlier role of the same ARN lets nobody in, whatever aws-auth says. */
function fromEntries(world: World, { entries }: Cluster, arn: string, principalId: unknown): User | undefined {
  const [, entry] = [...entries].find(([principal]) => same(principal.replace(/:role\/.*\//, ":role/"), arn)) ?? [];
  if (!entry || entry.createdAt + world.faults.mappingDelayMs > now(world)) return undefined;
  if (entry.principalId !== principalId) throw new Error("access entry is of another principal of that ARN");
  return { name: String(entry.wire.username), groups: listOf(entry.wire.kubernetesGroups).map(String) };
}

type Entry = {
  readonly rolearn?: unknown;
  readonly userarn?: unknown;
  readonly username?: unknown;
  readonly groups?: unknown;
};

/** Keys are read as Go reads those of JSON: in any letters. */
const entryOf = (value: unknown): Entry =>
  Object.fromEntries(Object.entries(value ?? {}).map(([key, inner]) => [key.toLowerCase(), inner]));

/** Of two entries the last counts. */
function fromConfigMap({ state, account, faults }: World, arn: string): User | undefined {
  const data = (state.store.awsAuth(faults.mappingDelayMs)?.data ?? {}) as Record<string, string>;
  const [roles, users] = [data.mapRoles, data.mapUsers].map((text) => entriesOf(text).map(entryOf));
  const found = roles?.findLast((one) => same(one.rolearn, arn)) ?? users?.findLast((one) => same(one.userarn, arn));
  const name = typeof found?.username === "string" ? found.username : "";
  if (found) return { name, groups: listOf(found.groups).map(String) };
  return entriesOf(data.mapAccounts).map(String).includes(account) ? { name: arn, groups: [] } : undefined;
}

/** A list with a mistake in its syntax is no list: all that it maps is lost. */
function entriesOf(text = ""): readonly unknown[] {
  try {
    return listOf(parse(text, { logLevel: "error", uniqueKeys: false }));
  } catch {
    return [];
  }
}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
