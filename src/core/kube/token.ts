/**
 * The bearer token of an EKS cluster: a presigned STS call that names its caller, made without any network.
 * Source: https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
import { EksLambdaError } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { type AwsCredentials, presign } from "./sigv4.ts";

export const tokenPrefix = "k8s-aws-v1.";
/** The authenticator refuses a longer one. */
export const maxTokenLength = 4096;
/** The authenticator accepts a token for 15 minutes after its signing; a minute is kept for clocks that differ. */
export const tokenLifetimeMs = 14 * 60_000;

export interface TokenRequest {
  /** The cluster's name, which the signature covers: a token for one cluster is refused by every other. */
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
 * The host is always AWS's own regional one, whatever `AWS_ENDPOINT_URL` says: the authenticator, which makes
 * the call, accepts no other. Throws `TokenTooLong` when the session token is too long for a bearer token.
 */
export function mintToken({ cluster, region, credentials, now }: TokenRequest): Token {
  const url = presign({
    host: `sts.${region}.${partitionOf(region).dnsSuffix}`,
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
      {
        hint: `the session token has ${credentials.sessionToken?.length} characters; assume the role with fewer session tags or a smaller session policy`,
      },
    );
  }
  return { token, expiresAt: new Date(now.getTime() + tokenLifetimeMs) };
}

/** Gives the token in use, or with `renew` a new one. */
export type TokenSource = (renew: boolean) => Promise<string>;

/**
 * A token that the API server knows costs it nothing, a new one an STS call: so one is used for its whole life,
 * but not beyond the credentials that signed it.
 */
export function tokenSource(request: () => TokenRequest | Promise<TokenRequest>): TokenSource {
  let current: (Token & { key: string }) | undefined;
  return async (renew) => {
    const wanted = await request();
    const key = wanted.credentials.accessKeyId;
    if (renew || current?.key !== key || current.expiresAt <= wanted.now) current = { ...mintToken(wanted), key };
    return current.token;
  };
}
