/** `eks-lambda invoke ACTION`, in this process, with a function that may do more than the default. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { invoke } from "../../../src/cli/commands/invoke.ts";
import { asAnswered, forLambda } from "../../../src/core/actions/function-error.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { allowedOf, callerOf } from "../support/actions.ts";
import { useSetup } from "../support/setup-in-process.ts";

const allowed = allowedOf(
  ...["restart:deployments", "set-image:deployments", "status:deployments", "scale:deployments", "scale:statefulsets"],
  ...["run-job:cronjobs", "status:jobs"],
);
/** The codes of invocations that failed, which set off alarms. */
let failures: string[] = [];
beforeEach(() => {
  failures = [];
});

/** The handler, as Lambda reports its errors. */
const runtime = () => async (event: unknown, requestId: string) => {
  try {
    return { failed: false, payload: JSON.stringify(await call(event as object, { requestId, allowed })) };
  } catch (error) {
    const thrown = error instanceof EksLambdaError ? forLambda(error) : (error as Error);
    failures.push(thrown.name);
    return { failed: true, payload: JSON.stringify(asAnswered(thrown)) };
  }
};
const used = useSetup({ runtime });
const { kube, sandbox, apply } = used;
const call = callerOf(used);

const shown = { stdout: "", stderr: "" };
beforeEach(async () => {
  await apply("present");
  for (const stream of ["stdout", "stderr"] as const) {
    shown[stream] = "";
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      shown[stream] += text;
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  process.removeAllListeners("SIGINT");
});

const labels = { app: "web" };
const spec = {
  replicas: 2,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
};
const path = "/apis/apps/v1/namespaces/default/deployments";

async function deploy(more: object = {}): Promise<void> {
  const body = { metadata: { name: "web" }, spec: { ...spec, ...more } };
  expect(await kube("POST", path, { body })).toMatchObject({ status: 201 });
  const isReady = async () => (await kube("GET", `${path}/web`)).body.status?.availableReplicas;
  await expect.poll(isReady).toBe(2);
}

/** Without what differs between runs. */
const neutral = (text: string): string =>
  text
    .replace(/\bweb-[a-z0-9]+-[a-z0-9]+/g, "web-POD")
    .replace(/ +\d+s$/gm, "  AGE")
    .replace(/^.*waiting for.*\n/gm, "");

test("restart --wait shows the change, then the rollout", async () => {
  await deploy();
  await invoke(["restart", "deploy/web"], { wait: true });
  expect(neutral(shown.stdout)).toBe(`restarted Deployment default/web
see it with: kubectl get deployment web --namespace default
✔ Deployment default/web is complete
  2 replicas, 2 updated, 2 ready, 2 available
  ✔ web-POD  Running  AGE
  ✔ web-POD  Running  AGE
`);
  expect(shown.stderr).toMatch(/✔ Deployment default\/web \d.* s\n$/);
});

const breaking = { set: ["image=web:2"], wait: true };

test("a rollout that is not complete in time is an error", async () => {
  await deploy();
  sandbox().images.set("web:2", { waiting: { reason: "ImagePullBackOff" } });
  await expect(invoke(["set-image", "deployments/web"], { ...breaking, timeout: "4" })).rejects.toMatchObject({
    code: "Timeout",
    message: expect.stringMatching(
      /^Deployment "web" is not complete after 4 s: .*\nPod web-.*, container "web" of web:2, ImagePullBackOff/,
    ),
  });
  expect(shown.stdout).toMatch(/^~ Deployment default\/web is progressing: /m);
});

test("a rollout that fails is shown with its reasons, and is an error", async () => {
  await deploy({ progressDeadlineSeconds: 3 });
  sandbox().images.set("web:2", { exitCode: 3, log: "no database\n" });
  await expect(invoke(["set-image", "deployments/web"], breaking)).rejects.toMatchObject({
    code: "RolloutFailed",
    hint: "kubectl rollout undo deployment/web --namespace default",
  });
  expect(shown.stdout).toMatch(/^✖ Deployment default\/web is failed: /m);
  expect(neutral(shown.stdout)).toMatch(/^ {2}✖ web-POD /m);
  expect(shown.stdout).toMatch(/^why\n {2}\S+.*, exit code 3 {2}Pod web-.*container "web" of web:2$/m);
  expect(shown.stdout).toContain("    | no database\n");
});

test("--json --wait prints the change with the last status", async () => {
  await deploy();
  await invoke(["scale", "deployments/web"], { set: ["replicas=3"], wait: true, json: true });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    ...{ action: "scaled", replicas: 3, from: 2 },
    status: { state: "complete", replicas: { availableReplicas: 3 } },
  });
});

test("status shows the picture once", async () => {
  await deploy();
  await invoke(["status", "deployments/web"], {});
  expect(shown.stdout).toMatch(/^✔ Deployment default\/web is complete\n/);
});

test("run-job --wait waits for the Job, and names it", async () => {
  const body = {
    metadata: { name: "nightly" },
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "job:1" }] } } },
      },
    },
  };
  sandbox().images.set("job:1", { exitCode: 0, log: "done\n" });
  expect(await kube("POST", "/apis/batch/v1/namespaces/default/cronjobs", { body })).toMatchObject({ status: 201 });
  await invoke(["run-job", "cronjob/nightly"], { wait: true });
  expect(shown.stdout).toMatch(/^created Job default\/nightly-[0-9a-f]{10}\n/);
  expect(shown.stdout).toMatch(/^✔ Job default\/nightly-[0-9a-f]{10} is complete$/m);
  expect(failures).toEqual([]);
});

test("--wait is refused before anything is done where status is not allowed", async () => {
  await expect(invoke(["scale", "sts/db"], { set: ["replicas=3"], wait: true })).rejects.toMatchObject({
    code: "NotAllowed",
    message: expect.stringMatching(/^nothing was done, because --wait needs the status: `status` of statefulsets/),
    hint: expect.stringMatching(/ --allow status:statefulsets\.apps\/db$/),
  });
  await expect(invoke(["set-image", "ds/log"], { set: ["image=log:2"], wait: true })).rejects.toMatchObject({
    hint: expect.stringMatching(/ --allow status:daemonsets\.apps\/log$/),
  });
  await expect(invoke(["undo", "sts/db"], { wait: true })).rejects.toMatchObject({
    hint: expect.stringMatching(/ --allow status:statefulsets\.apps\/db --allow undo:statefulsets\.apps\/db$/),
  });
});

describe("refuses", () => {
  test.each([
    ["--event beside an action", ["restart", "deployments/web", { event: "{}" }], "FlagWithoutEffect"],
    ["--wait on an action without a rollout", ["suspend", "cronjobs/web", { wait: true }], "FlagWithoutEffect"],
    [
      "--wait on several objects",
      ["apply", undefined, { set: ['manifests=[{"kind":"x"}]'], wait: true }],
      "FlagWithoutEffect",
    ],
    ["--timeout without --wait", ["restart", "deployments/web", { timeout: "5" }], "FlagWithoutEffect"],
    ["an unknown action", ["resart", "deployments/web", {}], "InvalidEvent"],
    ["an unknown field", ["restart", "deployments/web", { set: ["replicas=1"] }], "InvalidEvent"],
    ["an action without its object", ["restart", undefined, {}], "InvalidEvent"],
    ["what was not allowed", ["undo", "deployments/web", {}], "NotAllowed"],
  ] as const)("%s", async (_, [action, target, flags], code) =>
    expect(
      invoke(
        [action, target].flatMap((word) => word ?? []),
        flags,
      ),
    ).rejects.toMatchObject({ code }),
  );
});
