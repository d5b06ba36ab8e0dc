/**
 * RBAC, for each action of the table, with and without names and a namespace: it works with exactly its rules, and is
 * refused without any one of them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Allowed, needsOf } from "../../../../src/core/actions/allowed.ts";
import { actions } from "../../../../src/core/actions/index.ts";
import { formatNeed, type Need, rulesOf } from "../../../../src/core/kube/need.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { awsAuth, configMaps, useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox, token } = used;
const call = callerOf(used);

interface Trial {
  /** As `--allow` takes it. */
  readonly flag: string;
  /** Of the object on which it acts. RBAC cannot limit `create` to a name. */
  readonly name?: string;
  /** Uses every right. */
  run(call: (event: object) => Promise<unknown>): Promise<unknown>;
  /** Another action that the trial uses, too. */
  readonly also?: string;
}

/** The namespace in which a trial acts. */
let where = "default";

const labels = { app: "web" };
const template = (image: string, more = {}) => ({
  metadata: { labels },
  spec: { ...more, containers: [{ name: "web", image }] },
});
const apps = () => `/apis/apps/v1/namespaces/${where}`;
const batch = () => `/apis/batch/v1/namespaces/${where}`;
const made = async (path: string, body: object) => expect((await kube("POST", path, { body })).status).toBe(201);
const deployment = (name: string, image = "web:1", more = {}) =>
  made(`${apps()}/deployments`, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: template(image), ...more },
  });
const cronJob = () =>
  made(`${batch()}/cronjobs`, {
    metadata: { name: "nightly" },
    spec: {
      schedule: "0 0 * * *",
      jobTemplate: { spec: { backoffLimit: 0, template: template("fails", { restartPolicy: "Never" }) } },
    },
  });
const image = { name: "web", image: "web:2" };
const wait = true;

const trials: Readonly<Record<string, Trial>> = {
  create: { flag: "create:deployments", run: (call) => call({ name: "web" }) },
  "set-image": {
    flag: "set-image:deployments",
    name: "web",
    run: (call) => deployment("web").then(() => call({ action: "set-image", ...image })),
  },
  undo: {
    flag: "undo:deployments",
    name: "web",
    async run(call) {
      await deployment("web");
      await expect.poll(async () => (await kube("GET", `${apps()}/replicasets`)).body.items).toHaveLength(1);
      await call({ action: "undo", name: "web", revision: 1 });
      const body = { spec: { template: { spec: { containers: [image] } } } };
      await kube("PATCH", `${apps()}/deployments/web`, { body, type: "application/merge-patch+json" });
      await expect.poll(async () => (await kube("GET", `${apps()}/replicasets`)).body.items).toHaveLength(2);
      await call({ action: "undo", name: "web" });
    },
  },
  restart: {
    flag: "restart:deployments",
    name: "web",
    run: (call) => deployment("web").then(() => call({ action: "restart", name: "web" })),
  },
  scale: {
    flag: "scale:deployments",
    name: "web",
    run: (call) => deployment("web").then(() => call({ action: "scale", name: "web", replicas: 2 })),
  },
  suspend: {
    flag: "suspend:cronjobs",
    name: "nightly",
    run: (call) => cronJob().then(() => call({ action: "suspend", name: "nightly" })),
  },
  resume: {
    flag: "resume:cronjobs",
    name: "nightly",
    run: (call) => cronJob().then(() => call({ action: "resume", name: "nightly" })),
  },
  apply: {
    flag: "apply:configmaps",
    name: "flags",
    run: (call) =>
      call({ action: "apply", manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flags" } }] }),
  },
  delete: {
    flag: "delete:configmaps",
    name: "flags",
    async run(call) {
      const path = `/api/v1/namespaces/${where}/configmaps`;
      await made(path, { metadata: { name: "flags", finalizers: ["example.com/hold"] } });
      const called = call({ action: "delete", name: "flags", wait });
      let isRefused = false;
      called.catch(() => {
        isRefused = true;
      });
      const isDeleted = async () => (await kube("GET", `${path}/flags`)).body.metadata.deletionTimestamp !== undefined;
      await expect.poll(async () => isRefused || (await isDeleted())).toBe(true);
      if (isRefused) await called;
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
    flag: "run-job:cronjobs",
    name: "nightly",
    async run(call) {
      sandbox().images.set("fails", { exitCode: 3, log: "failed\n" });
      await cronJob();
      await expectFailure(call({ action: "run-job", from: "nightly", wait }), "JobFailed");
      await expectFailure(call({ action: "run-job", from: "nightly", wait }), "JobFailed");
    },
  },
  status: {
    flag: "status:deployments",
    name: "web",
    also: "restart:deployments",
    async run(call) {
      sandbox().images.set("crashes", { exitCode: 3, log: "failed\n", ready: false });
      await deployment("web", "crashes", { progressDeadlineSeconds: 2 });
      const statuses = async () => (await kube("GET", `/api/v1/namespaces/${where}/pods`)).body.items[0]?.status;
      await expect.poll(async () => (await statuses())?.containerStatuses?.[0]?.restartCount).toBe(1);
      await call({ action: "status", name: "web" });
      await expectFailure(call({ action: "restart", name: "web", wait }), "RolloutFailed");
    },
  },
  get: {
    flag: "get:configmaps",
    name: "flags",
    async run(call) {
      const path = `/api/v1/namespaces/${where}/configmaps`;
      await made(path, { metadata: { name: "flags" } });
      await call({ action: "get", name: "flags" });
      const called = call({ action: "get", name: "flags", jsonPath: ".data.mode", wait });
      called.catch(() => {});
      // Time for the function to begin to wait.
      await sleep(1_000);
      await kube("PATCH", `${path}/flags`, { body: { data: { mode: "a" } }, type: "application/merge-patch+json" });
      await called;
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

/** A trial of one `--allow`. */
interface Case {
  readonly flag: string;
  readonly trial: Trial;
  readonly namespace: string;
  readonly allowed: readonly Allowed[];
  readonly also: readonly Allowed[];
}

const caseOf = (trial: Trial, name: string, namespace: string): Case => {
  const place = namespace === "default" ? "" : `@${namespace}`;
  const flag = trial.flag + name + place;
  const also = trial.also === undefined ? [] : allowedOf(trial.also + place);
  return { flag, trial, namespace, allowed: allowedOf(flag), also };
};

const all = Object.values(trials).flatMap((trial) =>
  ["", ...(trial.name === undefined ? [] : [`/${trial.name}`])].flatMap((name) =>
    ["default", "shop"].map((namespace) => caseOf(trial, name, namespace)),
  ),
);

/** A caller with these rights, each request as an attempt of the same event. */
async function callAs({ trial, namespace, ...one }: Case, needs: readonly Need[]): Promise<void> {
  where = namespace;
  if (namespace !== "default") await made("/api/v1/namespaces", { metadata: { name: namespace } });
  const arn = "arn:aws:iam::123456789012:role/web";
  await kube("POST", configMaps, { body: awsAuth({ mapRoles: `- rolearn: ${arn}\n  username: web\n` }) });
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await made(`${rbac}/roles`, { metadata: { name: "web" }, rules: rulesOf([...needs, ...needsOf(one.also)]) });
  const apiGroup = "rbac.authorization.k8s.io";
  await made(`${rbac}/rolebindings`, {
    metadata: { name: "web" },
    roleRef: { apiGroup, kind: "Role", name: "web" },
    subjects: [{ apiGroup, kind: "User", name: "web" }],
  });
  const bearer = await token(sandbox().assumeRole("web"));
  const allowed = [...one.allowed, ...one.also];
  await trial.run((event) => call(event, { allowed, token: bearer, requestId: JSON.stringify(event) }));
}

const lacking = all.flatMap((one) => {
  const needs = needsOf(one.allowed);
  return needs.flatMap((need) =>
    need.verbs.map((verb) => {
      const left = needs.map((other) =>
        other === need ? { ...other, verbs: other.verbs.filter((kept) => kept !== verb) } : other,
      );
      return [
        one.flag,
        formatNeed({ ...need, verbs: [verb] }),
        one,
        left.filter(({ verbs }) => verbs.length > 0),
      ] as const;
    }),
  );
});

test("every action but `check`, which needs no right, is tried", () =>
  expect(Object.keys(trials).sort()).toEqual([...actions.keys()].filter((name) => name !== "check").sort()));

test.each(all.map((one) => [one.flag, one] as const))("%s works with its rights", (_, one) =>
  callAs(one, needsOf(one.allowed)),
);

test.each(lacking)("%s is Forbidden without the right to %s", async (_, __, one, needs) => {
  await expect(callAs(one, needs)).rejects.toMatchObject({ name: "Forbidden" });
});
