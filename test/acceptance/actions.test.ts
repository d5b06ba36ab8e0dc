/** The built function's actions, with the controllers of either backend. */
import { expect } from "vitest";
import { failing } from "./backend.ts";
import { deploymentSpec } from "./client/objects.ts";
import { type Actions, allow, type Rollout, rollouts, startActions } from "./support/actions.ts";
import { deployments, make } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const allowed = [
  ...["create", "status"]
    .flatMap((action) => allow(action, "deployments"))
    .map((one) => ({ ...one, namespace: "hard" })),
  ...["set-image", "undo", "restart", "status"].flatMap((action) => allow(action, ...rollouts)),
  ...allow("scale", "deployments", "statefulsets"),
  ...["run-job", "suspend"].flatMap((action) => allow(action, "cronjobs")),
  ...["apply", "delete"].flatMap((action) => allow(action, "configmaps")),
];

let actions: Actions;
test.beforeAll(async ({ world }) => {
  actions = await startActions(world, allowed);
});
test.afterAll(() => actions.stop());
const run: Actions["run"] = (...asked) => actions.run(...asked);

const apps = (resource: string) => `/apis/apps/v1/namespaces/default/${resource}`;

async function deploy({ backend }: World, resource: Rollout, name: string): Promise<void> {
  const { replicas, selector, template } = deploymentSpec("web:1", 2);
  const own = { matchLabels: { app: name } };
  const labelled = { ...template, metadata: { labels: own.matchLabels } };
  const spec = {
    selector: { ...selector, ...own },
    template: labelled,
    ...(resource !== "daemonsets" && { replicas }),
  };
  await make(backend, apps(resource), { metadata: { name }, spec });
  const state = () => run({ action: "status", resource, name }).then(({ state }) => state);
  await expect.poll(state).toBe("complete");
}

test.for(rollouts)("%s: set an image, undo it and restart, each once for a request", async (resource, { world }) => {
  const name = `web-${resource}`;
  await deploy(world, resource, name);
  const generation = async () =>
    (await world.backend.kube("GET", `${apps(resource)}/${name}`)).body.metadata.generation as number;
  const about = { resource, name, wait: true };
  const answers = [
    [
      { action: "set-image", image: "web:2" },
      { action: "updated", from: { web: "web:1" } },
    ],
    [{ action: "undo" }, { action: "undone", from: 2, revision: 1 }],
    [{ action: "restart" }, { action: "restarted" }],
  ] as const;
  for (const [event, answer] of answers) {
    const before = await generation();
    for (const _ of ["first", "retry"])
      expect(await run({ ...about, ...event }, event.action + resource)).toMatchObject({
        ...answer,
        rollout: "complete",
      });
    // A Deployment's generation also counts its annotations, in one write with the template.
    expect(await generation()).toBe(before + 1);
    if (event.action === "undo")
      await expect(run({ ...about, ...event })).rejects.toMatchObject({ name: "AlreadyUndone" });
  }
});

test.for(rollouts)("%s: kubectl's undo is not undone", async (resource, { world }) => {
  const name = `by-hand-${resource}`;
  const path = `${apps(resource)}/${name}`;
  await deploy(world, resource, name);
  const { template } = (await world.backend.kube("GET", path)).body.spec;
  const [container] = template.spec.containers;
  const changed = { ...template, spec: { ...template.spec, containers: [{ ...container, image: "web:2" }] } };
  for (const next of [changed, template]) {
    // A revision's age is in seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const body = { spec: { template: next } };
    await world.backend.kube("PATCH", path, { body, contentType: "application/merge-patch+json" });
    const state = () => run({ action: "status", resource, name }).then(({ state }) => state);
    await expect.poll(state).toBe("complete");
  }
  await expect(run({ action: "undo", resource, name })).rejects.toMatchObject({ name: "AlreadyUndone" });
  expect(await run({ action: "undo", resource, name, revision: 2 })).toMatchObject({ revision: 2 });
});

test("create comes up in a hardened namespace when told how, and is explained when not", async ({ world }) => {
  const { backend } = world;
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  const quota = { metadata: { name: "small" }, spec: { hard: { "requests.cpu": "500m", "limits.memory": "128Mi" } } };
  await make(backend, "/api/v1/namespaces", { metadata: { name: "hard", labels } });
  await make(backend, "/api/v1/namespaces/hard/resourcequotas", quota);
  const resources = { requests: { cpu: "100m" }, limits: { memory: "32Mi" } };
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const create = (name: string, more: object) =>
    run({ action: "create", resource: "deployments", namespace: "hard", name, replicas: 1, ...more });
  const status = (name: string) => run({ action: "status", resource: "deployments", namespace: "hard", name });
  const problem = async (name: string) => ((await status(name)).problems as readonly object[])[0];
  expect(await create("plain", { resources })).toMatchObject({
    warnings: [
      expect.stringMatching(/^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/),
    ],
  });
  await create("greedy", { securityContext, resources: { ...resources, requests: { cpu: "2" } } });
  const ports = [{ containerPort: 8080 }];
  const told = { image: "web:1", resources, securityContext, ports, imagePullSecrets: [{ name: "registry" }] };
  expect(await create("told", told)).toMatchObject({ action: "created" });
  await expect.poll(async () => (await status("told")).state).toBe("complete");
  await expect
    .poll(() => problem("plain"))
    .toMatchObject({
      reason: "PodSecurity",
      message: expect.stringMatching(/must set securityContext\.runAsNonRoot=true/),
    });
  await expect
    .poll(() => problem("greedy"))
    .toMatchObject({
      reason: "QuotaExceeded",
      message: expect.stringMatching(/exceeded quota: small, requested: requests\.cpu=2,/),
    });
});

test("scale, and status of what it is then", async ({ world }) => {
  await deploy(world, "deployments", "scaled");
  const about = { resource: "deployments", name: "scaled" };
  expect(await run({ action: "scale", ...about, replicas: 3, from: 2, wait: true })).toMatchObject({ available: 3 });
  expect(await run({ action: "scale", ...about, replicas: 3 })).toMatchObject({ action: "unchanged" });
  await expect(run({ action: "scale", ...about, replicas: 1, from: 2 })).rejects.toMatchObject({ name: "Conflict" });
  expect(await run({ action: "status", ...about })).toMatchObject({ state: "complete", problems: [] });
});

test("a rollout that does not come is explained", async ({ world: { backend } }) => {
  const spec = deploymentSpec("web:1");
  const pinned = { ...spec.template.spec, nodeSelector: { disk: "none" } };
  const body = { metadata: { name: "stuck" }, spec: { ...spec, template: { ...spec.template, spec: pinned } } };
  await make(backend, deployments("default"), body);
  const restart = { action: "restart", resource: "deployments", name: "stuck", wait: true };
  await expect(run(restart, "stuck", 9_000)).rejects.toMatchObject({
    name: "Timeout",
    message: expect.stringMatching(/Pod stuck-.*, Unschedulable: 0\/\d+ nodes are available/),
  });
});

test("run a Job of a CronJob, whose failure is explained", async ({ world: { backend } }) => {
  await backend.failWith("migrating\nno such table\n");
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "job", image: failing.image }] } };
  const jobTemplate = { spec: { backoffLimit: 0, template } };
  const spec = { schedule: "0 0 1 1 *", jobTemplate };
  await make(backend, "/apis/batch/v1/namespaces/default/cronjobs", { metadata: { name: "nightly" }, spec });
  expect(await run({ action: "suspend", name: "nightly" })).toMatchObject({ action: "suspended" });
  const job = { action: "run-job", from: "nightly", wait: true };
  const failure = { name: "JobFailed", message: expect.stringMatching(/exit code 3\b[\s\S]*\| no such table/) };
  await expect(run(job, "job")).rejects.toMatchObject(failure);
  await expect(run(job, "job")).rejects.toMatchObject(failure);
  const { body } = await backend.kube("GET", "/apis/batch/v1/namespaces/default/jobs");
  expect(body.items).toHaveLength(1);
});

test("apply, prune and delete", async ({ world: { backend } }) => {
  const configMap = (name: string, value: string) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name } },
    data: { value },
  });
  const apply = async (...manifests: readonly object[]) => {
    const { objects, pruned } = await run({ action: "apply", manifests, prune: "flags" });
    return [(objects as readonly { readonly action: string }[]).map(({ action }) => action), pruned];
  };
  expect(await apply(configMap("one", "1"), configMap("two", "1"))).toEqual([["created", "created"], []]);
  expect(await apply(configMap("one", "1"), configMap("two", "2"))).toEqual([["unchanged", "updated"], []]);
  const pruned = [{ kind: "ConfigMap", namespace: "default", name: "one" }];
  expect(await apply(configMap("two", "2"))).toEqual([["unchanged"], pruned]);
  const special = " \x7f \x80 \x85 \xe4 \u2028 \ufffe \u{1f600} ";
  await apply(configMap("two", special));
  expect((await backend.kube("GET", "/api/v1/namespaces/default/configmaps/two")).body.data).toEqual({
    value: special,
  });
  const remove = { action: "delete", resource: "configmaps", name: "two", wait: true };
  expect(await run(remove)).toMatchObject({ objects: [{ action: "deleted" }] });
  expect(await run(remove)).toMatchObject({ objects: [{ action: "unchanged" }] });
});
