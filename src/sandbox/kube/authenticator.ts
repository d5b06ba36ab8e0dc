/**
 * Who sends a bearer token: the webhook's rules, one after another, then STS, then the mapping.
 * Source: sigs.k8s.io/aws-iam-authenticator, pkg/token
 */
import { ageOf, isSignedBy, signatureOf } from "../sigv4.ts";
import { type Key, livingKey, now, regionOf, type World } from "../state.ts";
import { userOf } from "./mapping.ts";
import type { User } from "./rbac.ts";

const minute = 60_000;
/** The API server's `--authentication-token-webhook-cache-ttl`. */
const cacheMs = 2 * minute;

/** STS's hosts by the beginning of the region's name; without a region it is the global one. */
const hosts: readonly (readonly [region: string, host: RegExp])[] = [
  ["cn-", /^sts\.(cn-\w+-\d)\.amazonaws\.com\.cn$/],
  ["us-gov-", /^sts(?:-fips)?\.(us-gov-\w+-\d)\.amazonaws\.com$/],
  ["", /^sts(?:-fips)?(?:\.((?!cn-|us-gov-|us-iso)\w\w-\w+-\d))?\.amazonaws\.com$/],
];
const parameters =
  /^(action|version|x-amz-(algorithm|credential|date|expires|security-token|signature|signedheaders))$/;

/** Lets a token's sender in for two minutes without another look; whom it refuses, it forgets. */
export function createAuthenticator(world: World): (token: string) => User | undefined {
  const known = new Map<string, { readonly user: User; readonly until: number; readonly of: World["state"] }>();
  return (token) => {
    const cached = known.get(token);
    if (cached && cached.until > Date.now() && cached.of === world.state) return cached.user;
    try {
      const cluster = regionOf(world.state, world.region).clusters.get(world.clusterName);
      if (!cluster) throw new Error("there is no cluster");
      const user = userOf(world, cluster, callerOf(world, urlOf(world, token)));
      known.set(token, { user, until: Date.now() + cacheMs, of: world.state });
      world.authenticatorLog.push(`access granted: ${user.name} (${user.groups.join(", ")})`);
      return user;
    } catch (error) {
      world.authenticatorLog.push(`access denied: ${(error as Error).message}`);
      return undefined;
    }
  };
}

const hostOf = ({ region }: World): RegExp => hosts.find(([start]) => region.startsWith(start))?.[1] ?? /$^/;

/** Throws the authenticator's reason to refuse the token, in its words and order. */
function urlOf(world: World, token: string): URL {
  const refuse = (when: boolean, reason: string) => {
    if (when) throw new Error(`input token was not properly formatted: ${reason}`);
  };
  refuse(token.length > 4096, "token is too large");
  refuse(!token.startsWith("k8s-aws-v1."), 'token is missing expected "k8s-aws-v1." prefix');
  const encoded = token.slice("k8s-aws-v1.".length);
  const illegal = encoded.length % 4 === 1 ? `${encoded}=`.search(/[^\w-]/) : encoded.search(/[^\w-]/);
  refuse(illegal >= 0, `illegal base64 data at input byte ${Math.min(illegal, encoded.length - 1)}`);
  const text = Buffer.from(encoded, "base64url").toString();
  const [, scheme = "", host = ""] = /^(?:(\w+):\/\/)?([^/?#]*)/.exec(text) ?? [];
  refuse(scheme !== "https", `unexpected scheme "${scheme}" in pre-signed URL`);
  refuse(!hostOf(world).test(host), `unexpected hostname "${host}" in pre-signed URL`);
  const url = new URL(text);
  refuse(url.pathname !== "/", "unexpected path in pre-signed URL");
  const query = new URLSearchParams(
    [...url.searchParams].map(([name, value]) => [name.toLowerCase(), value] as [string, string]),
  );
  const names = [...url.searchParams.keys()];
  for (const name of names) {
    const same = names.filter((one) => one.toLowerCase() === name.toLowerCase());
    refuse(new Set(same).size > 1, `duplicate query parameter found: "${name}"`);
    refuse(!parameters.test(name.toLowerCase()), `non-whitelisted query parameter "${name}"`);
    refuse(same.length > 1, "query parameter with multiple values not supported");
  }
  const value = (name: string) => query.get(name) ?? "";
  refuse(value("action") !== "GetCallerIdentity", "unexpected action parameter in pre-signed URL");
  const signed = value("x-amz-signedheaders").toLowerCase().split(";");
  refuse(!signed.includes("x-k8s-aws-id"), "client did not sign the x-k8s-aws-id header in the pre-signed URL");
  const expires = Number(/^[-+]?\d+$/.exec(value("x-amz-expires"))?.[0] ?? Number.NaN);
  const isPossible = expires >= 0 && expires <= 900;
  refuse(!isPossible, `invalid X-Amz-Expires parameter in pre-signed URL: ${expires || 0}`);
  const date = value("x-amz-date");
  refuse(!date, "X-Amz-Date parameter must be present in pre-signed URL");
  const age = ageOf(date, now(world));
  refuse(Number.isNaN(age), `error parsing X-Amz-Date parameter ${date}`);
  refuse(age > 15 * minute, `X-Amz-Date parameter is expired (15 minute expiration) ${date}`);
  return url;
}

/** What STS says of the URL, called with the cluster's name in its header. */
function callerOf(world: World, { host, searchParams: query }: URL): Key {
  const request = { method: "GET", path: "/", query, headers: { host, "x-k8s-aws-id": world.clusterName }, body: "" };
  const signature = signatureOf(request);
  const key = signature && livingKey(world.state, signature.accessKeyId);
  const scope = `${hostOf(world).exec(host)?.[1] ?? "us-east-1"}/sts`;
  const inTime = signature && ageOf(signature.time, now(world)) > -5 * minute;
  if (key && inTime && `${signature.region}/${signature.service}` === scope && isSignedBy(request, signature, key))
    return key;
  throw new Error("sts getCallerIdentity failed: error from AWS (expected 200, got 403)");
}
