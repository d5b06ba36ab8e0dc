/** A bucket, and what is put into it. */
import { createHash } from "node:crypto";
import type { Group } from "../case.ts";
import type { AwsCall } from "./call.ts";
import { type AwsCase, awsCase } from "./case.ts";

const s3 = (method: AwsCall["method"], path: string, body?: string, headers = {}): AwsCall => ({
  ...{ service: "s3", method: method ?? "GET", path, headers },
  ...(body !== undefined && { body }),
});

const sha256 = createHash("sha256").update("code").digest("base64");
const checksum = { "x-amz-checksum-sha256": sha256, "x-amz-sdk-checksum-algorithm": "SHA256" };
const once = { "if-none-match": "*" };
const seen = { "x-amz-checksum-mode": "ENABLED" };

const cases: readonly AwsCase[] = [
  { name: "put into a bucket that is not there", call: s3("PUT", "/made/eks-lambda/a.zip", "code") },
  { name: "make a bucket", call: s3("PUT", "/made"), shows: [] },
  {
    name: "put with a checksum",
    call: s3("PUT", "/made/eks-lambda/a.zip", "code", { ...checksum, ...once }),
    shows: ["etag"],
  },
  { name: "put only if there is none", call: s3("PUT", "/made/eks-lambda/a.zip", "more", once) },
  {
    name: "see it",
    call: s3("HEAD", "/made/eks-lambda/a.zip", undefined, seen),
    shows: ["content-length", "etag", "x-amz-checksum-sha256"],
  },
  { name: "put without a checksum", call: s3("PUT", "/made/eks-lambda/a.zip", "more"), shows: ["etag"] },
  {
    name: "see that",
    call: s3("HEAD", "/made/eks-lambda/a.zip", undefined, seen),
    shows: ["content-length", "etag", "x-amz-checksum-sha256"],
  },
  { name: "see what is not there", call: s3("HEAD", "/made/eks-lambda/b.zip") },
];

export const buckets: Group = {
  title: "AWS: S3",
  intro: "Only what uploads a function's code.",
  prepare: async () => {},
  cases: cases.map(awsCase),
};
