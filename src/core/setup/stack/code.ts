/** The function's code in a bucket: under its hash, so that CloudFormation sees that it changed. */
import { createHash } from "node:crypto";
import type { ObjectPlace, S3, StoredObject } from "../../aws/s3.ts";
import { EksLambdaError } from "../../errors.ts";
import { zipOf } from "../../zip.ts";

/** Where the code is in a bucket. Nothing else of the bucket is read or written. */
export const codePrefix = "eks-lambda/";

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly zip: Buffer;
  /** In base64. */
  readonly sha256: string;
}

/** The code as Lambda takes it. */
export function uploadOf(bucket: string, code: string): Upload {
  const zip = zipOf("index.js", code);
  const hash = createHash("sha256").update(zip).digest();
  return { bucket, key: `${codePrefix}${hash.toString("hex")}.zip`, zip, sha256: hash.toString("base64") };
}

/** Throws `BucketElsewhere`, and `CodeNotOurs` if the bucket has something else under the key. */
export async function refuseOtherCode(s3: S3, { zip, sha256, ...place }: Upload & ObjectPlace): Promise<void> {
  const found = await s3.object(place);
  if (found && !isSame(found, { zip, sha256 })) throw notOurs(place);
}

/** Can be repeated. Throws `BucketNotFound`, `BucketElsewhere`, `CodeNotOurs`. */
export async function upload(s3: S3, { zip, sha256, ...place }: Upload & ObjectPlace): Promise<void> {
  if (await s3.create(place, zip, sha256)) return;
  const found = await s3.object(place);
  if (!found || !isSame(found, { zip, sha256 })) throw notOurs(place);
}

/** Anyone who may write to the bucket could have put other code there. */
const isSame = (found: StoredObject, { zip, sha256 }: Pick<Upload, "zip" | "sha256">): boolean =>
  found.bytes === zip.length && found.sha256 === sha256;

const notOurs = ({ bucket, key }: ObjectPlace) =>
  new EksLambdaError("CodeNotOurs", `s3://${bucket}/${key} is not the code that setup uploads there`, {
    hint: `see who wrote it; then delete it and run setup again: aws s3 rm s3://${bucket}/${key}`,
  });
