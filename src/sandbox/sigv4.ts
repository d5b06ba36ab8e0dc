/** Verifies Signature Version 4, in a header or a query, by signing again. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Key } from "./model.ts";
import { bytesOf, type Request } from "./request.ts";
import type { State } from "./state.ts";

export type Signature = NonNullable<ReturnType<typeof signatureOf>>;

const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;

/** Parses the signature of a request. Returns undefined if there is none. */
export function signatureOf({ headers, query }: Request) {
  const inQuery = ["", "Credential", "SignedHeaders", "Signature"].map((name) => query.get(`X-Amz-${name}`));
  const inHeader = header.exec(headers.authorization ?? "");
  const [, credential, signedHeaders, signature] = inHeader ?? inQuery;
  const [accessKeyId, ...scope] = credential?.split("/") ?? [];
  if (!accessKeyId || !signedHeaders) return undefined;
  const value = (name: string) => (headers[name.toLowerCase()] as string | undefined) ?? query.get(name) ?? undefined;
  const [sessionToken, time = ""] = [value("X-Amz-Security-Token"), value("X-Amz-Date")];
  const place = inHeader ? ("header" as const) : ("query" as const);
  return { place, accessKeyId, scope, signedHeaders: signedHeaders.split(";"), signature, sessionToken, time };
}

/** Finds the key of a signature. Its session token must match. */
export const keyOf = ({ keys }: State, { accessKeyId, sessionToken }: Signature): Key | undefined =>
  [keys.get(accessKeyId)].find((key) => key?.sessionToken === sessionToken);

/** True if signing again with the key gives the same signature. */
export async function isSignedBy(request: Request, signature: Signature, key: Key): Promise<boolean> {
  const { "x-amz-content-sha256": digest } = request.headers;
  if (digest !== undefined && digest !== createHash("sha256").update(bytesOf(request)).digest("hex")) return false;
  // The signer throws for some requests: without a date, or valid for more than a week.
  const again = await signAgain(request, signature, key).catch(() => undefined);
  if (!again || !signature.signature) return false;
  const [one, other] = [Buffer.from(again), Buffer.from(signature.signature)];
  return one.length === other.length && timingSafeEqual(one, other);
}

async function signAgain(
  { method, path, query, headers, body }: Request,
  { place, scope, signedHeaders, time }: Signature,
  credentials: Key,
): Promise<string | undefined> {
  const [, region = "", service = ""] = scope;
  const names = new Set(signedHeaders);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const request = {
    method,
    path,
    protocol: "https:",
    hostname: `${headers.host}`,
    headers: Object.fromEntries(signedHeaders.map((name) => [name, `${headers[name] ?? ""}`])),
    body,
  };
  const parameters = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
  const options = { signingDate: dateOf(time), signableHeaders: names };
  if (place === "header") {
    const { headers: more } = await signer.sign({ ...request, query: parameters }, options);
    return /Signature=(\w+)/.exec(more.authorization ?? "")?.[1];
  }
  const own = Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith("X-Amz-")));
  const expiresIn = Number(query.get("X-Amz-Expires"));
  const presigned = signer.presign({ ...request, query: own }, { ...options, unhoistableHeaders: names, expiresIn });
  return (await presigned).query?.["X-Amz-Signature"] as string;
}

/** Parses `20260131T000000Z`. */
const dateOf = (time: string): Date =>
  new Date(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** The age of a time such as `20260131T000000Z` in milliseconds, or NaN if it is not valid. */
export const ageOf = (time: string, now: number): number => now - dateOf(time).getTime();
