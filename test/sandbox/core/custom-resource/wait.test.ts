/** `Wait`: for rollouts and Jobs. */
import { beforeEach, expect, test } from "vitest";
import { allowedOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { resourceOf } from "../../support/stack.ts";

const used = useSandbox();
const { kube } = used;
const allowed = allowedOf(...["deployments", "jobs"].flatMap((one) => [`apply:${one}`, `delete:${one}`]));
const resource = (more: readonly ReturnType<typeof allowedOf>[number][] = []) =>
  resourceOf(used)("Web", { allowed: [...allowed, ...more] });

const pod = (image: string, more = {}) => ({ spec: { containers: [{ name: "web", image }], ...more } });
const deployment = (image: string) => {
  const labels = { app: "web" };
  const template = { metadata: { labels }, ...pod(image) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  };
};
const job = (image: string) => ({
  ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate" } },
  spec: { backoffLimit: 0, template: pod(image, { restartPolicy: "Never" }) },
});
const waiting = (manifest: object, Wait = "10") => ({ Manifest: JSON.stringify(manifest), Wait });
const missing = "web:bad";
beforeEach(() => {
  const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
  used.sandbox().images.set(missing, { waiting });
});

test("a create waits until a Deployment is rolled out", async () => {
  expect(await resource().create(waiting(deployment("nginx")))).toMatchObject({ Status: "SUCCESS" });
  const { body } = await kube("GET", "/apis/apps/v1/namespaces/default/deployments/web");
  expect(body.status.availableReplicas).toBe(2);
});

test("a create waits until a Job is complete", async () => {
  expect(await resource().create(waiting(job("busybox")))).toMatchObject({ Status: "SUCCESS" });
  const { body } = await kube("GET", "/apis/batch/v1/namespaces/default/jobs/migrate");
  expect(body.status.succeeded).toBe(1);
});

test("a rollout that does not come fails the create, which leaves nothing", async () => {
  const web = resource();
  const created = await web.create(waiting(deployment(missing), "1"));
  expect(created).toMatchObject({
    Status: "FAILED",
    Reason: expect.stringMatching(/^Timeout: .*deployments.apps "web"/),
  });
  expect(created.PhysicalResourceId).toMatch(/not-created/);
  expect((await kube("GET", "/apis/apps/v1/namespaces/default/deployments/web")).status).toBe(404);
});

test("where `status` is allowed, the reason says what the Pods lack", async () => {
  const { Reason } = await resource(allowedOf("status:deployments")).create(waiting(deployment(missing), "4"));
  expect(Reason).toMatch(/^Timeout: .*container "web" of web:bad, ImagePullBackOff: Back-off pulling image/s);
});

test("a Create that is repeated late finds what it made, though less time is left than `Wait`", async () => {
  const web = resource();
  const event = web.event("Create", { ...waiting(deployment("web:1"), "20"), ServiceTimeout: 30 });
  const more = { remainingMs: 60_000 };
  expect(await web.send(event, more)).toMatchObject({ Status: "SUCCESS" });
  const at = new Date(Date.now() - 15_000).toISOString().replace(/[-:]|\.\d+/g, "");
  const late = { ...event, ResponseURL: `${event.ResponseURL}&X-Amz-Date=${at}` };
  expect(await web.send(late, more)).toMatchObject({ Status: "SUCCESS" });
});
