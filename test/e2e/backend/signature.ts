/** Verifies AWS signatures with the secrets that the account issued. No emulator does this. */

import { timingSafeEqual } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Signed {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: Uint8Array;
}

export interface Scope {
  readonly accessKeyId: string;
  readonly service: string;
  readonly region: string;
}

export type Verdict =
  | { readonly kind: "ok"; readonly scope: Scope }
  | { readonly kind: "unsigned" | "unknown" | "mismatch"; readonly scope?: Scope }
  | { readonly kind: "expired"; readonly scope: Scope; readonly expired: string; readonly now: string };

/** Access keys and their secrets. */
/** A role's session, as `AssumeRole` tells of it. */
export interface Session {
  readonly arn: string;
  readonly userId: string;
}

export class Secrets {
  #keys = new Map<string, Keys>();
  #sessions = new Map<string, Session>();

  add(keys: Keys): void {
    this.#keys.set(keys.accessKeyId, keys);
  }

  get(accessKeyId: string): Keys | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** Whose session the key is of, if it is one. */
  session(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  /** Stores and returns the keys in an XML response of `AssumeRole` or `CreateAccessKey`, if any. */
  learn(xml: string): Keys | undefined {
    const value = (name: string) => xml.match(new RegExp(`<${name}>([^<]+)</${name}>`))?.[1];
    const [accessKeyId, secretAccessKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(value);
    if (!accessKeyId || !secretAccessKey) return undefined;
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    this.add(keys);
    const [arn, userId] = ["Arn", "AssumedRoleId"].map(value);
    if (arn && userId) this.#sessions.set(accessKeyId, { arn, userId });
    return keys;
  }
}

const dateOf = (text: string): Date =>
  new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

const stamp = (date: Date): string => date.toISOString().replace(/[-:]|\.\d+/g, "");

function scopeOf(credential: string): Scope | undefined {
  const [accessKeyId, , region, service, end] = credential.split("/");
  if (!accessKeyId || !region || !service || end !== "aws4_request") return undefined;
  return { accessKeyId, region, service };
}

const equal = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

function queryOf(url: URL, without?: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) if (name !== without) query[name] = [...(query[name] ?? []), value];
  return query;
}

function headersOf(signed: Signed, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(signed.headers[name] ?? "")]));
}

function signer(scope: Scope, keys: Keys, applyChecksum: boolean): SignatureV4 {
  return new SignatureV4({
    credentials: { ...keys },
    region: scope.region,
    service: scope.service,
    sha256: Sha256,
    applyChecksum,
    uriEscapePath: scope.service !== "s3",
  });
}

const requestOf = (signed: Signed, headers: Record<string, string>, query: Record<string, string[]>) => ({
  method: signed.method,
  protocol: signed.url.protocol,
  hostname: signed.url.hostname,
  path: signed.url.pathname,
  headers,
  query,
});

/** Verifies a request with an `Authorization` header. */
export async function verifyHeader(signed: Signed, secrets: Secrets): Promise<Verdict> {
  const authorization = String(signed.headers.authorization ?? "");
  const fields = authorization.match(
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)$/,
  );
  const [, credential = "", names = "", signature = ""] = fields ?? [];
  const scope = scopeOf(credential);
  if (!scope) return { kind: "unsigned" };
  const keys = secrets.get(scope.accessKeyId);
  if (!keys || signed.headers["x-amz-security-token"] !== keys.sessionToken) return { kind: "unknown", scope };
  const headers = headersOf(signed, names.split(";"));
  const declared = headers["x-amz-content-sha256"];
  // Recomputes a digest from the body. Constants such as UNSIGNED-PAYLOAD are signed as they are.
  if (declared && /^[0-9a-f]{64}$/.test(declared)) delete headers["x-amz-content-sha256"];
  const request = { ...requestOf(signed, headers, queryOf(signed.url)), body: signed.body };
  const signingDate = dateOf(String(signed.headers["x-amz-date"]));
  const again = await signer(scope, keys, declared !== undefined).sign(request, {
    signingDate,
    signableHeaders: new Set(names.split(";")),
  });
  if (!equal(again.headers.authorization?.match(/Signature=(\w+)/)?.[1] ?? "", signature))
    return { kind: "mismatch", scope };
  return age(scope, signingDate, 15 * 60);
}

/**
 * Verifies a presigned URL with the headers that it signs. STS accepts it for 15 minutes and ignores X-Amz-Expires.
 * Source: `requestPresignParam` in aws-iam-authenticator's pkg/token/token.go
 */
export async function verifyPresigned(signed: Signed, secrets: Secrets): Promise<Verdict> {
  const query = signed.url.searchParams;
  const scope = scopeOf(query.get("X-Amz-Credential") ?? "");
  const signature = query.get("X-Amz-Signature");
  if (!scope || !signature) return { kind: "unsigned" };
  const keys = secrets.get(scope.accessKeyId);
  if (!keys || (query.get("X-Amz-Security-Token") ?? undefined) !== keys.sessionToken)
    return { kind: "unknown", scope };
  const unsigned = Object.fromEntries(
    Object.entries(queryOf(signed.url)).filter(
      ([name]) => !name.startsWith("X-Amz-") || name === "X-Amz-Content-Sha256",
    ),
  );
  const names = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const signingDate = dateOf(query.get("X-Amz-Date") ?? "");
  const expiresIn = Number(query.get("X-Amz-Expires") ?? "900");
  const request = requestOf(signed, headersOf(signed, names), unsigned);
  const again = await signer(scope, keys, false)
    .presign(request, { signingDate, expiresIn, unhoistableHeaders: new Set(names), signableHeaders: new Set(names) })
    .catch(() => undefined);
  if (!equal(String(again?.query?.["X-Amz-Signature"] ?? ""), signature)) return { kind: "mismatch", scope };
  return age(scope, signingDate, 15 * 60);
}

function age(scope: Scope, signingDate: Date, seconds: number): Verdict {
  const now = new Date();
  const end = new Date(signingDate.getTime() + seconds * 1000);
  return now <= end ? { kind: "ok", scope } : { kind: "expired", scope, expired: stamp(end), now: stamp(now) };
}
