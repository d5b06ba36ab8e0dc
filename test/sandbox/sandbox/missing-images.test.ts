/** Images named `missing/…` fail as on a node, and a rollout with them. */
import { expect, test } from "vitest";
import { missingReference } from "../../../src/sandbox/kube/controllers/images.ts";
import { kinds } from "../../../src/sandbox/kube/kinds.ts";
import { manualClock, sandboxApi } from "../../e2e/fuzz/sandbox.ts";

test.each([
  ["missing/web", "docker.io/missing/web:latest"],
  ["missing/web:2", "docker.io/missing/web:2"],
  ["missing/team/web@sha256:0", "docker.io/missing/team/web@sha256:0"],
  ["docker.io/missing/web:2", "docker.io/missing/web:2"],
  ["missing", undefined],
  ["missing.example.com/web", undefined],
  ["registry.example.com/missing/web", undefined],
])("%s is %s", (image, reference) => expect(missingReference(image)).toBe(reference));

const most = 10_000;
const pulling =
  'failed to pull and unpack image "docker.io/missing/web:2": failed to resolve reference "docker.io/missing/web:2": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';

/** A Deployment whose template has these containers. */
async function deployed(containers: object) {
  const clock = manualClock();
  const api = sandboxApi(clock);
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: containers };
  const spec = { replicas: 1, progressDeadlineSeconds: 60, selector: { matchLabels: labels }, template };
  const body = JSON.stringify({ metadata: { name: "web" }, spec });
  const path = "/apis/apps/v1/namespaces/default/deployments";
  expect(await api.ask({ method: "POST", path, body, contentType: "application/json" })).toMatchObject({ status: 201 });
  const pod = () => api.store.list(kinds.pods, "default")[0];
  const events = () =>
    api.store
      .list(kinds.events)
      .filter(({ involvedObject, source }) => involvedObject.kind === "Pod" && source?.component === "kubelet")
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  return { clock, api, pod, events };
}

test("the pull fails, then the kubelet backs off, then the rollout's deadline is over", async () => {
  const { clock, api, pod, events } = await deployed({ containers: [{ name: "main", image: "missing/web:2" }] });
  clock.settle(5_000, most);
  expect(pod()?.status).toMatchObject({
    phase: "Pending",
    containerStatuses: [{ ready: false, state: { waiting: { reason: "ErrImagePull", message: pulling } } }],
  });
  const first = [
    'Normal Pulling Pulling image "missing/web:2"',
    `Warning Failed Failed to pull image "missing/web:2": ${pulling}`,
    "Warning Failed Error: ErrImagePull",
  ];
  expect(events().toSorted()).toEqual(first.toSorted());
  clock.settle(6_000, most);
  const backingOff = 'Back-off pulling image "missing/web:2"';
  const message = `${backingOff}: ErrImagePull: ${pulling}`;
  expect(pod()?.status.containerStatuses).toMatchObject([
    { ready: false, state: { waiting: { reason: "ImagePullBackOff", message } } },
  ]);
  const all = [...first, `Normal BackOff ${backingOff}`, "Warning Failed Error: ImagePullBackOff"];
  expect(events().toSorted()).toEqual(all.toSorted());
  clock.settle(60_000, most);
  expect(events()).toHaveLength(all.length);
  const [deployment] = api.store.list(kinds.deployments);
  expect(deployment?.status.conditions).toContainEqual(
    expect.objectContaining({ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }),
  );
});

test("an init container's image", async () => {
  const { clock, pod } = await deployed({
    initContainers: [{ name: "first", image: "missing/web:2" }],
    containers: [{ name: "main", image: "nginx" }],
  });
  clock.settle(20_000, most);
  expect(pod()?.status).toMatchObject({
    phase: "Pending",
    initContainerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } } }],
    containerStatuses: [{ state: { waiting: { reason: "PodInitializing" } } }],
  });
});
