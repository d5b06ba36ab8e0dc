/** Who sends a bearer token, by the rules and words of sigs.k8s.io/aws-iam-authenticator: pkg/token, pkg/mapper, pkg/server. */
import { parse } from "yaml";
import { ageOf, isSignedBy, keyOf, signatureOf } from "../sigv4.ts";
import { type Data, type Key, now, type World } from "../state.ts";
import { kinds } from "./kinds.ts";
import { administrator, type User } from "./rbac.ts";
import { failure } from "./status.ts";

const minute = 60_000;
const prefix = "k8s-aws-v1.";
/** STS's hosts, regional and global. */
const hosts = /^sts(?:-fips)?(?:\.((?!cn-)\w\w-\w+-\d))?\.amazonaws\.com$/;
const parameters =
  /^(action|version|x-amz-(algorithm|credential|date|expires|security-token|signature|signedheaders))$/i;

/** Lets a token's sender in for two minutes, the API server's default, without another look; throws 401. */
export async function authenticate(world: World, token: string): Promise<User> {
  const { known } = world.state;
  const cached = known.get(token);
  if (cached && cached.until > world.clock.now()) return cached.user;
  try {
    const user = userOf(world, await callerOf(world, urlOf(token, now(world))));
    known.set(token, { user, until: world.clock.now() + 2 * minute });
    world.authenticatorLog.push(`access granted: ${user.name} (${user.groups.join(", ")})`);
    return user;
  } catch (error) {
    world.authenticatorLog.push(`access denied: ${(error as Error).message}`);
    throw failure(401, "Unauthorized");
  }
}

/** Throws the authenticator's reason to refuse the token, in its words and order. */
function urlOf(token: string, now: number): URL {
  const refuse = (when: boolean, reason: string) => {
    if (when) throw new Error(`input token was not properly formatted: ${reason}`);
  };
  refuse(token.length > 4096, "token is too large");
  refuse(!token.startsWith(prefix), `token is missing expected "${prefix}" prefix`);
  const encoded = token.slice(prefix.length);
  const illegal = `${encoded}${encoded.length % 4 === 1 ? "=" : ""}`.search(/[^\w-]/);
  refuse(illegal >= 0, `illegal base64 data at input byte ${Math.min(illegal, encoded.length - 1)}`);
  const text = Buffer.from(encoded, "base64url").toString();
  const [, scheme = "", host = ""] = /^(?:(\w+):\/\/)?([^/?#]*)/.exec(text) ?? [];
  refuse(scheme !== "https", `unexpected scheme "${scheme}" in pre-signed URL`);
  refuse(!hosts.test(host), `unexpected hostname "${host}" in pre-signed URL`);
  const url = new URL(text);
  refuse(url.pathname !== "/", "unexpected path in pre-signed URL");
  const query = [...url.searchParams].map(([name, value]) => ({ name, key: name.toLowerCase(), value }));
  for (const { name, key } of query) {
    const same = query.filter((one) => one.key === key);
    refuse(new Set(same.map((one) => one.name)).size > 1, `duplicate query parameter found: "${name}"`);
    refuse(!parameters.test(name), `non-whitelisted query parameter "${name}"`);
    refuse(same.length > 1, "query parameter with multiple values not supported");
  }
  const value = (wanted: string) => query.find(({ key }) => key === wanted)?.value ?? "";
  refuse(value("action") !== "GetCallerIdentity", "unexpected action parameter in pre-signed URL");
  const signed = value("x-amz-signedheaders").toLowerCase().split(";");
  refuse(!signed.includes("x-k8s-aws-id"), "client did not sign the x-k8s-aws-id header in the pre-signed URL");
  const expires = /^[-+]?\d+$/.test(value("x-amz-expires")) ? Number(value("x-amz-expires")) : Number.NaN;
  refuse(!(expires >= 0 && expires <= 900), `invalid X-Amz-Expires parameter in pre-signed URL: ${expires || 0}`);
  const date = value("x-amz-date");
  refuse(!date, "X-Amz-Date parameter must be present in pre-signed URL");
  const age = ageOf(date, now);
  refuse(Number.isNaN(age), `error parsing X-Amz-Date parameter ${date}`);
  refuse(age > 15 * minute, `X-Amz-Date parameter is expired (15 minute expiration) ${date}`);
  return url;
}

/** What STS says of the URL, called with the cluster's name in its header. */
async function callerOf(world: World, { host, searchParams: query }: URL): Promise<Key> {
  const request = { method: "GET", path: "/", query, headers: { host, "x-k8s-aws-id": world.clusterName }, body: "" };
  const signature = signatureOf(request);
  const key = signature && keyOf(world.state, signature);
  const inTime = signature && ageOf(signature.time, now(world)) > -5 * minute;
  const ofHost = signature?.scope.slice(1, 3).join("/") === `${hosts.exec(host)?.[1] ?? "us-east-1"}/sts`;
  if (key && inTime && ofHost && (await isSignedBy(request, signature, key))) return key;
  throw new Error("sts getCallerIdentity failed: error from AWS (expected 200, got 403)");
}

/** By the cluster's creation, an access entry or aws-auth. Throws the reason for which nobody is meant. */
function userOf(world: World, { arn: caller, userId, accessKeyId }: Key): User {
  // Whoever created the cluster is its administrator, and no description shows it.
  if (caller.endsWith(":user/admin")) return administrator;
  // Of a session, the role without its path.
  const arn = caller.replace(/:sts:(.*):assumed-role\/(.+)\/[^/]+$/, ":iam:$1:role/$2");
  const [principalId = "", session = ""] = userId.split(":");
  const mode = world.state.clusters.get(world.clusterName)?.authenticationMode;
  const entry = mode?.startsWith("API") ? fromEntries(world, principalId, now(world)) : undefined;
  const mapped = entry ?? (mode === "API" ? undefined : fromConfigMap(world, arn));
  if (!mapped) throw new Error("ARN is not mapped");
  const values: Data = { "{{AccountID}}": world.account, "{{SessionName}}": session, "{{AccessKeyID}}": accessKeyId };
  const fill = (text: unknown) => `${text}`.replace(/\{\{\w+\}\}/g, (name) => `${values[name] ?? name}`);
  const template = typeof mapped.username === "string" ? mapped.username : "";
  const why = `mapper EKSConfigMap renderTemplates error: error rendering username template ${JSON.stringify(template)}: SessionName did not contain an instance id`;
  if (template.includes("{{EC2PrivateDNSName}}")) throw new Error(why);
  return { name: fill(template), groups: [...listOf(mapped.groups).map(fill), "system:authenticated"] };
}

const same = (one: unknown, other: string): boolean => `${one}`.toLowerCase() === other.toLowerCase();
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** By the principal's unique id: an entry that was made for an earlier role of the same ARN is nobody's. */
function fromEntries({ state, clusterName, faults }: World, principalId: string, now: number): Data | undefined {
  const entry = [...state.resources.values()].find(({ attributes }) => {
    return attributes.clusterName === clusterName && attributes.principalId === principalId;
  });
  if (!entry || entry.createdAt + faults.mappingDelayMs > now) return undefined;
  const { username, kubernetesGroups: groups } = entry.attributes;
  return { username, groups };
}

/** Keys are read as Go reads those of JSON: in any letters. */
const lower = (entry: unknown): Data =>
  Object.fromEntries(Object.entries(entry ?? {}).map(([key, value]) => [key.toLowerCase(), value]));

const awsAuth = { namespace: "kube-system", name: "aws-auth" };

/** Of two entries the last counts. */
function fromConfigMap({ state, account, faults }: World, arn: string): Data | undefined {
  const data = (state.store.ago(faults.mappingDelayMs, kinds.configMaps, awsAuth)?.data ?? {}) as Record<
    string,
    string
  >;
  const last = (text: string | undefined, field: string) =>
    entriesOf(text).findLast((one) => same(lower(one)[field], arn));
  const found = last(data.mapRoles, "rolearn") ?? last(data.mapUsers, "userarn");
  if (found) return lower(found);
  return entriesOf(data.mapAccounts).map(String).includes(account) ? { username: arn } : undefined;
}

/** A list with a mistake in its syntax is no list: all that it maps is lost. */
function entriesOf(text = ""): readonly unknown[] {
  try {
    return listOf(parse(text, { logLevel: "error", uniqueKeys: false }));
  } catch {
    return [];
  }
}
