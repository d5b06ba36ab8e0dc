/**
 * Signature Version 4 from the side that checks it: by header and by query.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Request } from "./http.ts";
import type { Key } from "./state.ts";

export type Signature = NonNullable<ReturnType<typeof signatureOf>>;

const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;

/** What a request says of its signature; `undefined`: it is not signed. */
export function signatureOf({ headers, query }: Request) {
  const inQuery = ["", "Credential", "SignedHeaders", "Signature"].map((name) => query.get(`X-Amz-${name}`));
  const [, credential, signedHeaders, signature] = header.exec(headers.authorization ?? "") ?? inQuery;
  const [accessKeyId, date, region, service, end] = credential?.split("/") ?? [];
  if (!accessKeyId || !date || !region || !service || end !== "aws4_request" || !signedHeaders || !signature) return;
  const value = (name: string) => (headers[name.toLowerCase()] as string | undefined) ?? query.get(name) ?? undefined;
  const [sessionToken, time = ""] = [value("X-Amz-Security-Token"), value("X-Amz-Date")];
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), signature, sessionToken, time };
}

/** Is it the signature that this key makes, token included? */
export function isSignedBy(request: Request, { signedHeaders, signature, ...given }: Signature, key: Key): boolean {
  const { date, region, service, time, sessionToken } = given;
  if (sessionToken !== key.sessionToken || !time.startsWith(date)) return false;
  const scope = [date, region, service, "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical(request, signedHeaders))].join("\n");
  const signingKey = scope.reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  const [found, expected] = [Buffer.from(signature), Buffer.from(hmac(signingKey, text).toString("hex"))];
  return found.length === expected.length && timingSafeEqual(found, expected);
}

/** Milliseconds by which `20260131T000000Z` is before `now`; NaN when it is no time. */
export const ageOf = (time: string, now: number): number =>
  now - Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

function canonical({ method, path, query, headers, body }: Request, signedHeaders: readonly string[]): string {
  const parameters = [...query].filter(([name]) => name !== "X-Amz-Signature");
  const sorted = parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const text = (name: string) =>
    String(headers[name] ?? "")
      .trim()
      .replace(/ +/g, " ");
  const lines = signedHeaders.map((name) => `${name}:${text(name)}\n`).join("");
  const encodedPath = path.split("/").map(encode).join("/");
  return [method, encodedPath, sorted.join("&"), lines, signedHeaders.join(";"), sha256(body)].join("\n");
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
