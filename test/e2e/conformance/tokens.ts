/** Tokens that are valid except for one thing. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "../../acceptance/backend.ts";
import type { Case, Group } from "./case.ts";
import { pick } from "./case.ts";
import { introduce } from "./people.ts";
import type { Side } from "./side.ts";

const prefix = "k8s-aws-v1.";

/** What is signed. */
interface Signed {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly cluster?: string;
  readonly region?: string;
  readonly service?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Headers other than `host`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresIn?: number;
  /** Seconds since it was signed. */
  readonly age?: number;
  readonly credentials?: (own: Credentials) => Credentials;
}

interface TokenCase extends Signed {
  readonly name: string;
  readonly as?: string;
  /** Changes the URL after signing. */
  readonly url?: (url: string) => string;
  /** Changes the token. */
  readonly token?: (token: string) => string;
  /** The scheme of the header. */
  readonly scheme?: string;
  readonly known?: string;
}

const signed = new Set<number>();

/** An age in seconds whose token no other case has: the API server caches the answer to a token. */
function unusedAge(): number {
  const now = Math.floor(Date.now() / 1000);
  let second = now;
  while (signed.has(second)) second--;
  signed.add(second);
  return now - second;
}

async function urlOf(side: Side, given: TokenCase): Promise<string> {
  const { region = "us-east-1", service = "sts", path = "/", method = "GET", expiresIn = 60 } = given;
  const { host = `sts.${region}.amazonaws.com`, cluster = side.backend.cluster.name } = given;
  const { age = unusedAge(), query = { Action: "GetCallerIdentity", Version: "2011-06-15" } } = given;
  const own = await side.credentials(given.as ?? "stranger");
  const credentials = given.credentials?.(own) ?? own;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, uriEscapePath: false });
  const headers = { host, ...(given.headers ?? { "x-k8s-aws-id": cluster }) };
  const presigned = await signer.presign(
    { method, protocol: "https:", hostname: host, path, query: { ...query }, headers },
    {
      // The signer itself refuses only more than a week.
      expiresIn,
      signingDate: new Date(Date.now() - age * 1000),
      unsignableHeaders: new Set(),
      signableHeaders: new Set(Object.keys(headers)),
      unhoistableHeaders: new Set(Object.keys(headers)),
    },
  );
  return `https://${host}${path}?${new URLSearchParams(presigned.query as Record<string, string>)}`;
}

function tokenCase(given: TokenCase): Case {
  const { name, known, scheme = "Bearer", url = (same) => same, token = (same) => same } = given;
  return {
    name,
    known,
    request: "`POST …/selfsubjectreviews`",
    async ask(side) {
      await side.denial();
      const good = await urlOf(side, given);
      const sent = token(prefix + Buffer.from(url(good)).toString("base64url"));
      const { status, body } = await side.kube({
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        body: {},
        authorization: `${scheme} ${sent}`,
      });
      const { reason = "" } = body as { reason?: string };
      const why = await side.denial();
      return { status, reason, message: status < 400 ? pick(body, "status.userInfo.username") : why };
    },
  };
}

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const append = (more: string) => (text: string) => text + more;

const cases: readonly TokenCase[] = [
  { name: "a valid token" },
  { name: "signed for 900 seconds", expiresIn: 900 },
  { name: "ten minutes old, of 60 seconds", age: 600 },
  { name: "the global host of STS", host: "sts.amazonaws.com" },
  { name: "another region's host", region: "eu-west-1" },
  { name: "a FIPS host", host: "sts-fips.us-east-1.amazonaws.com" },
  { name: "a dual-stack host", host: "sts.us-east-1.api.aws" },
  { name: "a dual-stack FIPS host", host: "sts-fips.us-east-1.api.aws" },
  { name: "a dual-stack host of another region", region: "eu-west-1", host: "sts.eu-west-1.api.aws" },
  { name: "of the scheme `bearer`", scheme: "bearer" },
  { name: "of the scheme `Basic`", scheme: "Basic" },
  { name: "no prefix", token: replace(prefix, "") },
  { name: "another prefix", token: replace("v1", "v2") },
  { name: "padding", token: append("==") },
  { name: "the alphabet of plain base64", token: append("+/") },
  { name: "cut off", token: (token) => token.slice(0, prefix.length + 100) },
  { name: "nothing after the prefix", token: () => prefix },
  { name: "longer than 4096", token: append("x".repeat(4096)) },
  { name: "of 4096 characters, no URL", token: () => prefix.padEnd(4096, "A") },
  { name: "`http`", url: replace("https:", "http:") },
  { name: "a host that is not STS's", url: replace("sts.us-east-1", "ec2.us-east-1") },
  { name: "a host that only begins like STS's", url: replace(".amazonaws.com", ".amazonaws.com.example.com") },
  { name: "a host of another partition", url: replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn") },
  { name: "a dual-stack host of another partition", url: replace("us-east-1.amazonaws.com", "cn-north-1.api.aws") },
  {
    name: "China's dual-stack host",
    url: replace("us-east-1.amazonaws.com", "cn-north-1.api.amazonwebservices.com.cn"),
  },
  { name: "a host with a port", url: replace(".com/", ".com:443/") },
  { name: "a path", path: "/more" },
  { name: "another action", query: { Action: "GetSessionToken", Version: "2011-06-15" } },
  { name: "no action", query: { Version: "2011-06-15" } },
  { name: "an unknown key of the query", query: { Action: "GetCallerIdentity", Version: "2011-06-15", More: "1" } },
  { name: "the cluster's name as a key of the query", url: append("&x-k8s-aws-id=demo") },
  { name: "a key twice", url: append("&Version=2011-06-15") },
  { name: "a key twice, in another case", url: append("&version=2011-06-15") },
  { name: "the cluster's header not signed", headers: {} },
  { name: "another cluster's name signed", cluster: "another" },
  { name: "X-Amz-Expires 901", expiresIn: 901 },
  { name: "X-Amz-Expires below 0", url: replace("Expires=60", "Expires=-1") },
  { name: "X-Amz-Expires that is not a number", url: replace("Expires=60", "Expires=soon") },
  { name: "no X-Amz-Expires", url: replace("&X-Amz-Expires=60", "") },
  { name: "no X-Amz-Date", url: replace(/&X-Amz-Date=\w+/, "") },
  {
    known: "Go adds the format, and where its parser stopped",
    name: "X-Amz-Date that is not a time",
    url: replace(/X-Amz-Date=\w+/, "X-Amz-Date=yesterday"),
  },
  { name: "older than 15 minutes", age: 15 * 60 + 30 },
  { name: "another secret", credentials: (own: Credentials) => ({ ...own, secretAccessKey: "another" }) },
  { name: "another session token", credentials: (own: Credentials) => ({ ...own, sessionToken: "another" }) },
  { name: "no session token", url: replace(/&X-Amz-Security-Token=[^&]+/, "") },
  { name: "an unknown key", credentials: () => ({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "unknown" }) },
  { name: "no signature", url: replace(/&X-Amz-Signature=\w+/, "") },
  { name: "signed for another method", method: "POST" },
  { name: "signed for another service", service: "ec2" },
  { name: "signed for another region than the host's", region: "eu-west-1", host: "sts.us-east-1.amazonaws.com" },
  { name: "no mapping", as: "unmapped" },
];

export const tokens: Group = {
  title: "Tokens",
  intro:
    "Each differs from a valid token in one thing. The message is the reason in the authenticator's log; the API server always answers `Unauthorized`.",
  prepare: introduce,
  cases: cases.map(tokenCase),
};
