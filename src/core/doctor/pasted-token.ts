/** Checks a token by the authenticator's rules, without sending it anywhere. */
import { advice, command } from "../command.ts";
import { type EksLambdaError, usageError } from "../errors.ts";
import { maxTokenLength, tokenPrefix } from "../kube/token.ts";
import { isStsHost } from "./sts-host.ts";

/** The parts of a token that are safe to show. */
export interface DecodedToken {
  readonly host: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly signedAt: Date;
  /** The authenticator accepts it until then, regardless of `X-Amz-Expires`. */
  readonly acceptedUntil: Date;
  readonly temporary: boolean;
  readonly length: number;
}

const newToken = advice`create a new one: ${command`eks-lambda token`}`;
const acceptedMs = 15 * 60_000;
/** Source: aws-iam-authenticator, `pkg/token/token.go` */
const queryKeys = new Set(
  "Action Version X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-Security-Token X-Amz-SignedHeaders X-Amz-Signature"
    .toLowerCase()
    .split(" "),
);
/**
 * Throws `TokenInvalid`, which names the broken rule, and `TokenExpired`. Errors contain no values of the URL's query,
 * which include the signature.
 */
export function decodeToken(text: string, now: Date): DecodedToken {
  const token = bare(text.trim());
  if (!token.startsWith(tokenPrefix)) throw invalid(`it does not begin with "${tokenPrefix}"`);
  if (token.length > maxTokenLength)
    throw invalid(`it is ${token.length} characters long, more than ${maxTokenLength}`);
  if (!/^[\w-]+$/.test(token.slice(tokenPrefix.length)))
    throw invalid("the text after the prefix is not unpadded base64url");
  const url = parsedUrl(Buffer.from(token.slice(tokenPrefix.length), "base64url").toString());
  if (!isStsHost(url.host)) throw invalid(`its URL has the host ${url.host}, which is not an STS host of AWS`);
  if (url.pathname !== "/") throw invalid(`its URL has the path ${url.pathname}`);
  const values = new Map<string, string>();
  for (const [key, value] of url.searchParams) {
    if (!queryKeys.has(key.toLowerCase())) throw invalid(`its URL has the query key ${key}, which is not allowed`);
    if (values.has(key.toLowerCase())) throw invalid(`its URL has the query key ${key} twice`);
    values.set(key.toLowerCase(), value);
  }
  const value = (key: string): string => values.get(key.toLowerCase()) ?? "";
  if (value("Action") !== "GetCallerIdentity")
    throw invalid(`its action is ${value("Action") || "missing"}, not GetCallerIdentity`);
  if (!value("X-Amz-SignedHeaders").toLowerCase().split(";").includes("x-k8s-aws-id"))
    throw invalid("x-k8s-aws-id, the cluster's name, is not signed");
  const expires = value("X-Amz-Expires");
  if (!/^\d+$/.test(expires) || Number(expires) > 900)
    throw invalid(`X-Amz-Expires is ${expires || "missing"}; it must be 0 to 900`);
  const signedAt = parsedDate(value("X-Amz-Date"));
  const acceptedUntil = new Date(signedAt.getTime() + acceptedMs);
  const [accessKeyId = "", , region = ""] = value("X-Amz-Credential").split("/");
  if (signedAt.getTime() > now.getTime() + acceptedMs)
    throw invalid(
      `it was signed at ${signedAt.toISOString()}, in the future: check the clock of the computer that signed it`,
    );
  if (acceptedUntil < now)
    throw usageError(
      "TokenExpired",
      `the token was signed at ${signedAt.toISOString()} and expired at ${acceptedUntil.toISOString()}`,
      newToken,
    );
  return {
    host: url.host,
    region,
    accessKeyId,
    signedAt,
    acceptedUntil,
    temporary: value("X-Amz-Security-Token") !== "",
    length: token.length,
  };
}

/** Extracts the token from an `ExecCredential`, as `eks-lambda token` and `aws eks get-token` print it. */
function bare(text: string): string {
  const [, token] = text.startsWith("{") ? (/"token"\s*:\s*"([^"]*)"/.exec(text) ?? []) : [];
  return token ?? text.replace(/^Bearer\s+/i, "");
}

function parsedUrl(text: string): URL {
  if (URL.canParse(text) && text.startsWith("https://")) return new URL(text);
  throw invalid("its content is not an https URL");
}

function parsedDate(text: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (year === undefined) throw invalid(`X-Amz-Date is ${text || "missing"}`);
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const invalid = (why: string): EksLambdaError =>
  usageError("TokenInvalid", `the cluster would refuse this token: ${why}`, newToken);
