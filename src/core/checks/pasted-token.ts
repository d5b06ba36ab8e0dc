/** A token that somebody has, judged by the authenticator's rules: here, without sending it anywhere. */
import { EksLambdaError, usageError } from "../errors.ts";

/** What may be shown of a token: nothing that lets anybody in. */
export interface DecodedToken {
  readonly host: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly signedAt: Date;
  /** The authenticator takes it until then, whatever `X-Amz-Expires` says. */
  readonly acceptedUntil: Date;
  readonly temporary: boolean;
  readonly length: number;
}

const prefix = "k8s-aws-v1.";
const maxLength = 4096;
const acceptedMs = 15 * 60_000;
/** Source: aws-iam-authenticator, `pkg/token/token.go` */
const queryKeys = new Set(
  "Action Version X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-Security-Token X-Amz-SignedHeaders X-Amz-Signature"
    .toLowerCase()
    .split(" "),
);
const stsHost =
  /^sts(-fips)?(\.[a-z0-9-]+)?\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

/** Throws `TokenInvalid` with the rule that it breaks, `TokenExpired`. Names a key, never its value. */
export function decodeToken(text: string, now: Date): DecodedToken {
  const token = text.trim();
  if (!token.startsWith(prefix)) throw invalid(`it does not begin with "${prefix}"`);
  if (token.length > maxLength) throw invalid(`it is ${token.length} characters long, more than ${maxLength}`);
  if (!/^[\w-]+$/.test(token.slice(prefix.length)))
    throw invalid("what follows the prefix is not base64url without padding");
  const url = parsedUrl(Buffer.from(token.slice(prefix.length), "base64url").toString());
  if (!stsHost.test(url.host)) throw invalid(`its URL leads to ${url.host}, which is no STS of AWS`);
  if (url.pathname !== "/") throw invalid(`its URL has the path ${url.pathname}`);
  for (const key of url.searchParams.keys()) {
    if (!queryKeys.has(key.toLowerCase())) throw invalid(`its URL has the query key ${key}, which is not allowed`);
    if (url.searchParams.getAll(key).length > 1) throw invalid(`its URL has the query key ${key} twice`);
  }
  const value = (key: string): string => url.searchParams.get(key) ?? "";
  if (value("Action") !== "GetCallerIdentity")
    throw invalid(`its action is ${value("Action") || "missing"}, not GetCallerIdentity`);
  if (!value("X-Amz-SignedHeaders").split(";").includes("x-k8s-aws-id"))
    throw invalid("x-k8s-aws-id, the cluster's name, is not signed");
  const expires = Number(value("X-Amz-Expires"));
  if (!(expires >= 0 && expires <= 900))
    throw invalid(`X-Amz-Expires is ${value("X-Amz-Expires")}; it must be 0 to 900`);
  const signedAt = parsedDate(value("X-Amz-Date"));
  const acceptedUntil = new Date(signedAt.getTime() + acceptedMs);
  const [accessKeyId = "", , region = ""] = value("X-Amz-Credential").split("/");
  if (acceptedUntil < now) {
    throw new EksLambdaError(
      "TokenExpired",
      `the token was made at ${signedAt.toISOString()} and was good until ${acceptedUntil.toISOString()}`,
      {
        hint: "make a new one: eks-lambda token --cluster NAME",
      },
    );
  }
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

function parsedUrl(text: string): URL {
  if (URL.canParse(text) && text.startsWith("https://")) return new URL(text);
  throw invalid("what it holds is not an https URL");
}

function parsedDate(text: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (year === undefined) throw invalid(`X-Amz-Date is ${text || "missing"}`);
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const invalid = (why: string): EksLambdaError =>
  usageError(
    "TokenInvalid",
    `the cluster would refuse this token: ${why}`,
    "make a new one: eks-lambda token --cluster NAME",
  );
