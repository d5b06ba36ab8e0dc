/**
 * Creates bearer tokens for EKS: a presigned STS call that identifies the caller. Needs no network.
 * Source: https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
import { EksLambdaError } from "../errors.ts";
import { dnsSuffixOf } from "../partition.ts";
import type { Signal } from "./signal.ts";
import { type AwsCredentials, presign } from "./sigv4.ts";

export const tokenPrefix = "k8s-aws-v1.";
/** The authenticator refuses longer tokens. */
export const maxTokenLength = 4096;
/**
 * The authenticator accepts a token for 15 minutes after its signature. One minute is reserved for clocks that differ.
 */
export const tokenLifetimeMs = 14 * 60_000;

export interface TokenRequest {
  /** The cluster's name. The signature covers it, so other clusters refuse the token. */
  readonly cluster: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

export interface Token {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Always uses AWS's regional host, regardless of `AWS_ENDPOINT_URL`: the authenticator, which makes the call, accepts
 * no other. Throws `TokenTooLong` if the session token is too long for a bearer token.
 */
export function mintToken({ cluster, region, credentials, now }: TokenRequest): Token {
  const url = presign({
    host: `sts.${region}.${dnsSuffixOf(region)}`,
    region,
    service: "sts",
    query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
    headers: { "x-k8s-aws-id": cluster },
    credentials,
    date: now,
    expires: 60,
  });
  const token = `${tokenPrefix}${Buffer.from(url).toString("base64url")}`;
  if (token.length > maxTokenLength) {
    throw new EksLambdaError(
      "TokenTooLong",
      `the token would be ${token.length} characters long, more than ${maxTokenLength}`,
      { hint: "assume the role with fewer session tags or a smaller session policy" },
    );
  }
  return { token, expiresAt: new Date(now.getTime() + tokenLifetimeMs) };
}

/** The request that needs the token. */
export interface TokenUse {
  /** The server refused the current token. */
  readonly refused: boolean;
  readonly timeoutMs?: number;
  readonly signal?: Signal | undefined;
}

/** Returns the current token. With `refused`, returns a new one unless the current one is new. */
export type TokenSource = (use: TokenUse) => Promise<string>;

/** The server refuses a newer token for another reason than its age. */
const renewableAfterMs = 60_000;

/**
 * Keeps a token for its whole lifetime, because the API server calls STS for each new one. Replaces it when the
 * credentials change, which Lambda may do. Refused requests get at most one new token a minute.
 */
export function tokenSource(request: (use: TokenUse) => TokenRequest | Promise<TokenRequest>): TokenSource {
  let current: (Token & { readonly key: string; readonly mintedAt: number }) | undefined;
  return async (use) => {
    const wanted = await request(use);
    const key = wanted.credentials.accessKeyId;
    const now = wanted.now.getTime();
    const isRenewed = use.refused && current !== undefined && now - current.mintedAt >= renewableAfterMs;
    if (isRenewed || current?.key !== key || current.expiresAt <= wanted.now)
      current = { ...mintToken(wanted), key, mintedAt: now };
    return current.token;
  };
}
