/** Which images a pattern of `--allow-image` allows, and what each action does with the others. */
import { describe, expect, test } from "vitest";
import { onlyImages } from "../../../../src/core/actions/allowed.ts";
import { allowsImage, imagesIn } from "../../../../src/core/actions/images.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const registry = "registry.example.com";
const digest = `sha256:${"0a".repeat(32)}`;

describe("a pattern allows", () => {
  test.each([
    ["nginx", "nginx"],
    ["nginx", "nginx:1.27"],
    ["nginx", "docker.io/library/nginx:1.27"],
    ["nginx", `index.docker.io/library/nginx@${digest}`],
    ["docker.io/team/*", "team/app"],
    ["nginx:latest", "nginx"],
    ["nginx:1.*", "nginx:1.27.3"],
    [`${registry}/*`, `${registry}/app:1`],
    [`${registry}/*/*`, `${registry}/team/app`],
    [`${registry}:5000/app`, `${registry}:5000/app:1`],
    ["*.dkr.ecr.*.amazonaws.com/app", "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"],
    [`${registry}/app@sha256:*`, `${registry}/app@${digest}`],
    [`${registry}/app@sha256:*`, `${registry}/app:1@${digest}`],
    [`${registry}/app@${digest}`, `${registry}/app@${digest}`],
    ["localhost/app", "localhost/app:1"],
    ["*", "nginx:1"],
  ])("%s: %s", (pattern, image) => expect(allowsImage(pattern, image)).toBe(true));
});

describe("a pattern does not allow", () => {
  test.each([
    ["another tag", "nginx:1", "nginx:2"],
    ["a digest, which counts more than the tag", "nginx:1", `nginx:1@${digest}`],
    ["a tag where a digest is demanded", `${registry}/app@sha256:*`, `${registry}/app:1`],
    ["an image without either", `${registry}/app@sha256:*`, `${registry}/app`],
    ["another digest", `${registry}/app@${digest}`, `${registry}/app@sha256:1b`],
    ["a deeper path", `${registry}/*`, `${registry}/team/app`],
    ["another registry", "nginx", `${registry}/nginx`],
    ["another registry that ends alike", `${registry}/app`, `evil.${registry}/app`],
    ["another registry that begins alike", `${registry}*/app`, `${registry}.evil.io/app`],
    ["another port", `${registry}/app`, `${registry}:5000/app`],
    ["a port that looks like a tag", "app:*", "app:5000/evil"],
    ["every registry, for a star is a path of Docker Hub", "*/app", `${registry}/app`],
    ["every registry", "*", `${registry}/app`],
    ["Docker Hub's others", "nginx", "team/nginx"],
    ["upper case, which names another registry", "team/app", "Team/app"],
    ["upper case in the host", `${registry}/app`, "Registry.example.com/app"],
    ["a character for a dot", "registry.example.com/app", "registryxexample.com/app"],
    ["a text that names no image", "*", ""],
    ["two digests", `${registry}/app@sha256:*`, `${registry}/app@${digest}@${digest}`],
    ["a line end", "nginx:1", "nginx:1\n"],
    ["a path without an end", `${registry}/*`, `${registry}/`],
    ["a path without a beginning", "*/app", "/app"],
    ["a path with a hole", `${registry}/*/*`, `${registry}//app`],
    ["Docker Hub's path without an end", "good/*", "good/"],
    ["a digest with a path", `${registry}/app@sha256:*`, `${registry}/app@sha256:0a/b`],
  ])("%s", (_, pattern, image) => expect(allowsImage(pattern, image)).toBe(false));
});

test("a manifest's images are those of all containers, image volumes and custom resources", () => {
  const containers = (image: string) => [{ name: "one", image }];
  const spec = {
    ...{ initContainers: containers("init"), containers: containers("web"), ephemeralContainers: containers("debug") },
    volumes: [{ name: "model", image: { reference: "model" } }],
  };
  expect(imagesIn({ kind: "CronJob", spec: { jobTemplate: { spec: { template: { spec } } } } })).toEqual([
    "init",
    "web",
    "debug",
    "model",
  ]);
  expect(imagesIn({ kind: "Prometheus", spec: { image: "prometheus" } })).toEqual(["prometheus"]);
  const nested = { image: { reference: "outer", init: [{ image: "inner" }] } };
  expect(imagesIn({ kind: "Widget", spec: nested })).toEqual(["outer", "inner"]);
  expect(imagesIn({ kind: "CustomResourceDefinition", spec: { properties: { image: { type: "string" } } } })).toEqual(
    [],
  );
});

describe("the function", () => {
  const used = useSandbox();
  const { kube, sandbox } = used;
  const call = callerOf(used);
  const patterns = ["web", `${registry}/app@sha256:*`];
  const actions = ["create", "set-image", "undo", "apply", "restart"].map((action) => `${action}:deployments`);
  const allowed = onlyImages(allowedOf(...actions, "run-job:jobs", "run-job:cronjobs", "set-image:cronjobs"), patterns);
  const run = (event: object) => call(event, { allowed });

  const template = (image: string, more = {}) => ({
    metadata: { labels: { app: "web" } },
    spec: { ...more, containers: [{ name: "web", image }] },
  });
  const deployment = (image: string, more = {}) => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
    spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: template(image, more) },
  });
  const job = (image: string) => ({ kind: "Job", spec: { template: template(image, { restartPolicy: "Never" }) } });
  const bad = [{ name: "bad", image: "evil" }];
  const set = { action: "set-image", resource: "deployments", name: "web" };

  test.each<readonly [string, object, string]>([
    ["create", { action: "create", image: "evil" }, "evil"],
    ["create without an image", { action: "create" }, "nginx:1.12"],
    ["set-image", { ...set, image: "evil" }, "evil"],
    ["set-image of one of several", { ...set, images: { web: "web:2", bad: "evil" } }, "evil"],
    ["apply", { action: "apply", manifests: [deployment("web:1"), deployment("evil")] }, "evil"],
    [
      "apply, in an init container",
      { action: "apply", manifests: [deployment("web:1", { initContainers: bad })] },
      "evil",
    ],
    ["run-job", { action: "run-job", resource: "jobs", manifest: job("evil") }, "evil"],
  ])("%s is refused before any request, with the command that allows it", async (_, event, image) => {
    sandbox().requests.length = 0;
    await expect(run(event)).rejects.toMatchObject({
      name: "ImageNotAllowed",
      message:
        `the image "${image}" is not allowed for this function, which allows ${patterns.join(", ")}\n` +
        `hint: eks-lambda setup --allow-image web '${registry}/app@sha256:*' ${image.includes(":") ? image : `${image}:latest`}`,
    });
    expect(sandbox().requests).toEqual([]);
  });

  test("set-image does not roll back to what is not allowed, and says so before it writes", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments";
    await kube("POST", path, { body: deployment("evil") });
    const all = onlyImages(allowedOf("set-image:deployments", "status:deployments"), patterns);
    const event = { ...set, image: "web:2", wait: true, rollback: true };
    await expect(call(event, { allowed: all })).rejects.toMatchObject({ name: "ImageNotAllowed" });
    const now = async () => (await kube("GET", `${path}/web`)).body.spec.template.spec.containers[0].image;
    expect(await now()).toBe("evil");
    expect(await call({ ...event, rollback: false }, { allowed: all })).toMatchObject({ rollout: "complete" });
    expect(await now()).toBe("web:2");
  });

  test("undo and run-job do not bring back what was there before, restart does not ask", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments";
    expect((await kube("POST", path, { body: deployment("evil") })).status).toBe(201);
    const sets = "/apis/apps/v1/namespaces/default/replicasets";
    await expect.poll(async () => (await kube("GET", sets)).body.items).toHaveLength(1);
    await run({ ...set, image: "web:2" });
    await expect.poll(async () => (await kube("GET", sets)).body.items).toHaveLength(2);
    await expect(run({ action: "undo", name: "web" })).rejects.toMatchObject({ name: "ImageNotAllowed" });
    await run({ action: "restart", name: "web" });
    const spec = { schedule: "0 0 * * *", jobTemplate: job("evil") };
    await kube("POST", "/apis/batch/v1/namespaces/default/cronjobs", { body: { metadata: { name: "nightly" }, spec } });
    await expect(run({ action: "run-job", from: "nightly" })).rejects.toMatchObject({ name: "ImageNotAllowed" });
    await run({ action: "set-image", resource: "cronjobs", name: "nightly", image: `${registry}/app@${digest}` });
    expect(await run({ action: "run-job", from: "nightly" })).toMatchObject({ action: "created" });
  });
});
