/** The function's code in a bucket: under its hash, so that CloudFormation sees that it changed. */

import { createHash } from "node:crypto";
import type { FunctionConfiguration } from "../aws/lambda.ts";
import type { ObjectPlace, S3, StoredObject } from "../aws/s3.ts";
import { zipOf } from "../code/zip.ts";
import { advice, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Resource } from "../plan.ts";

/** Where the code is in a bucket. Nothing else of the bucket is read or written. */
export const codePrefix = "eks-lambda/";

const keyOf = (sha256: string): string => `${codePrefix}${Buffer.from(sha256, "base64").toString("hex")}.zip`;

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
  const sha256 = createHash("sha256").update(zip).digest("base64");
  return { bucket, key: keyOf(sha256), zip, sha256 };
}

type Code = Upload & ObjectPlace;

/** Reading it throws `BucketNotFound`, `BucketElsewhere` and `CodeNotOurs`, writing it the first two. */
export const codeResource = (s3: S3, code: Code): Resource<Pick<StoredObject, "bytes">> => ({
  target: urlOf(code),
  wanted: { bytes: code.zip.length },
  read: () => objectOf(s3, code),
  show: ({ bytes }) => `${bytes} bytes`,
  summary: () => `upload, ${code.zip.length} bytes`,
  // If someone else was faster: storedCode compares it.
  write: async () => void (await s3.create(code, code.zip, code.sha256)),
});

/** The code in the bucket, for a stack to take. Throws `BucketNotFound`, `BucketElsewhere`, `CodeNotOurs`, `AwsForbidden`. */
export async function storedCode(s3: S3, code: Code): Promise<StoredObject> {
  const found = await objectOf(s3, code);
  if (!found)
    throw new EksLambdaError(
      "AwsForbidden",
      `you may not read ${urlOf(code)}, or someone deleted it after its upload`,
      { hint: advice`the rights that it needs: ${command`eks-lambda permissions --code-bucket ${code.bucket}`}` },
    );
  return found;
}

/** Anyone who may write to the bucket could have put other code there. Throws `BucketNotFound`, `BucketElsewhere`, `CodeNotOurs`. */
async function objectOf(s3: S3, { zip, sha256, ...place }: Code): Promise<StoredObject | undefined> {
  const found = await s3.object(place);
  if (!found || (found.bytes === zip.length && found.sha256 === sha256)) return found;
  throw new EksLambdaError("CodeNotOurs", `${urlOf(place)} is not the code that setup uploads there`, {
    hint: advice`see who wrote it; then ${removal(place)}`,
  });
}

type Place = Pick<ObjectPlace, "bucket" | "key">;

const urlOf = ({ bucket, key }: Place): string => `s3://${bucket}/${key}`;

const removal = ({ bucket, key }: Place): Hint =>
  advice`delete it and run setup again: ${command`aws s3 rm s3://${bucket}/${key}`}`;

/** What the function runs instead of the code in the bucket, in words. */
export function otherCode({ codeSha256 }: Pick<FunctionConfiguration, "codeSha256">, place: Place): string | undefined {
  if (codeSha256 === undefined || keyOf(codeSha256) === place.key) return undefined;
  return `code with the SHA-256 ${codeSha256}, not ${urlOf(place)}`;
}

/** Someone could have replaced the code before Lambda copied it. Throws `CodeNotOurs`. */
export function refuseOtherCode(
  actual: Pick<FunctionConfiguration, "codeSha256">,
  functionName: string,
  place: Place,
): void {
  const other = otherCode(actual, place);
  if (other === undefined) return;
  throw new EksLambdaError("CodeNotOurs", `the function "${functionName}" runs ${other}`, {
    hint: advice`someone replaced the code while setup ran: see who did it; then ${removal(place)}`,
  });
}
