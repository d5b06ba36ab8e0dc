/** Authenticates tokens as sigs.k8s.io/aws-iam-authenticator does, with its messages. Source: its pkg/token, pkg/mapper and pkg/server. */
import { parse } from "yaml";
import { policiesOf } from "../aws/access-entry.ts";
import type { Data, Key } from "../model.ts";
import { partitionOf } from "../partition.ts";
import type { Request } from "../request.ts";
import { ageOf, isSignedBy, keyOf, signatureOf } from "../sigv4.ts";
import { now, type World } from "../state.ts";
import { permitsByPolicy } from "./access-policies.ts";
import { kinds } from "./kinds.ts";
import { at, type Json, mapOf } from "./object.ts";
import { administrator, type User } from "./rbac.ts";
import { failure } from "./status.ts";
import type { Target } from "./target.ts";

const minute = 60_000;
const prefix = "k8s-aws-v1.";
const globalHost = "sts.amazonaws.com";
const parameters =
  /^(action|version|x-amz-(algorithm|credential|date|expires|security-token|signature|signedheaders))$/i;

/** Returns the user of a token. Caches it for two minutes, the API server's default. Throws 401. */
export async function authenticate(world: World, token: string): Promise<User> {
  const { known } = world.state;
  const cached = known.get(token);
  if (cached && cached.until > world.clock.now()) return cached.user;
  try {
    const user = userOf(world, await callerOf(world, urlOf(token, world)));
    known.set(token, { user, until: world.clock.now() + 2 * minute });
    world.authenticatorLog.push(`access granted: ${user.name} (${user.groups.join(", ")})`);
    return user;
  } catch (error) {
    world.authenticatorLog.push(`access denied: ${(error as Error).message}`);
    throw failure(401, "Unauthorized");
  }
}

/** The authenticator's webhook, which answers a TokenReview. For a real API server that uses it. */
export async function reviewToken(world: World, { body }: Request): Promise<object> {
  const sent: Json = JSON.parse(body);
  const { apiVersion, kind } = mapOf(sent);
  const status = await authenticate(world, `${at(sent, "spec.token")}`).then(
    ({ name: username, groups }) => ({ authenticated: true, user: { username, groups } }),
    () => ({ authenticated: false }),
  );
  return { apiVersion, kind, status };
}

const malformed = (reason: string): Error => new Error(`input token was not properly formatted: ${reason}`);

/** Returns the presigned URL in a token. Throws the authenticator's reason for refusing it, checked in its order. */
function urlOf(token: string, world: World): URL {
  if (token.length > 4096) throw malformed("token is too large");
  if (!token.startsWith(prefix)) throw malformed(`token is missing expected "${prefix}" prefix`);
  const encoded = token.slice(prefix.length);
  const illegal = `${encoded}${encoded.length % 4 === 1 ? "=" : ""}`.search(/[^\w-]/);
  if (illegal >= 0) throw malformed(`illegal base64 data at input byte ${Math.min(illegal, encoded.length - 1)}`);
  const text = Buffer.from(encoded, "base64url").toString();
  const [, scheme = "", host = ""] = /^(?:(\w+):\/\/)?([^/?#]*)/.exec(text) ?? [];
  if (scheme !== "https") throw malformed(`unexpected scheme "${scheme}" in pre-signed URL`);
  checkHost(host, world.partition);
  const url = new URL(text);
  if (url.pathname !== "/") throw malformed("unexpected path in pre-signed URL");
  checkQuery(url.searchParams, now(world));
  return url;
}

/** The Region of a regional host of STS, dual-stack or not. */
const regionOf = (host: string): string | undefined => /^sts(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d)\./.exec(host)?.[1];

const isOf = ({ domain, dualStackDomain }: World["partition"], host: string): boolean =>
  [domain, dualStackDomain].includes(host.split(".").slice(2).join("."));

function checkHost(host: string, partition: World["partition"]): void {
  const { name } = partition;
  if (host === globalHost && name === "aws") return;
  if (host === globalHost) throw malformed(`global endpoint unsupported in partition ${name}`);
  const region = regionOf(host);
  if (region === undefined || !isOf(partitionOf(region), host))
    throw malformed(`unexpected hostname "${host}" in pre-signed URL`);
  if (!isOf(partition, host)) throw malformed(`partition {${name}} does not support hostname ${host}`);
}

function checkQuery(searchParams: URLSearchParams, now: number): void {
  const query = [...searchParams].map(([name, value]) => ({ name, key: name.toLowerCase(), value }));
  for (const { name, key } of query) {
    const same = query.filter((one) => one.key === key);
    const isSpelledTwoWays = new Set(same.map((one) => one.name)).size > 1;
    if (isSpelledTwoWays) throw malformed(`duplicate query parameter found: "${name}"`);
    if (!parameters.test(name)) throw malformed(`non-whitelisted query parameter "${name}"`);
    if (same.length > 1) throw malformed("query parameter with multiple values not supported");
  }
  const value = (wanted: string) => query.find(({ key }) => key === wanted)?.value ?? "";
  if (value("action") !== "GetCallerIdentity") throw malformed("unexpected action parameter in pre-signed URL");
  const signed = value("x-amz-signedheaders").toLowerCase().split(";");
  if (!signed.includes("x-k8s-aws-id"))
    throw malformed("client did not sign the x-k8s-aws-id header in the pre-signed URL");
  const expires = /^[-+]?\d+$/.test(value("x-amz-expires")) ? Number(value("x-amz-expires")) : Number.NaN;
  if (!(expires >= 0 && expires <= 900))
    throw malformed(`invalid X-Amz-Expires parameter in pre-signed URL: ${expires || 0}`);
  const date = value("x-amz-date");
  if (!date) throw malformed("X-Amz-Date parameter must be present in pre-signed URL");
  const age = ageOf(date, now);
  if (Number.isNaN(age)) throw malformed(`error parsing X-Amz-Date parameter ${date}`);
  if (age > 15 * minute) throw malformed(`X-Amz-Date parameter is expired (15 minute expiration) ${date}`);
}

/** Returns the key that signed the URL, as STS finds it with the cluster's name in the header. */
async function callerOf(world: World, { host, searchParams: query }: URL): Promise<Key> {
  const request = { method: "GET", path: "/", query, headers: { host, "x-k8s-aws-id": world.clusterName }, body: "" };
  const signature = signatureOf(request);
  const key = signature && keyOf(world.state, signature);
  const inTime = signature && ageOf(signature.time, now(world)) > -5 * minute;
  const region = regionOf(host) ?? "us-east-1";
  const ofHost = signature?.scope.slice(1, 3).join("/") === `${region}/sts`;
  // Each partition has its own accounts and keys.
  const isHere = partitionOf(region).name === world.partition.name;
  if (key && inTime && ofHost && isHere && (await isSignedBy(request, signature, key))) return key;
  const where = regionOf(host) ?? "global";
  throw new Error(`sts getCallerIdentity failed: error from AWS (expected 200, got 403) on ${where} endpoint`);
}

/** Maps the caller to a user: as the cluster's creator, by an access entry or by aws-auth. Throws the reason if none matches. */
function userOf(world: World, { arn: caller, userId, accessKeyId }: Key): User {
  // The creator of a cluster is its administrator without any visible mapping.
  if (caller.endsWith(":user/admin")) return administrator;
  // Maps a session to its role, without the path.
  const arn = caller.replace(/:sts:(.*):assumed-role\/(.+)\/[^/]+$/, ":iam:$1:role/$2");
  const [principalId = "", session = ""] = userId.split(":");
  const mode = world.state.clusters.get(world.clusterName)?.authenticationMode;
  const entry = mode?.startsWith("API") ? fromEntries(world, principalId, now(world)) : undefined;
  const mapped = entry ?? (mode === "API" ? undefined : fromConfigMap(world, arn));
  if (!mapped) throw new Error("identity is not mapped");
  const values: Data = { "{{AccountID}}": world.account, "{{SessionName}}": session, "{{AccessKeyID}}": accessKeyId };
  const fill = (text: unknown) => `${text}`.replace(/\{\{\w+\}\}/g, (name) => `${values[name] ?? name}`);
  const template = typeof mapped.username === "string" ? mapped.username : "";
  const why = `mapper EKSConfigMap renderTemplates error: error rendering username template ${JSON.stringify(template)}: SessionName did not contain an instance id`;
  if (template.includes("{{EC2PrivateDNSName}}")) throw new Error(why);
  const { mayByPolicy } = mapped as Pick<User, "mayByPolicy">;
  return {
    name: fill(template),
    groups: [...listOf(mapped.groups).map(fill), "system:authenticated"],
    ...(mayByPolicy && { mayByPolicy }),
  };
}

const same = (one: unknown, other: string): boolean => `${one}`.toLowerCase() === other.toLowerCase();
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Matches by unique ID: an entry for a deleted role does not match a new role with the same ARN. */
function fromEntries({ state, clusterName, faults }: World, principalId: string, now: number): Data | undefined {
  const entry = [...state.resources.values()].find(({ attributes }) => {
    return attributes.clusterName === clusterName && attributes.principalId === principalId;
  });
  if (!entry || entry.createdAt + faults.mappingDelayMs > now) return undefined;
  const { username, kubernetesGroups: groups } = entry.attributes;
  return { username, groups, mayByPolicy: (target: Target) => permitsByPolicy(policiesOf(state, entry.key), target) };
}

/** Lower-cases keys, because Go's JSON decoder ignores their case. */
const lower = (entry: unknown): Data =>
  Object.fromEntries(Object.entries(entry ?? {}).map(([key, value]: [string, unknown]) => [key.toLowerCase(), value]));

const awsAuth = { namespace: "kube-system", name: "aws-auth" };

/** The last of several matching entries wins. */
function fromConfigMap({ state, account, faults }: World, arn: string): Data | undefined {
  const data = state.store.ago(faults.mappingDelayMs, kinds.configMaps, awsAuth)?.data ?? {};
  const last = (text: string | undefined, field: string) =>
    entriesOf(text).findLast((one) => same(lower(one)[field], arn));
  const found = last(data.mapRoles, "rolearn") ?? last(data.mapUsers, "userarn");
  if (found) return lower(found);
  return entriesOf(data.mapAccounts).map(String).includes(account) ? { username: arn } : undefined;
}

/** A syntax error loses the whole list. */
function entriesOf(text = ""): readonly unknown[] {
  try {
    return listOf(parse(text, { logLevel: "error", uniqueKeys: false }));
  } catch {
    return [];
  }
}
