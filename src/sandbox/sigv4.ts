/** Signature Version 4, checked: by header and by query. Source: "Create a signed request" in the IAM User Guide. */
import { createHash, createHmac } from "node:crypto";
import type { Request } from "./http.ts";
import type { Key, State } from "./state.ts";

export type Signature = NonNullable<ReturnType<typeof signatureOf>>;

const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;

/** What a request says of its signature; `undefined`: it is not signed. */
export function signatureOf({ headers, query }: Request) {
  const inQuery = ["", "Credential", "SignedHeaders", "Signature"].map((name) => query.get(`X-Amz-${name}`));
  const [, credential, signedHeaders, signature] = header.exec(headers.authorization ?? "") ?? inQuery;
  const [accessKeyId, ...scope] = credential?.split("/") ?? [];
  if (!accessKeyId || !signedHeaders) return undefined;
  const value = (name: string) => (headers[name.toLowerCase()] as string | undefined) ?? query.get(name) ?? undefined;
  const [sessionToken, time = ""] = [value("X-Amz-Security-Token"), value("X-Amz-Date")];
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(";"), signature, sessionToken, time };
}

/** The key that the signature names, with its session token. */
export const keyOf = ({ keys }: State, { accessKeyId, sessionToken }: Signature): Key | undefined =>
  [keys.get(accessKeyId)].find((key) => key?.sessionToken === sessionToken);

/** Is it the signature that this key makes? */
export function isSignedBy(request: Request, { scope, time, signedHeaders, signature }: Signature, key: Key): boolean {
  const { method, path, query, headers, body } = request;
  const parameters = [...query].filter(([name]) => name !== "X-Amz-Signature");
  const sorted = parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const lines = signedHeaders.map((name) => `${name}:${headers[name] ?? ""}\n`).join("");
  const encodedPath = path.split("/").map(encode).join("/");
  const canonical = [method, encodedPath, sorted.join("&"), lines, signedHeaders.join(";"), sha256(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\n");
  const signingKey = scope.reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  return hmac(signingKey, text).toString("hex") === signature;
}

/** Milliseconds by which `20260131T000000Z` is before `now`; NaN when it is no time. */
export const ageOf = (time: string, now: number): number =>
  now - Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
