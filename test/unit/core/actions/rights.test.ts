/** RBAC, for each action of the table: it works with exactly its rules, and is refused without any one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Allowed, needsOf } from "../../../../src/core/actions/allowed.ts";
import { actions } from "../../../../src/core/actions/index.ts";
import { formatNeed, type Need, rulesOf } from "../../../../src/core/kube/need.ts";
import { awsAuth, configMaps, rbac, useSandbox } from "../../sandbox/support.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";

const used = useSandbox();
const { kube, sandbox, token } = used;
const call = callerOf(used);

interface Trial {
  readonly allowed: readonly Allowed[];
  /** Uses every right. */
  run(call: (event: object) => Promise<unknown>): Promise<unknown>;
  /** Rights of another action that the trial uses, too. */
  readonly also?: readonly Need[];
}

const labels = { app: "web" };
const template = (image: string, more = {}) => ({
  metadata: { labels },
  spec: { ...more, containers: [{ name: "web", image }] },
});
const apps = "/apis/apps/v1/namespaces/default";
const batch = "/apis/batch/v1/namespaces/default";
const made = async (path: string, body: object) => expect((await kube("POST", path, { body })).status).toBe(201);
const deployment = (name: string, image = "web:1", more = {}) =>
  made(`${apps}/deployments`, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: template(image), ...more },
  });
const cronJob = () =>
  made(`${batch}/cronjobs`, {
    metadata: { name: "nightly" },
    spec: {
      schedule: "0 0 * * *",
      jobTemplate: { spec: { backoffLimit: 0, template: template("fails", { restartPolicy: "Never" }) } },
    },
  });
const image = { name: "web", image: "web:2" };
const wait = true;

const trials: Readonly<Record<string, Trial>> = {
  create: { allowed: allowedOf("create:deployments"), run: (call) => call({ name: "web" }) },
  "set-image": {
    allowed: allowedOf("set-image:deployments"),
    run: (call) => deployment("web").then(() => call({ action: "set-image", ...image })),
  },
  undo: {
    allowed: allowedOf("undo:deployments"),
    async run(call) {
      await deployment("web");
      await expect.poll(async () => (await kube("GET", `${apps}/replicasets`)).body.items).toHaveLength(1);
      await call({ action: "undo", name: "web", revision: 1 });
      const body = { spec: { template: { spec: { containers: [image] } } } };
      await kube("PATCH", `${apps}/deployments/web`, { body, type: "application/merge-patch+json" });
      await expect.poll(async () => (await kube("GET", `${apps}/replicasets`)).body.items).toHaveLength(2);
      await call({ action: "undo", name: "web" });
    },
  },
  restart: {
    allowed: allowedOf("restart:deployments"),
    run: (call) => deployment("web").then(() => call({ action: "restart", name: "web" })),
  },
  scale: {
    allowed: allowedOf("scale:deployments"),
    run: (call) => deployment("web").then(() => call({ action: "scale", name: "web", replicas: 2 })),
  },
  suspend: {
    allowed: allowedOf("suspend:cronjobs"),
    run: (call) => cronJob().then(() => call({ action: "suspend", name: "nightly" })),
  },
  resume: {
    allowed: allowedOf("resume:cronjobs"),
    run: (call) => cronJob().then(() => call({ action: "resume", name: "nightly" })),
  },
  apply: {
    allowed: allowedOf("apply:configmaps"),
    run: (call) =>
      call({ action: "apply", manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flags" } }] }),
  },
  delete: {
    allowed: allowedOf("delete:configmaps"),
    async run(call) {
      const path = "/api/v1/namespaces/default/configmaps";
      await made(path, { metadata: { name: "flags", finalizers: ["example.com/hold"] } });
      const called = call({ action: "delete", name: "flags", wait });
      called.catch(() => {});
      const isDeleted = async () => (await kube("GET", `${path}/flags`)).body.metadata.deletionTimestamp !== undefined;
      await Promise.race([expect.poll(isDeleted, { timeout: 10_000 }).toBe(true), called]);
      // Time for the function to begin to wait.
      await sleep(1_000);
      await kube("PATCH", `${path}/flags`, {
        body: { metadata: { finalizers: null } },
        type: "application/merge-patch+json",
      });
      await called;
    },
  },
  "run-job": {
    allowed: allowedOf("run-job:cronjobs"),
    async run(call) {
      sandbox().images.set("fails", { exitCode: 3, log: "failed\n" });
      await cronJob();
      await expectFailure(call({ action: "run-job", from: "nightly", wait }), "JobFailed");
      await expectFailure(call({ action: "run-job", from: "nightly", wait }), "JobFailed");
    },
  },
  status: {
    allowed: allowedOf("status:deployments"),
    also: needsOf(allowedOf("restart:deployments")),
    async run(call) {
      sandbox().images.set("crashes", { exitCode: 3, log: "failed\n", ready: false });
      await deployment("web", "crashes", { progressDeadlineSeconds: 1 });
      const statuses = async () => (await kube("GET", "/api/v1/namespaces/default/pods")).body.items[0]?.status;
      await expect.poll(async () => (await statuses())?.containerStatuses?.[0]?.restartCount).toBe(1);
      await call({ action: "status", name: "web" });
      await expectFailure(call({ action: "restart", name: "web", wait }), "RolloutFailed");
    },
  },
};

/** A reason that could not be read is in the message: its error is thrown then. */
async function expectFailure(called: Promise<unknown>, code: string): Promise<void> {
  const { name, message } = await called.then(
    () => ({ name: "Done", message: "it did not fail" }),
    (error: Error) => error,
  );
  if (name !== code) throw Object.assign(new Error(message), { name });
  if (/could not be read: .* is forbidden/.test(message))
    throw Object.assign(new Error(message), { name: "Forbidden" });
}

/** A caller with these rights, each request as an attempt of the same event. */
async function callAs(trial: Trial, needs: readonly Need[]): Promise<void> {
  const arn = "arn:aws:iam::123456789012:role/web";
  await kube("POST", configMaps, { body: awsAuth({ mapRoles: `- rolearn: ${arn}\n  username: web\n` }) });
  const rules = rulesOf([...needs, ...(trial.also ?? [])]);
  await made(`${rbac}/roles`, { metadata: { name: "web" }, rules });
  const apiGroup = "rbac.authorization.k8s.io";
  await made(`${rbac}/rolebindings`, {
    metadata: { name: "web" },
    roleRef: { apiGroup, kind: "Role", name: "web" },
    subjects: [{ apiGroup, kind: "User", name: "web" }],
  });
  const bearer = await token(sandbox().assumeRole("web"));
  const allowed = [...trial.allowed, ...(trial.also ? allowedOf("restart:deployments") : [])];
  await trial.run((event) => call(event, { allowed, token: bearer, requestId: JSON.stringify(event) }));
}

const all = Object.entries(trials);
const lacking = all.flatMap(([action, trial]) => {
  const needs = needsOf(trial.allowed);
  return needs.flatMap((need) =>
    need.verbs.map((verb) => {
      const left = needs.map((one) =>
        one === need ? { ...one, verbs: one.verbs.filter((other) => other !== verb) } : one,
      );
      return [
        action,
        formatNeed({ ...need, verbs: [verb] }),
        trial,
        left.filter(({ verbs }) => verbs.length > 0),
      ] as const;
    }),
  );
});

test("every action but `check`, which needs no right, is tried", () =>
  expect(Object.keys(trials).sort()).toEqual([...actions.keys()].filter((name) => name !== "check").sort()));

test.each(all)("%s works with its rights", (_, trial) => callAs(trial, needsOf(trial.allowed)));

test.each(lacking)("%s is Forbidden without the right to %s", async (_, __, trial, needs) => {
  await expect(callAs(trial, needs)).rejects.toMatchObject({ name: "Forbidden" });
});
