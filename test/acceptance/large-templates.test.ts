/**
 * Templates that are too large for a request are read from S3.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, expect } from "vitest";
import type { Backend } from "./backend.ts";
import { credentialsOf } from "./support/names.ts";
import { stacksOf, textOf } from "./support/stacks.ts";
import { test } from "./support/world.ts";

let backend: Backend;
let s3: S3Client;
test.beforeAll(({ world }) => {
  backend = world.backend;
  const { region, env } = backend;
  const endpoint = env.AWS_ENDPOINT_URL ?? expect.fail("the backend has no endpoint");
  s3 = new S3Client({ region, endpoint, credentials: credentialsOf(backend), forcePathStyle: true });
});
test.beforeEach(async ({ world }) => {
  await world.fresh();
  await s3.send(new CreateBucketCommand({ Bucket: "templates" }));
});
afterAll(() => s3.destroy());

const LogGroup = { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/large" } };

/** A template of exactly so many bytes. */
function ofSize(bytes: number): string {
  const template = (Description: string) => textOf({ Metadata: { Description }, Resources: { LogGroup } });
  return template("x".repeat(bytes - template("").length));
}

/** Puts a template into S3. Returns where it is. */
async function put(Key: string, Body: string): Promise<string> {
  await s3.send(new PutObjectCommand({ Bucket: "templates", Key, Body }));
  return `https://templates.s3.${backend.region}.amazonaws.com/${Key}`;
}

test("a template of up to 51,200 bytes is part of the request", async () => {
  const { plan, deploy } = stacksOf(backend);
  await expect(plan("large", ofSize(51_201))).rejects.toThrow("Member must have length less than or equal to 51200");
  expect(await deploy("large", ofSize(51_200))).toMatchObject({ status: "CREATE_COMPLETE" });
});

test("a template of up to 1 MB is read from S3", async () => {
  const { plan, deploy } = stacksOf(backend);
  const tooLarge = await put("too/large.json", ofSize(1_000_001));
  await expect(plan("large", "", { url: tooLarge })).rejects.toThrow("Template may not exceed 1000000 bytes in size.");
  const url = await put("large.json", ofSize(1_000_000));
  expect(await deploy("large", "", { url })).toMatchObject({ status: "CREATE_COMPLETE" });
  const inPath = `https://s3.${backend.region}.amazonaws.com/templates/other.json`;
  await put("other.json", textOf({ Resources: { LogGroup: { ...LogGroup, Properties: { LogGroupName: "/other" } } } }));
  expect(await deploy("large", "", { url: inPath })).toMatchObject({ status: "UPDATE_COMPLETE" });
});

test.each([
  ["another host", "https://example.com/templates/large.json", "TemplateURL must be a supported URL."],
  ["no bucket of that name", "https://none.s3.us-east-1.amazonaws.com/a.json", "The specified bucket does not exist"],
  [
    "no object of that name",
    "https://templates.s3.us-east-1.amazonaws.com/a.json",
    "The specified key does not exist.",
  ],
])("a template that cannot be read: %s", async (_, url, why) => {
  await expect(stacksOf(backend).plan("large", "", { url })).rejects.toThrow(why);
});
