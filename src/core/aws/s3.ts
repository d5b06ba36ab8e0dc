/** Objects in a bucket of the caller's account. */

import { HeadBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** The account that must own the bucket. */
  readonly owner: string;
}

export interface StoredObject {
  readonly bytes: number;
  /** The SHA-256 in base64, if it was uploaded with one. */
  readonly sha256: string | undefined;
  /** Of a bucket that keeps versions. */
  readonly version: string | undefined;
}

export interface S3 {
  /**
   * Returns `undefined` if there is none, or if the caller may not know: S3 tells that only to those who may list the
   * bucket. Throws `BucketNotFound`, `BucketElsewhere`.
   */
  object(place: ObjectPlace): Promise<StoredObject | undefined>;
  /**
   * Never overwrites. Returns false if there is an object with that key. `sha256` is in base64; S3 compares it with what
   * it received. Throws `BucketNotFound`, `BucketElsewhere`.
   */
  create(place: ObjectPlace, body: Uint8Array, sha256: string): Promise<boolean>;
}

type S3Options = AwsOptions & { readonly region: string };

export function s3(options: S3Options): S3 {
  const client = new S3Client(clientOptions(options));
  const { region } = options;
  const input = ({ bucket, key, owner }: ObjectPlace) => ({ Bucket: bucket, Key: key, ExpectedBucketOwner: owner });
  /** Nobody needs a right to learn that there is no such bucket. 403: it is there, or the caller may not know. */
  const refuseMissing = async (place: ObjectPlace) => {
    const { Key: _, ...bucket } = input(place);
    try {
      await call("s3:ListBucket", client.send(new HeadBucketCommand(bucket)));
    } catch (error) {
      if (statusOf(error) === 404) throw bucketNotFound(place, error);
      if (statusOf(error) !== 403) throw explained(error, { ...place, region });
    }
  };
  return {
    async object(place) {
      const command = new HeadObjectCommand({ ...input(place), ChecksumMode: "ENABLED" });
      try {
        const { ContentLength = 0, ChecksumSHA256, VersionId } = await call("s3:GetObject", client.send(command));
        // "null" is what was written before the bucket kept versions.
        return { bytes: ContentLength, sha256: ChecksumSHA256, version: VersionId === "null" ? undefined : VersionId };
      } catch (error) {
        // Neither says whether there is a bucket.
        if ([403, 404].includes(statusOf(error))) return void (await refuseMissing(place));
        throw explained(error, { ...place, region });
      }
    },
    async create(place, body, sha256) {
      const command = new PutObjectCommand({
        ...input(place),
        Body: body,
        ContentType: "application/zip",
        IfNoneMatch: "*",
        ChecksumAlgorithm: "SHA256",
        ChecksumSHA256: sha256,
      });
      try {
        await call("s3:PutObject", client.send(command));
        return true;
      } catch (error) {
        // 409: another upload of the same key is under way.
        if ([409, 412].includes(statusOf(error))) return false;
        throw explained(error, { ...place, region });
      }
    },
  };
}

interface Failed extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly cause?: Failed;
}

/** An answer to HEAD has no body, and so no code. */
const statusOf = (error: unknown): number => {
  const { $metadata, cause } = error as Failed;
  return ($metadata ?? cause?.$metadata)?.httpStatusCode ?? 0;
};

/**
 * The bucket's region, which S3 sends with a redirect (301), or with 400 for regions that opened after March 2019.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/UsingRouting.html
 */
const regionOf = (error: unknown): string | undefined => {
  const { $response, cause } = error as Failed;
  return ($response ?? cause?.$response)?.headers?.["x-amz-bucket-region"];
};

const bucketNotFound = ({ bucket }: Pick<ObjectPlace, "bucket">, cause: unknown) =>
  new EksLambdaError("BucketNotFound", `there is no bucket "${bucket}"`, {
    hint: advice`create it in the function's region: ${command`aws s3 mb s3://${bucket}`}; or choose another --code-bucket`,
    cause,
  });

const elsewhere = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;

function explained(error: unknown, { bucket, owner, region }: ObjectPlace & Pick<S3Options, "region">): unknown {
  const { name, message } = error as Failed;
  if (name === "NoSuchBucket") return bucketNotFound({ bucket }, error);
  const actual = regionOf(error) ?? region;
  if (actual !== region || statusOf(error) === 301 || elsewhere.test(name))
    return new EksLambdaError(
      "BucketElsewhere",
      `the bucket "${bucket}" is in ${actual === region ? "another region" : actual}, and the function is in ${region}`,
      { hint: `Lambda takes code from its own region only: choose a --code-bucket in ${region}`, cause: error },
    );
  if (hasCode(error, "AwsForbidden"))
    return new EksLambdaError("AwsForbidden", message, {
      hint: advice`the bucket must belong to the account ${owner}; the rights that it needs: ${command`eks-lambda permissions --code-bucket ${bucket}`}`,
      cause: error,
    });
  return error;
}
