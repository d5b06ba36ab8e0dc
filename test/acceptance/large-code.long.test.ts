/** Functions whose code is larger than a template. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createBucket, deleteObject, headObject, keepVersions, parametersOf, putObject } from "./support/aws.ts";
import { test, type World } from "./support/world.ts";
import { otherZip } from "./support/zips.ts";
import { heldBefore } from "./troubleshooting/given.ts";

const code = (text: string) =>
  `const { name } = require("node:path").parse(__filename);\nexports.handler = async () => [name, ${JSON.stringify(text)}.length];\n`;

/** The entry's file, in the folder of the world. */
async function entry({ home }: World, text: string): Promise<string> {
  const file = join(home, "large.cjs");
  await writeFile(file, code(text));
  return `--name large --entry ${file} --allow 'get pods' --yes --no-kubeconfig`;
}

test("code that a template has no room for is compressed in it", async ({ world }) => {
  await world.fresh();
  const flags = await entry(world, "0123456789".repeat(10_000));
  const first = await world.run(`setup ${flags}`);
  expect(first.exit, first.stderr).toBe(0);
  expect(first.stderr).toMatch(/\+ stack .*, 100\d{3} bytes of code, compressed/);
  expect(JSON.parse((await world.run("invoke --name large")).stdout)).toEqual(["index", 100_000]);
  const again = await world.run(`setup ${flags}`);
  expect([again.exit, again.stderr]).toEqual([0, expect.not.stringMatching(/^ {2}[+~-] /m)]);
});

test("so are all actions together", async ({ world }) => {
  await world.fresh();
  const allowed = [
    ...["create", "restart", "scale", "set-image", "undo", "status"].map((action) => `${action}:deployments`),
    ...["apply:configmaps", "delete:configmaps", "run-job:jobs"],
  ];
  const { exit, stderr } = await world.run(`setup --allow ${allowed.join(" ")} --yes --no-kubeconfig`);
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/\+ stack .*, \d{5} bytes of code, compressed/);
  const created = await world.run(`invoke create --set name=web`);
  expect(created.exit, created.stderr).toBe(0);
  const scaled = await world.run("invoke scale deployments/web --set replicas=3 --json");
  expect(scaled.exit, scaled.stderr).toBe(0);
  const refused = await world.run("invoke delete deployments/web");
  expect(refused.exit).toBe(1);
});

/** The stack of the function `large`. */
async function stackOf({ run }: World): Promise<string> {
  const { stdout } = await run("list large --json");
  return JSON.parse(stdout).stack;
}

/** The object that setup would upload, by a dry run. */
async function plannedCode({ run }: World, flags: string) {
  const { stdout } = await run(`setup ${flags} --dry-run --json`);
  const { changes } = JSON.parse(stdout) as { changes: readonly { step: string; target: string }[] };
  const [Bucket = "", ...path] = (changes.find(({ step }) => step === "code")?.target ?? "").slice(5).split("/");
  return { Bucket, Key: path.join("/") };
}

test("code of any size comes from a bucket", async ({ world }) => {
  const { backend, home, run } = await world.fresh().then(() => world);
  const large = randomBytes(150_000).toString("base64");
  const flags = await entry(world, large);
  expect((await run(`setup ${flags}`)).stderr).toMatch(/\(EntryTooLarge\).*--code-bucket BUCKET/s);
  const bucket = "eks-lambda-test-code";
  // While planning: nothing of the plan was written.
  const missing = await run(`setup ${flags} --code-bucket ${bucket} --dry-run`);
  expect(missing.stderr).toMatch(/\(BucketNotFound\).*aws s3 mb/s);
  await createBucket(backend, bucket);
  const place = await plannedCode(world, `${flags} --code-bucket ${bucket}`);
  await expect(headObject(backend, place)).rejects.toMatchObject({ name: "NotFound" });

  const first = await run(`setup ${flags} --code-bucket ${bucket}`);
  expect(first.exit, first.stderr).toBe(0);
  expect(first.stderr).toMatch(
    /\+ code +s3:\/\/eks-lambda-test-code\/eks-lambda\/[0-9a-f]{64}\.zip +upload, 200\d{3} bytes\n/,
  );
  expect(first.stderr).toMatch(/\+ stack .*, code in s3:\/\/eks-lambda-test-code/);
  expect(JSON.parse((await run("invoke --name large")).stdout)).toEqual(["index", 200_000]);
  const { CodeKey: key = "" } = await parametersOf(backend, await stackOf(world));
  expect(key).toMatch(/^eks-lambda\/[0-9a-f]{64}\.zip$/);

  // The stack keeps the bucket.
  const again = await run(`setup ${flags}`);
  expect([again.exit, again.stderr]).toEqual([0, expect.not.stringMatching(/^ {2}[+~-] /m)]);
  const exported = await run(`export --to sam --name large --entry ${join(home, "large.cjs")} ${join(home, "sam")}`);
  expect(exported.exit, exported.stderr).toBe(0);
  const config = await readFile(join(home, "sam/samconfig.toml"), "utf8");
  expect(config).toContain(`s3_bucket = '${bucket}'\ns3_prefix = 'eks-lambda'`);
  expect(config).toContain('CodeKey=""');
  const rights = await run(`permissions --name large --entry ${join(home, "large.cjs")} --json`);
  expect(rights.stdout).toContain(`arn:aws:s3:::${bucket}/eks-lambda/*`);

  const small = await entry(world, "small");
  const inline = await run(`setup ${small} --code-bucket ''`);
  expect(inline.exit, inline.stderr).toBe(0);
  expect(await parametersOf(backend, await stackOf(world))).toMatchObject({ CodeBucket: "", CodeKey: "" });
  expect(JSON.parse((await run("invoke --name large")).stdout)).toEqual(["index", 5]);

  // The object is there already.
  const back = await run(`setup ${await entry(world, large)} --code-bucket ${bucket}`);
  expect(back.exit, back.stderr).toBe(0);
  expect(back.stderr).toMatch(/= code +s3:.* unchanged\n/);
  expect(await parametersOf(backend, await stackOf(world))).toMatchObject({ CodeKey: key });
  const removed = await run("teardown --name large --yes --no-kubeconfig");
  expect(removed.exit, removed.stderr).toBe(0);
  expect(removed.stderr).toContain(`aws s3 rm s3://${bucket}/${key}`);
  await headObject(backend, { Bucket: bucket, Key: key });
});

test("what somebody else put in the place of the code is not deployed", async ({ world }) => {
  const { backend, run } = await world.fresh().then(() => world);
  const bucket = "eks-lambda-test-others";
  await createBucket(backend, bucket);
  const flags = `${await entry(world, "some")} --code-bucket ${bucket}`;
  expect(await run(`setup ${flags}`)).toMatchObject({ exit: 0 });
  const { CodeKey: Key = "" } = await parametersOf(backend, await stackOf(world));
  await putObject(backend, { Bucket: bucket, Key }, "something else");
  const { exit, stderr } = await run(`setup ${flags} --memory 512`);
  expect([exit, stderr]).toEqual([1, expect.stringContaining(`aws s3 rm s3://${bucket}/${Key}`)]);
  expect(stderr).toContain("(CodeNotOurs)");
});

/** Somebody else writes other code in place of setup's, before CloudFormation takes it. */
async function replacing(world: World, flags: string) {
  const place = await plannedCode(world, flags);
  const held = await heldBefore("ExecuteChangeSet", () => putObject(world.backend, place, otherZip))(world);
  return { place, env: held ?? {} };
}

test("what somebody puts there after it was compared gets no rights, and is replaced", async ({ world }) => {
  const { backend, run } = await world.fresh().then(() => world);
  await createBucket(backend, "eks-lambda-test-swap");
  const flags = `${await entry(world, "some")} --code-bucket eks-lambda-test-swap`;
  const { place, env } = await replacing(world, flags);
  const { exit, stderr } = await run(`setup ${flags}`, { env });
  expect([exit, stderr]).toEqual([1, expect.stringContaining(`aws s3 rm s3://${place.Bucket}/${place.Key}`)]);
  expect(stderr).toMatch(/the function "\S+" runs code with the SHA-256 \S{44}, not s3:.*\(CodeNotOurs\)/s);
  const roles = "/apis/rbac.authorization.k8s.io/v1/roles?labelSelector=app.kubernetes.io/managed-by%3Deks-lambda";
  expect(await backend.kube("GET", roles)).toMatchObject({ status: 200, body: { items: [] } });
  expect((await run("doctor --name large")).stdout).toMatch(/code with the SHA-256.*\(StackDrifted\)/s);

  await deleteObject(backend, place);
  const again = await run(`setup ${flags}`);
  expect(again.exit, again.stderr).toBe(0);
  expect(JSON.parse((await run("invoke --name large")).stdout)).toEqual(["index", 4]);
});

test("in a bucket that keeps versions, the version that was compared is deployed", async ({ world }) => {
  const { backend, run } = await world.fresh().then(() => world);
  await createBucket(backend, "eks-lambda-test-versions");
  await keepVersions(backend, "eks-lambda-test-versions");
  const flags = `${await entry(world, "some")} --code-bucket eks-lambda-test-versions`;
  const { env } = await replacing(world, flags);
  const { exit, stderr } = await run(`setup ${flags}`, { env });
  expect(exit, stderr).toBe(0);
  expect(JSON.parse((await run("invoke --name large")).stdout)).toEqual(["index", 4]);
});
