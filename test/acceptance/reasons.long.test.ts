/** Why a workload does not come up, each reason made with the controllers of either backend. */
import { expect } from "vitest";
import { missing } from "./backend.ts";
import { backendName } from "./start.ts";
import { type Actions, allow, startActions } from "./support/actions.ts";
import { deployments, make } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const namespaces = ["default", "tight", "guarded"];
const allowed = namespaces.flatMap((namespace) =>
  ["status", "restart", "set-image"]
    .flatMap((action) => allow(action, "deployments"))
    .concat(allow("status", "jobs"), allow("run-job", "jobs"))
    .map((one) => ({ ...one, namespace })),
);

let actions: Actions;
test.beforeAll(async ({ world }) => {
  actions = await startActions(world, allowed);
});
test.afterAll(() => actions.stop());
const run: Actions["run"] = (...asked) => actions.run(...asked);

const merge = "application/merge-patch+json";
const resource = "deployments";
const pods = (namespace = "default") => `/api/v1/namespaces/${namespace}/pods`;

/** A Deployment with one replica, whose progress deadline is soon over. */
async function deploy({ backend }: World, name: string, more: { namespace?: string; pod?: object } = {}) {
  const { namespace = "default", pod = {} } = more;
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { ...pod, containers: [{ name: "web", image: "shop/web:1" }] } };
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const spec = { replicas: 1, progressDeadlineSeconds: 2, selector: { matchLabels: labels }, strategy, template };
  await make(backend, deployments(namespace), { metadata: { name }, spec });
}

const statusOf = (name: string, namespace = "default") => run({ action: "status", resource, namespace, name });
const isComplete = (name: string, namespace = "default") =>
  expect.poll(async () => (await statusOf(name, namespace)).state).toBe("complete");

async function podOf({ backend }: World, name: string): Promise<string> {
  const { body } = await backend.kube("GET", `${pods()}?labelSelector=app%3D${name}`);
  return body.items[0].metadata.name;
}

const crashed = { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container=web" };
const ended = (exitCode: number, reason: string) => ({
  terminated: { exitCode, reason, startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:01Z" },
});

test.for([
  {
    name: "pulls",
    container: {
      state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "shop/web:1"' } },
      lastState: {},
    },
    problem: {
      ...{ reason: "ImagePullBackOff", container: "web", image: "shop/web:1" },
      message: 'Back-off pulling image "shop/web:1"',
    },
  },
  {
    name: "crashes",
    container: { restartCount: 1, state: { waiting: crashed }, lastState: ended(7, "Error") },
    problem: { reason: "Error", exitCode: 7, lines: expect.arrayContaining(["no such table: orders"]) },
  },
  {
    name: "grows",
    container: { restartCount: 1, state: { waiting: crashed }, lastState: ended(137, "OOMKilled") },
    problem: { reason: "OOMKilled", exitCode: 137, image: "shop/web:1" },
  },
])("a container that $name", async ({ name, container, problem }, { world }) => {
  const { backend } = world;
  await deploy(world, name);
  await isComplete(name);
  const pod = await podOf(world, name);
  await backend.log(pod, "migrating\nno such table: orders\n");
  const status = { name: "web", image: "shop/web:1", imageID: "", ready: false, restartCount: 0, ...container };
  const conditions = [
    { type: "Ready", status: "False", reason: "ContainersNotReady" },
    { type: "ContainersReady", status: "False", reason: "ContainersNotReady" },
  ];
  const body = { status: { conditions, containerStatuses: [status] } };
  expect((await backend.kube("PATCH", `${pods()}/${pod}/status`, { body, contentType: merge })).status).toBe(200);
  await expect
    .poll(async () => ((await statusOf(name)).problems as readonly object[])[0])
    .toMatchObject({ pod, ...problem });
});

test("a rollout whose deadline is over fails, and says which node it lacks", async ({ world }) => {
  await deploy(world, "stuck", { pod: { nodeSelector: { disk: "none" } } });
  await expect(run({ action: "restart", resource, name: "stuck", wait: true })).rejects.toMatchObject({
    name: "RolloutFailed",
    message: expect.stringMatching(/its progress deadline is over[\s\S]*Unschedulable: 0\/\d+ nodes are available/),
  });
});

test("a rollout to an image that no registry has fails with the node's reason", async ({ world }) => {
  await deploy(world, "missing");
  await isComplete("missing");
  const asked = { action: "set-image", resource, name: "missing", image: missing.image, wait: true };
  await expect(run(asked)).rejects.toMatchObject({
    name: "RolloutFailed",
    message: expect.stringContaining(`container "web" of ${missing.image}, ErrImagePull: ${missing.message}`),
  });
});

test("a Job whose deadline is over", async () => {
  const containers = [{ name: "job", image: "job:1" }];
  const template = { spec: { restartPolicy: "Never", nodeSelector: { disk: "none" }, containers } };
  const manifest = { metadata: { name: "late" }, spec: { activeDeadlineSeconds: 1, template } };
  await expect(run({ action: "run-job", manifest, wait: true })).rejects.toMatchObject({
    name: "JobFailed",
    message: expect.stringMatching(/DeadlineExceeded: Job was active longer than specified deadline/),
  });
});

test("set-image with `rollback` returns to the image before, for which the quota has room", async ({ world }) => {
  const { backend } = world;
  const namespace = "tight";
  await make(backend, "/api/v1/namespaces", { metadata: { name: namespace } });
  await deploy(world, "web", { namespace });
  await isComplete("web", namespace);
  const quota = { metadata: { name: "one" }, spec: { hard: { pods: "1" } } };
  await make(backend, `/api/v1/namespaces/${namespace}/resourcequotas`, quota);
  const used = async () =>
    (await backend.kube("GET", `/api/v1/namespaces/${namespace}/resourcequotas/one`)).body.status?.used?.pods;
  await expect.poll(used).toBe("1");
  const event = { action: "set-image", resource, namespace, name: "web", image: "shop/web:2" };
  const failure = { name: "RolloutFailed", message: expect.stringMatching(/rolled back to shop\/web:1$/m) };
  await expect(run({ ...event, wait: true, rollback: true }, "rolled")).rejects.toMatchObject({
    ...failure,
    message: expect.stringMatching(/QuotaExceeded: .*exceeded quota: one[\s\S]*rolled back to shop\/web:1$/m),
  });
  const image = async () =>
    (await backend.kube("GET", `${deployments(namespace)}/web`)).body.spec.template.spec.containers[0].image;
  expect(await image()).toBe("shop/web:1");
  await expect(run({ ...event, wait: true, rollback: true }, "rolled")).rejects.toMatchObject(failure);
  expect(await image()).toBe("shop/web:1");
});

test("an admission webhook that denies the Pods", async ({ world }) => {
  const { backend } = world;
  await deploy(world, "denied", { pod: { nodeSelector: { disk: "none" } } });
  const sets = "/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3Ddenied";
  await expect.poll(async () => (await backend.kube("GET", sets)).body.items).toHaveLength(1);
  const { name, uid, creationTimestamp } = (await backend.kube("GET", sets)).body.items[0].metadata;
  const said = 'admission webhook "policy.example.com" denied the request: images need a digest';
  // As the ReplicaSet controller reports it.
  await make(backend, "/api/v1/namespaces/default/events", {
    metadata: { name: "denied.1", namespace: "default" },
    involvedObject: { kind: "ReplicaSet", apiVersion: "apps/v1", namespace: "default", name, uid },
    ...{ type: "Warning", reason: "FailedCreate", message: `Error creating: ${said}`, count: 1 },
    ...{ firstTimestamp: creationTimestamp, lastTimestamp: creationTimestamp },
    source: { component: "replicaset-controller" },
  });
  expect((await statusOf("denied")).problems).toContainEqual(
    expect.objectContaining({ reason: "AdmissionDenied", message: expect.stringContaining(said) }),
  );
});

// The sandbox does not support admission policies.
if (backendName === "real")
  test("an admission policy that denies the Pods", async ({ world }) => {
    const { backend } = world;
    const [apiVersion, metadata] = ["admissionregistration.k8s.io/v1", { name: "no-shop" }];
    const path = (resource: string) => `/apis/${apiVersion}/${resource}`;
    const scope = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
    const namespace = "guarded";
    const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
    await make(backend, "/api/v1/namespaces", { metadata: { name: namespace } });
    await make(backend, path("validatingadmissionpolicies"), {
      ...{ apiVersion, kind: "ValidatingAdmissionPolicy", metadata },
      spec: {
        matchConstraints: { namespaceSelector, resourceRules: [scope] },
        validations: [{ expression: "false", message: "images need a digest" }],
      },
    });
    await make(backend, path("validatingadmissionpolicybindings"), {
      ...{ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata },
      spec: { policyName: metadata.name, validationActions: ["Deny"] },
    });
    const body = { metadata: { name: "any" }, spec: { containers: [{ name: "any", image: "any:1" }] } };
    const refused = async () => (await backend.kube("POST", `${pods(namespace)}?dryRun=All`, { body })).status;
    await expect.poll(refused).toBe(422);
    await deploy(world, "web", { namespace });
    await expect
      .poll(async () => ((await statusOf("web", namespace)).problems as readonly object[])[0])
      .toMatchObject({ reason: "AdmissionDenied", message: expect.stringContaining("images need a digest") });
  });
