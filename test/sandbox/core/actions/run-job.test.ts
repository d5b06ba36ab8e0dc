/** run-job, against the sandbox's controllers. */
import { beforeEach, describe, expect, test } from "vitest";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
const call = callerOf(used);

const batch = "/apis/batch/v1/namespaces/default";
const jobs = async () => (await kube("GET", `${batch}/jobs`)).body.items;
const template = (image: string) => ({
  spec: { restartPolicy: "Never", containers: [{ name: "job", image, env: [{ name: "MODE", value: "daily" }] }] },
});
const cronJob = (image: string) => ({
  metadata: { name: "nightly" },
  spec: {
    schedule: "0 0 * * *",
    jobTemplate: {
      metadata: { labels: { team: "data" }, annotations: { why: "report" } },
      spec: { backoffLimit: 0, template: template(image) },
    },
  },
});
const fromCronJob = (event: object, requestId: string) =>
  call({ action: "run-job", from: "nightly", ...event }, { requestId, allowed: allowedOf("run-job:cronjobs") });

describe("from a CronJob", () => {
  beforeEach(async () => {
    expect(await kube("POST", `${batch}/cronjobs`, { body: cronJob("job:1") })).toMatchObject({ status: 201 });
  });

  test("has its labels, annotations and specification, and is named after the request", async () => {
    const answer = await fromCronJob({ args: ["--all"], env: { MODE: "full", DAY: "1" } }, "one");
    expect(answer).toMatchObject({
      action: "created",
      kind: "Job",
      name: expect.stringMatching(/^nightly-[0-9a-f]{10}$/),
    });
    const [job] = await jobs();
    const { uid } = (await kube("GET", `${batch}/cronjobs/nightly`)).body.metadata;
    expect(job.metadata).toMatchObject({
      name: answer.name,
      labels: { team: "data" },
      annotations: { why: "report", "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "nightly", uid }],
    });
    expect(job.metadata.ownerReferences[0].controller).toBeUndefined();
    expect(job.spec).toMatchObject({
      backoffLimit: 0,
      ttlSecondsAfterFinished: 21_600,
      template: {
        spec: {
          containers: [
            {
              args: ["--all"],
              env: [
                { name: "MODE", value: "full" },
                { name: "DAY", value: "1" },
              ],
            },
          ],
        },
      },
    });
  });

  test("waits for its outcome; a retry waits for the same Job", async () => {
    sandbox().images.set("job:1", { log: "one\ntwo\n", exitCode: 0 });
    const outcome = { outcome: "complete", lines: ["one", "two"] };
    expect(await fromCronJob({ wait: true }, "one")).toMatchObject({ action: "created", ...outcome });
    expect(await fromCronJob({ wait: true }, "one")).toMatchObject({ action: "unchanged", ...outcome });
    expect(await jobs()).toHaveLength(1);
    await fromCronJob({}, "two");
    expect(await jobs()).toHaveLength(2);
  });

  test("that fails is explained with the container's exit code and last lines", async () => {
    sandbox().images.set("job:1", { log: "migrating\nno such table\n", exitCode: 3 });
    await expect(fromCronJob({ wait: true }, "one")).rejects.toMatchObject({
      name: "JobFailed",
      message: expect.stringMatching(
        /^Job "nightly-\w+" failed\n {2}Pod nightly-.*, container "job" of job:1, Error, exit code 3\n {4}\| migrating\n {4}\| no such table\n/,
      ),
    });
  });

  describe.each([
    ["20 lines of 400,000 characters", 20, 400_000],
    ["one line of 8 MiB", 1, 8 * 2 ** 20],
  ])("with %s", (_, count, length) => {
    const log = `${"x".repeat(length)}\n`.repeat(count);
    const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

    test("answers with the beginning of each", async () => {
      sandbox().images.set("job:1", { log, exitCode: 0 });
      const answer = await fromCronJob({ wait: true }, "one");
      const ends = (answer.lines as readonly string[]).map((line) => line.replace(/^x{3960}…/, ""));
      expect(ends).toEqual(Array(count).fill(` (${length - 3_960} more characters)`));
      expect(bytesOf(answer)).toBeLessThan(100_000);
    });

    test("and a failure is explained with the beginning of each", async () => {
      sandbox().images.set("job:1", { log, exitCode: 3 });
      const { message } = await fromCronJob({ wait: true }, "one").catch((error) => error);
      expect(message.match(/\| x{3960}… /g)?.length).toBe(count);
      expect(bytesOf(message)).toBeLessThan(100_000);
    });
  });

  test("whose time is up says so", async () => {
    sandbox().images.set("job:1", { waiting: { reason: "ErrImagePull", message: "not found" } });
    const allowed = allowedOf("run-job:cronjobs");
    const called = call({ action: "run-job", from: "nightly", wait: true }, { allowed, remainingMs: 6_000 });
    await expect(called).rejects.toMatchObject({
      name: "Timeout",
      message: expect.stringContaining("ErrImagePull: not found"),
    });
  });
});

describe("from a manifest", () => {
  const run = (manifest: object, requestId: string, event = {}) =>
    call({ action: "run-job", manifest, ...event }, { requestId, allowed: allowedOf("run-job:jobs") });
  const spec = { ttlSecondsAfterFinished: 86_400, template: template("job:1") };

  test("keeps its name and a longer time to live", async () => {
    expect(await run({ metadata: { name: "migrate" }, spec }, "one")).toMatchObject({
      action: "created",
      name: "migrate",
    });
    expect((await jobs())[0].spec.ttlSecondsAfterFinished).toBe(86_400);
    expect(await run({ metadata: { name: "migrate" }, spec }, "one")).toMatchObject({ action: "unchanged" });
    await expect(run({ metadata: { name: "migrate" }, spec }, "two")).rejects.toMatchObject({ name: "AlreadyExists" });
  });

  test("without a name gets one", async () =>
    expect(await run({ metadata: { generateName: "migrate-" }, spec }, "one")).toMatchObject({
      name: expect.stringMatching(/^migrate-[0-9a-f]{10}$/),
    }));

  test.each([
    ["none", {}],
    ["a generated one", { generateName: "migrate" }],
    ["an empty one", { name: "", generateName: "migrate" }],
    ["another", { name: "migrate2" }],
    ["a list of it", { name: ["migrate"] }],
  ])("whose name must be `migrate` is refused if it has %s", async (_, metadata) => {
    const allowed = allowedOf("run-job:jobs/migrate");
    const event = { action: "run-job", manifest: { metadata, spec } };
    await expect(call(event, { allowed })).rejects.toMatchObject({ name: "NotAllowed" });
    await expect(call({ ...event, manifest: { spec } }, { allowed })).rejects.toMatchObject({
      name: "NotAllowed",
      message:
        "`run-job` of jobs without a name is not allowed for this function\nhint: name one that was allowed: migrate",
    });
    const named = { ...event, manifest: { metadata: { name: "migrate" }, spec } };
    expect(await call(named, { allowed })).toMatchObject({ action: "created", name: "migrate" });
  });

  test.each([
    { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "b" }] },
    { finalizers: ["example.com/never"] },
    { annotations: { "eks-lambda/last-action": "{}" } },
  ])("with %j is refused", async (metadata) => {
    await expect(run({ metadata: { name: "migrate", ...metadata }, spec }, "one")).rejects.toMatchObject({
      name: "InvalidEvent",
    });
    expect(await jobs()).toEqual([]);
  });

  test.each([{ metadata: null }, { spec: null }, { metadata: { generateName: 1 } }])(
    "with %j is for the API server to judge",
    async (given) => {
      await expect(run({ ...given, kind: "Job" }, "one")).rejects.toMatchObject({ name: "Invalid" });
    },
  );

  test("is refused where only CronJobs are allowed, and the other way round", async () => {
    await expect(fromCronJob({ from: undefined, manifest: { spec } }, "one")).rejects.toMatchObject({
      name: "InvalidEvent",
    });
    const called = call({ action: "run-job", manifest: { spec } }, { allowed: allowedOf("run-job:cronjobs") });
    await expect(called).rejects.toMatchObject({ name: "NotAllowed" });
    await expect(run({ spec }, "one", { from: "nightly" })).rejects.toMatchObject({ name: "InvalidEvent" });
  });
});

test("an event from SNS is the text of its message", async () => {
  const sns = (Message: string) => ({ Records: [{ EventSource: "aws:sns", Sns: { Message } }] });
  expect(await call(sns('{"action":"create","name":"web"}'))).toMatchObject({ action: "created", name: "web" });
  await expect(call(sns("ALARM: secret"))).rejects.toMatchObject({
    name: "InvalidEvent",
    message: expect.not.stringContaining("secret"),
  });
});
