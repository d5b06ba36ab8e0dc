/**
 * Whom an AWS identity is in the cluster: its creator, or by access entries, or by aws-auth.
 * Source: sigs.k8s.io/aws-iam-authenticator, pkg/mapper/configmap and pkg/server
 */
import { parse } from "yaml";
import { type Cluster, type Data, type Key, now, type World } from "../state.ts";
import type { User } from "./rbac.ts";

/** Who signed a token; of a session, the role's ARN without the path. */
type Identity = { account: string; arn: string; principalId: string; session: string; accessKeyId: string };

function identityOf({ arn, userId, accessKeyId }: Key): Identity {
  const role = /^arn:([\w-]+):sts::(\d+):assumed-role\/(.+)\/[^/]+$/.exec(arn);
  const [principalId = "", session = ""] = userId.split(":");
  const account = arn.split(":")[4] ?? "";
  return {
    account,
    arn: role ? `arn:${role[1]}:iam::${account}:role/${role[3]}` : arn,
    principalId,
    session,
    accessKeyId,
  };
}

/** Throws the reason for which nobody of the cluster is meant. */
export function userOf(world: World, cluster: Cluster, key: Key): User {
  const identity = identityOf(key);
  // Whoever created the cluster is its administrator, and no description shows it.
  if (identity.arn.endsWith(":user/admin")) return { name: "kubernetes-admin", groups: ["system:masters"] };
  const mode = cluster.authenticationMode ?? "CONFIG_MAP";
  const entry = mode === "CONFIG_MAP" ? undefined : fromEntries(world, cluster, identity);
  const mapping = entry ?? (mode === "API" ? undefined : fromConfigMap(world, identity));
  if (!mapping) throw new Error("ARN is not mapped");
  const [name = "", ...groups] = [mapping.name, ...mapping.groups].map((template) => render(template, identity));
  return { name, groups };
}

/** An entry that was made for an earlier role of the same ARN lets nobody in, whatever aws-auth says. */
function fromEntries(world: World, { entries }: Cluster, { arn, principalId }: Identity): User | undefined {
  const [, entry] =
    [...entries].find(
      ([principal]) => principal.replace(/:role\/.*\//, ":role/").toLowerCase() === arn.toLowerCase(),
    ) ?? [];
  if (!entry || entry.createdAt + world.faults.mappingDelayMs > now(world)) return undefined;
  if (entry.principalId !== principalId) throw new Error("access entry is of another principal of that ARN");
  return { name: String(entry.wire.username), groups: entry.wire.kubernetesGroups as string[] };
}

function fromConfigMap(world: World, { arn, account }: Identity): User | undefined {
  const data = (world.state.store.awsAuth(world.faults.mappingDelayMs)?.data ?? {}) as Record<string, string>;
  const last = (key: string, field: string) =>
    (entriesOf(data[key]) as (Data | null)[]).findLast(
      (one) => String(one?.[field] ?? "").toLowerCase() === arn.toLowerCase(),
    );
  const found = last("mapRoles", "rolearn") ?? last("mapUsers", "userarn");
  if (found) return { name: String(found.username ?? ""), groups: listOf(found.groups).map(String) };
  return entriesOf(data.mapAccounts).map(String).includes(account) ? { name: arn, groups: [] } : undefined;
}

/** A list with a mistake in its syntax is no list: all that it maps is lost. */
function entriesOf(text = ""): readonly unknown[] {
  try {
    return listOf(parse(text, { logLevel: "silent", uniqueKeys: false }));
  } catch {
    return [];
  }
}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function render(template: string, { account, accessKeyId, session }: Identity): string {
  if (template.includes("{{EC2PrivateDNSName}}") && !/^i-(\w{8}|\w{17})$/.test(session))
    throw new Error("SessionName did not contain an instance id");
  const values = new Map([
    ["{{EC2PrivateDNSName}}", `${session}.ec2.internal`],
    ["{{AccountID}}", account],
    ["{{SessionName}}", session.replaceAll("@", "-")],
    ["{{SessionNameRaw}}", session],
    ["{{AccessKeyID}}", accessKeyId],
  ]);
  return template.replace(/\{\{\w+\}\}/g, (placeholder) => values.get(placeholder) ?? placeholder);
}
