/** S3: buckets and their objects, by the calls that upload a function's code. Addressed by path, as an IP address is. */
import { createHash } from "node:crypto";
import { bytesOf, type Request } from "../request.ts";
import type { World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { awsError } from "./refusal.ts";
import { fileIn } from "./zip.ts";

const missingBucket = () => awsError("NoSuchBucket", "The specified bucket does not exist", 404);
const missingKey = () => awsError("NoSuchKey", "The specified key does not exist.", 404);

function bucketOf({ state, account }: World, name: unknown, { headers }: Request) {
  const bucket = state.buckets.get(`${name}`);
  if (!bucket) throw missingBucket();
  const owner = headers["x-amz-expected-bucket-owner"];
  if (owner !== undefined && owner !== account) throw awsError("AccessDenied", "Access Denied", 403);
  return bucket;
}

/** Headers that change what an upload does, without those of this file. */
const unknown = /^x-amz-(acl|copy-|grant-|object-lock|server-side-encryption|storage-class|tagging|website)/;

const done = (headers = {}) => ({ status: 200, headers, body: "" });

export const s3: Operations = {
  "s3:CreateBucket"({ Bucket }, { world, request }) {
    if (request.body !== "") throw awsError("NotImplemented", "the sandbox makes buckets without a configuration", 501);
    const { buckets } = world.state;
    if (!buckets.has(`${Bucket}`)) buckets.set(`${Bucket}`, new Map());
    return done({ location: `/${Bucket}` });
  },
  "s3:PutObject"({ Bucket, Key }, { world, request }) {
    const bucket = bucketOf(world, Bucket, request);
    const { headers } = request;
    const other = Object.keys(headers).find((name) => unknown.test(name));
    if (other ?? request.query.size > 1) throw awsError("NotImplemented", `the sandbox does not know ${other}`, 501);
    if (headers["if-none-match"] === "*" && bucket.has(`${Key}`))
      throw awsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
    const bytes = bytesOf(request);
    const given = headers["x-amz-checksum-sha256"];
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    if (given !== undefined && given !== sha256)
      throw awsError("BadDigest", "The SHA256 you specified did not match the calculated checksum.");
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    bucket.set(`${Key}`, { bytes, etag, sha256: given === undefined ? undefined : sha256 });
    return done({ etag });
  },
  "s3:HeadObject"({ Bucket, Key }, { world, request }) {
    const found = bucketOf(world, Bucket, request).get(`${Key}`);
    if (!found) throw missingKey();
    const { bytes, etag, sha256 } = found;
    const shown = request.headers["x-amz-checksum-mode"] === "ENABLED" && sha256 !== undefined;
    return done({ "content-length": `${bytes.length}`, etag, ...(shown && { "x-amz-checksum-sha256": sha256 }) });
  },
};

/** The file of a function's code, as Lambda takes it from a bucket. */
export function codeFrom({ state }: World, { Bucket, Key }: Record<"Bucket" | "Key", unknown>): string {
  const bucket = state.buckets.get(`${Bucket}`);
  const found = bucket?.get(`${Key}`);
  if (found) return fileIn(found.bytes, "index.js");
  const { name, message } = bucket ? missingKey() : missingBucket();
  const words = `Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message}`;
  throw awsError("InvalidParameterValueException", words);
}
