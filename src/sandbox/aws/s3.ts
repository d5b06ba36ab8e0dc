/** S3: buckets and their objects, by the calls that upload a function's code. Addressed by path, as an IP address is. */
import { createHash, randomUUID } from "node:crypto";
import type { Bucket } from "../model.ts";
import { bytesOf, type Request } from "../request.ts";
import type { World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { awsError } from "./refusal.ts";

const missingBucket = () => awsError("NoSuchBucket", "The specified bucket does not exist", 404);
const missingKey = () => awsError("NoSuchKey", "The specified key does not exist.", 404);
const unsupported = (what: string) => awsError("NotImplemented", `the sandbox does not know ${what}`, 501);
const moved =
  "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";

function bucketOf({ state, account, region }: World, name: unknown, { headers }: Request): Bucket {
  const bucket = state.buckets.get(`${name}`);
  if (!bucket) throw missingBucket();
  if (bucket.region !== region)
    throw Object.assign(awsError("PermanentRedirect", moved, 301), {
      headers: { "x-amz-bucket-region": bucket.region },
    });
  const owner = headers["x-amz-expected-bucket-owner"];
  if (owner !== undefined && owner !== account) throw awsError("AccessDenied", "Access Denied", 403);
  return bucket;
}

/** The bucket's region, where the request names one: `us-east-1` makes buckets everywhere. Throws S3's refusal. */
function locationOf({ region }: World, { body }: Request): string {
  const [, given] = /<LocationConstraint>([\w-]+)<\/LocationConstraint>/.exec(body) ?? [];
  if (body !== "" && !given) throw unsupported("the bucket's configuration");
  if (given === "us-east-1")
    throw awsError("InvalidLocationConstraint", "The specified location-constraint is not valid");
  if ((given ?? "us-east-1") === region || (given && region === "us-east-1")) return given ?? region;
  const words = `The ${given ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`;
  throw awsError("IllegalLocationConstraintException", words);
}

/** Headers that change what an upload does, without those of this file. */
const unknown = /^x-amz-(acl|copy-|grant-|object-lock|server-side-encryption|storage-class|tagging|website)/;

const done = (headers = {}) => ({ status: 200, headers, body: "" });

export const s3: Operations = {
  "s3:CreateBucket"({ Bucket }, { world, request }) {
    const region = locationOf(world, request);
    const { buckets } = world.state;
    if (!buckets.has(`${Bucket}`)) buckets.set(`${Bucket}`, { region, isVersioned: false, objects: new Map() });
    return done({ location: `/${Bucket}` });
  },
  "s3:PutBucketVersioning"({ Bucket }, { world, request }) {
    if (!request.body.includes("<Status>Enabled</Status>")) throw unsupported("buckets that stop to keep versions");
    bucketOf(world, Bucket, request).isVersioned = true;
    return done();
  },
  "s3:PutObject"({ Bucket, Key }, { world, request }) {
    const { objects, isVersioned } = bucketOf(world, Bucket, request);
    const { headers } = request;
    const other = Object.keys(headers).find((name) => unknown.test(name));
    if (other ?? request.query.size > 1) throw unsupported(other ?? "these parameters");
    const before = objects.get(`${Key}`) ?? [];
    if (headers["if-none-match"] === "*" && before.length > 0)
      throw awsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
    const bytes = bytesOf(request);
    const given = headers["x-amz-checksum-sha256"];
    const sha256 = sha256Of(bytes);
    if (given !== undefined && given !== sha256)
      throw awsError("BadDigest", "The SHA256 you specified did not match the calculated checksum.");
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    const version = isVersioned ? randomUUID() : undefined;
    // What was written before the bucket kept versions has none, and is replaced by what has none.
    const kept = before.filter((one) => version !== undefined || one.version !== undefined);
    objects.set(`${Key}`, [...kept, { bytes, etag, version, sha256: given === undefined ? undefined : sha256 }]);
    return done({ etag, ...versionHeader(version) });
  },
  "s3:DeleteObject"({ Bucket, Key }, { world, request }) {
    const { objects, isVersioned } = bucketOf(world, Bucket, request);
    if (isVersioned || request.query.has("versionId")) throw unsupported("how to delete where versions are kept");
    objects.delete(`${Key}`);
    return { status: 204, headers: {}, body: "" };
  },
  "s3:HeadBucket"({ Bucket }, { world, request }) {
    return done({ "x-amz-bucket-region": bucketOf(world, Bucket, request).region });
  },
  "s3:HeadObject"({ Bucket, Key }, { world, request }) {
    const { objects, isVersioned } = bucketOf(world, Bucket, request);
    if (request.query.has("versionId")) throw unsupported("versionId");
    const found = objects.get(`${Key}`)?.at(-1);
    if (!found) throw missingKey();
    const { bytes, etag, sha256, version = isVersioned ? "null" : undefined } = found;
    const shown = request.headers["x-amz-checksum-mode"] === "ENABLED" && sha256 !== undefined;
    const checksum = shown && { "x-amz-checksum-sha256": sha256 };
    return done({ "content-length": `${bytes.length}`, etag, ...versionHeader(version), ...checksum });
  },
};

const versionHeader = (version: string | undefined) => version !== undefined && { "x-amz-version-id": version };

export const sha256Of = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("base64");

type Place = Readonly<Record<"Bucket" | "Key", unknown>> & { readonly Version?: unknown };

/** The ZIP file of a function's code, as Lambda takes it from a bucket. */
export function zipFrom({ state, region }: World, { Bucket, Key, Version }: Place): Buffer {
  const bucket = state.buckets.get(`${Bucket}`);
  const versions = bucket?.objects.get(`${Key}`);
  const found = Version === undefined ? versions?.at(-1) : versions?.find(({ version }) => version === Version);
  const refuse = (name: string, message: string) =>
    awsError(
      "InvalidParameterValueException",
      `Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message}`,
    );
  if (bucket && bucket.region !== region)
    throw refuse(
      "PermanentRedirect",
      `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`,
    );
  if (found) return found.bytes;
  if (versions && Version !== undefined) throw refuse("NoSuchVersion", "The specified version does not exist.");
  const { name, message } = bucket ? missingKey() : missingBucket();
  throw refuse(name, message);
}
