/** restart, scale, set-image, undo, suspend, resume and status, against the sandbox's controllers. */
import { describe, expect, test } from "vitest";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
const call = callerOf(used);

const all = allowedOf(
  ...["deployments", "statefulsets", "daemonsets"].flatMap((resource) =>
    ["restart", "set-image", "undo", "status"].map((action) => `${action}:${resource}`),
  ),
  ...["scale:deployments", "scale:statefulsets", "set-image:cronjobs", "suspend:cronjobs", "resume:cronjobs"],
);
const run = (event: object, requestId?: string) => call(event, { allowed: all, ...(requestId && { requestId }) });

const labels = { app: "web" };
const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: "web", image }] } });
const spec = (image: string) => ({ replicas: 2, selector: { matchLabels: labels }, template: template(image) });
const path = (resource: string) =>
  `/apis/${resource === "cronjobs" ? "batch" : "apps"}/v1/namespaces/default/${resource}`;
const get = async (resource: string, name = "web") => (await kube("GET", `${path(resource)}/${name}`)).body;

async function deploy(resource = "deployments", image = "web:1", more = {}) {
  const { replicas: _, ...daemon } = spec(image);
  const body = { metadata: { name: "web" }, spec: { ...(resource === "daemonsets" ? daemon : spec(image)), ...more } };
  expect(await kube("POST", path(resource), { body })).toMatchObject({ status: 201 });
  const status = { action: "status", resource, name: "web" };
  await expect.poll(() => run(status)).toMatchObject({ state: "complete" });
}
const imageOf = async (resource: string) => (await get(resource)).spec.template.spec.containers[0].image;

const resources = ["deployments", "statefulsets", "daemonsets"] as const;

describe.each(resources)("%s:", (resource) => {
  test("restart replaces the Pods once for a request, and waits", async () => {
    await deploy(resource);
    const { kind } = { kind: expect.any(String) };
    const restart = { action: "restart", resource, name: "web", wait: true };
    expect(await run(restart, "one")).toMatchObject({
      action: "restarted",
      kind,
      namespace: "default",
      rollout: "complete",
    });
    const { generation } = (await get(resource)).metadata;
    await run(restart, "one");
    expect((await get(resource)).metadata.generation).toBe(generation);
    await run(restart, "two");
    expect((await get(resource)).metadata.generation).toBe(generation + 1);
  });

  test("set-image, then undo; a retry of either changes nothing", async () => {
    await deploy(resource);
    const set = { action: "set-image", resource, name: "web", image: "web:2", wait: true };
    const answer = { action: "updated", images: { web: "web:2" }, from: { web: "web:1" }, rollout: "complete" };
    expect(await run(set, "set")).toMatchObject(answer);
    expect(await run(set, "set")).toMatchObject(answer);
    expect(await run(set)).toMatchObject({ action: "unchanged" });
    const undo = { action: "undo", resource, name: "web", wait: true };
    const undone = { action: "undone", from: 2, revision: 1, rollout: "complete" };
    expect(await run(undo, "undo")).toMatchObject(undone);
    expect(await imageOf(resource)).toBe("web:1");
    expect(await run(undo, "undo")).toMatchObject(undone);
    expect(await imageOf(resource)).toBe("web:1");
    await expect(run({ ...undo })).rejects.toMatchObject({
      name: "AlreadyUndone",
      message: expect.stringContaining("give one of its revisions as `revision`: 2"),
    });
    expect(await run({ ...undo, revision: 2 })).toMatchObject({ action: "undone", from: 3, revision: 2 });
    expect(await imageOf(resource)).toBe("web:2");
  });
});

describe("set-image", () => {
  const two = {
    template: {
      ...template("web:1"),
      spec: {
        containers: [
          { name: "web", image: "web:1" },
          { name: "log", image: "log:1" },
        ],
      },
    },
  };
  const event = { action: "set-image", resource: "deployments", name: "web" };

  test.each([
    [
      "an unknown container",
      { images: { wep: "web:2" } },
      'no container named "wep": the containers of "web" are web, log',
    ],
    ["one image for two containers", { image: "web:2" }, 'the containers of "web" are web, log; name them in `images`'],
  ])("refuses %s, and writes nothing", async (_, given, message) => {
    await deploy("deployments", "web:1", two);
    const { resourceVersion } = (await get("deployments")).metadata;
    await expect(run({ ...event, ...given })).rejects.toMatchObject({
      name: "InvalidEvent",
      message: expect.stringContaining(message),
    });
    expect((await get("deployments")).metadata.resourceVersion).toBe(resourceVersion);
  });

  test("changes the named containers only", async () => {
    await deploy("deployments", "web:1", two);
    await run({ ...event, images: { log: "log:2" } });
    expect((await get("deployments")).spec.template.spec.containers).toMatchObject([
      { image: "web:1" },
      { image: "log:2" },
    ]);
  });

  test("of a CronJob changes the template of its Jobs", async () => {
    const jobTemplate = {
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } } },
    };
    await kube("POST", path("cronjobs"), {
      body: { metadata: { name: "nightly" }, spec: { schedule: "0 0 * * *", jobTemplate } },
    });
    await run({ action: "set-image", resource: "cronjobs", name: "nightly", image: "job:2" });
    expect((await get("cronjobs", "nightly")).spec.jobTemplate.spec.template.spec.containers[0].image).toBe("job:2");
  });

  test("rolls back a rollout that failed, and a retry finds that", async () => {
    await deploy("deployments", "web:1", { progressDeadlineSeconds: 1 });
    sandbox().images.set("web:bad", { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } });
    const set = { ...event, image: "web:bad", wait: true, rollback: true };
    const failure = { name: "RolloutFailed", message: expect.stringContaining("rolled back to web:1") };
    await expect(run(set, "bad")).rejects.toMatchObject(failure);
    expect(await imageOf("deployments")).toBe("web:1");
    await expect(run(set, "bad")).rejects.toMatchObject(failure);
  });

  test("does not roll back when its time is up, and says why the rollout does not come", async () => {
    await deploy();
    sandbox().images.set("web:bad", { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } });
    const set = { ...event, image: "web:bad", wait: true, rollback: true };
    const called = call(set, { allowed: all, remainingMs: 6_000 });
    await expect(called).rejects.toMatchObject({
      name: "Timeout",
      message: expect.stringMatching(/container "web" of web:bad, ImagePullBackOff: Back-off pulling image/),
    });
    expect(await imageOf("deployments")).toBe("web:bad");
  });
});

test("wait needs `status`, and without it nothing is changed", async () => {
  await deploy();
  const { resourceVersion } = (await get("deployments")).metadata;
  const called = call({ action: "restart", name: "web", wait: true }, { allowed: allowedOf("restart:deployments") });
  await expect(called).rejects.toMatchObject({
    name: "NotAllowed",
    message:
      '`status` of deployments.apps "web" is not allowed for this function\nhint: eks-lambda setup --allow restart:deployments.apps --allow status:deployments.apps/web',
  });
  expect((await get("deployments")).metadata.resourceVersion).toBe(resourceVersion);
});

describe("scale", () => {
  const scale = { action: "scale", resource: "deployments", name: "web" };

  test("sets the replicas, and finds them so on a retry", async () => {
    await deploy();
    expect(await run({ ...scale, replicas: 5, wait: true })).toMatchObject({
      action: "scaled",
      replicas: 5,
      from: 2,
      available: 5,
    });
    expect(await run({ ...scale, replicas: 5 })).toMatchObject({ action: "unchanged", replicas: 5 });
    expect(await run({ ...scale, replicas: 3, from: 5 })).toMatchObject({ action: "scaled", from: 5 });
  });

  test("only from the number that it is told", async () => {
    await deploy();
    await expect(run({ ...scale, replicas: 5, from: 3 })).rejects.toMatchObject({
      name: "Conflict",
      message: expect.stringContaining('Deployment "web" has 2 replicas, not 3'),
    });
    expect((await get("deployments")).spec.replicas).toBe(2);
  });
});

test("suspend and resume", async () => {
  const jobTemplate = {
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job" }] } } },
  };
  await kube("POST", path("cronjobs"), {
    body: { metadata: { name: "nightly" }, spec: { schedule: "0 0 * * *", jobTemplate } },
  });
  const about = { kind: "CronJob", namespace: "default", name: "nightly" };
  expect(await run({ action: "suspend", name: "nightly" })).toEqual({ action: "suspended", ...about });
  expect((await get("cronjobs", "nightly")).spec.suspend).toBe(true);
  expect(await run({ action: "resume", name: "nightly" })).toEqual({ action: "resumed", ...about });
  expect((await get("cronjobs", "nightly")).spec.suspend).toBe(false);
});

describe("undo", () => {
  test("without an earlier revision is refused", async () => {
    await deploy();
    await expect(run({ action: "undo", resource: "deployments", name: "web" })).rejects.toMatchObject({
      name: "RevisionNotFound",
      message: expect.stringContaining('"web" has no earlier revision'),
    });
  });

  test("to the current revision is unchanged", async () => {
    await deploy();
    const undo = { action: "undo", resource: "deployments", name: "web", revision: 1 };
    expect(await run(undo)).toMatchObject({ action: "unchanged", from: 1, revision: 1 });
    await expect(run({ ...undo, revision: 7 })).rejects.toMatchObject({ name: "RevisionNotFound" });
  });
});

describe("status explains", () => {
  const status = { action: "status", resource: "deployments", name: "web" };
  const start = (more: object) =>
    kube("POST", path("deployments"), { body: { metadata: { name: "web" }, spec: { ...spec("web:bad"), ...more } } });

  test.each([
    [
      "an image that cannot be pulled",
      { waiting: { reason: "ErrImagePull", message: "not found" } },
      { reason: "ErrImagePull", image: "web:bad", message: "not found", pods: 2 },
    ],
    [
      "a crash loop, with the last lines",
      { exitCode: 3, log: "starting\nno database\n" },
      { reason: "Error", exitCode: 3, lines: ["starting", "no database"] },
    ],
    ["a container out of memory", { exitCode: 137, reason: "OOMKilled" }, { reason: "OOMKilled", exitCode: 137 }],
    ["a readiness probe that fails", { ready: false as const }, { reason: "NotReady", pods: 2 }],
  ])("%s", async (_, image, problem) => {
    sandbox().images.set("web:bad", image);
    await start({});
    await expect.poll(async () => (await run(status)).problems).toEqual([expect.objectContaining(problem)]);
  });

  test("Pods that fit no node", async () => {
    const unschedulable = { ...template("web"), spec: { ...template("web").spec, nodeSelector: { disk: "none" } } };
    await start({ template: unschedulable });
    await expect.poll(async () => (await run(status)).problems).toMatchObject([{ reason: "Unschedulable", pods: 2 }]);
  });

  test("what is there, its conditions, Pods and Events", async () => {
    await deploy();
    expect(await run(status)).toMatchObject({
      ...{ action: "status", kind: "Deployment", namespace: "default", name: "web", state: "complete", problems: [] },
      replicas: { replicas: 2, availableReplicas: 2 },
      conditions: expect.arrayContaining([expect.objectContaining({ type: "Available", status: "True" })]),
      pods: [
        { phase: "Running", ready: true },
        { phase: "Running", ready: true },
      ],
      events: expect.arrayContaining([expect.objectContaining({ reason: "ScalingReplicaSet" })]),
    });
    await expect(run({ ...status, name: "wep" })).rejects.toMatchObject({ name: "NotFound" });
  });
});
