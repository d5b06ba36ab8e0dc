/** A bucket, and what is put into it. */
import { createHash } from "node:crypto";
import { otherZip } from "../../../acceptance/support/zips.ts";
import type { Case, Group } from "../case.ts";
import type { Side } from "../side.ts";
import { type AwsCall, send } from "./call.ts";
import { type AwsCase, after, awsCase, lambda } from "./case.ts";
import { deploy, functionNamed, template } from "./prepare.ts";

const s3 = (method: AwsCall["method"], path: string, body?: AwsCall["body"], headers = {}): AwsCall => ({
  ...{ service: "s3", method: method ?? "GET", path, headers },
  ...(body !== undefined && { body }),
});

const sha256 = createHash("sha256").update("code").digest("base64");
const checksum = { "x-amz-checksum-sha256": sha256, "x-amz-sdk-checksum-algorithm": "SHA256" };
const once = { "if-none-match": "*" };
const seen = { "x-amz-checksum-mode": "ENABLED" };

const cases: readonly AwsCase[] = [
  { name: "put into a bucket that is not there", call: s3("PUT", "/made/eks-lambda/a.zip", "code") },
  { name: "see a bucket that is not there", call: s3("HEAD", "/made") },
  { name: "make a bucket", call: s3("PUT", "/made"), shows: [] },
  { name: "see it is there", call: s3("HEAD", "/made"), shows: ["x-amz-bucket-region"] },
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
  { name: "delete it", call: s3("DELETE", "/made/eks-lambda/a.zip"), shows: [] },
  { name: "delete what is not there", call: s3("DELETE", "/made/eks-lambda/a.zip"), shows: [] },
  { name: "see what is not there", call: s3("HEAD", "/made/eks-lambda/b.zip") },
];

const located = (region: string) =>
  `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
const redirect = ["x-amz-bucket-region", "Code", "Message"];

const regions: readonly AwsCase[] = [
  { name: "make a bucket in another Region", call: s3("PUT", "/away", located("eu-west-1")), shows: [] },
  { name: "make one in us-east-1 by its name", call: s3("PUT", "/here", located("us-east-1")) },
  { name: "see what is in another Region", call: s3("HEAD", "/away/eks-lambda/a.zip"), shows: redirect },
  { name: "put into another Region", call: s3("PUT", "/away/eks-lambda/a.zip", "code"), shows: redirect },
];

const zip = { "content-type": "application/zip" };
const box = { Bucket: "boxed", Key: "eks-lambda/a.zip" };

/** Deploys a function with its code in a bucket. */
const deployed = (more: object, end: string, change = {}) => {
  const body = (Version: object) =>
    template("boxed", { Function: functionNamed("boxed", { InlineCode: undefined, CodeUri: { ...box, ...Version } }) });
  return (side: Side) => deploy(side, "boxed", { body: body(more), end, more: change });
};

const boxedUp = async (side: Side) => {
  await send(side, s3("PUT", "/boxed"));
  await send(side, s3("PUT", `/boxed/${box.Key}`, otherZip, zip));
  await deployed({}, "CREATE_COMPLETE")(side);
};
const configuration: AwsCase = { name: "", call: lambda("GET", "boxed/configuration"), shows: ["CodeSha256"] };
const update = (ChangeSetName: string) => ({ ChangeSetType: "UPDATE", ChangeSetName });
const keep = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/** The version that a `PUT` or `HEAD` answers. */
const versionOf = async (side: Side, call: AwsCall) => String((await send(side, call)).headers["x-amz-version-id"]);

const versions: Case = {
  name: "versions of an object",
  request: "`PUT /boxed/eks-lambda/a.zip`",
  async ask(side) {
    const first = await versionOf(side, s3("PUT", `/boxed/${box.Key}`, otherZip, zip));
    const second = await versionOf(side, s3("PUT", `/boxed/${box.Key}`, "more"));
    const now = await versionOf(side, s3("HEAD", `/boxed/${box.Key}`));
    await deployed({ Version: first }, "UPDATE_COMPLETE", update("first"))(side);
    return { status: 200, reason: "", message: `${first !== second}, ${now === second}` };
  },
};

const code: readonly Case[] = [
  after("the hash of code from a bucket", boxedUp, configuration),
  awsCase({
    ...{ name: "let a bucket keep versions", shows: [] },
    call: { ...s3("PUT", "/boxed", keep), query: { versioning: "" } },
  }),
  awsCase({
    name: "an object from before that",
    call: s3("HEAD", `/boxed/${box.Key}`),
    shows: ["x-amz-version-id"],
    known: "AWS: its version is null",
  }),
  versions,
  after("the hash of an earlier version", () => {}, configuration),
];

export const buckets: Group = {
  title: "AWS: S3",
  intro: "Only what uploads a function's code.",
  prepare: async () => {},
  cases: [...[...cases, ...regions].map(awsCase), ...code],
};
