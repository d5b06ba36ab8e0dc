/**
 * AWS Signature Version 4 in the query string, for GET requests without a body.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac } from "node:crypto";
import { sha256 } from "../sha256.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface PresignRequest {
  readonly host: string;
  readonly region: string;
  readonly service: string;
  readonly query: Readonly<Record<string, string>>;
  /** Signed together with `host`; names in lower case. A request to the URL must send the same headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: AwsCredentials;
  readonly date: Date;
  /** Seconds for which the signature is valid. */
  readonly expires: number;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Encodes as RFC 3986 says: `encodeURIComponent` skips five characters that AWS encodes. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Sorts by code unit, as AWS does. The order of `localeCompare` depends on the locale. */
const sorted = (fields: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

/** Returns the URL, `https://HOST/?…&X-Amz-Signature=…`. */
export function presign(request: PresignRequest): string {
  const { host, region, service, credentials, expires } = request;
  const time = request.date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const headers = sorted({ ...request.headers, host });
  const signedHeaders = headers.map(([name]) => name).join(";");
  const query = sorted({
    ...request.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": `${expires}`,
    ...(credentials.sessionToken && { "X-Amz-Security-Token": credentials.sessionToken }),
    "X-Amz-SignedHeaders": signedHeaders,
  })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  const canonical = `GET\n/\n${query}\n${headers.map(([name, value]) => `${name}:${value.trim()}\n`).join("")}\n${signedHeaders}\n${sha256("")}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return `https://${host}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString("hex")}`;
}
