/** A cluster that is gone leaves nothing behind that runs: a worker, or a user's tests, may start hundreds. */
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/sandbox/clock.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { aliveSince } from "../../support/alive.ts";
import { kubeOf } from "../support/meddling.ts";

/** Timers that have neither run nor been cancelled. */
const waiting = new Set<object>();
const clock = {
  ...systemClock,
  after(ms: number, run: () => void) {
    const timer = {};
    waiting.add(timer);
    const cancel = systemClock.after(ms, () => {
      waiting.delete(timer);
      run();
    });
    return () => {
      waiting.delete(timer);
      cancel();
    };
  },
};

const deployment = {
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
};

test.each(["reset", "recreate", "stop"] as const)("%s cancels what controllers wait for", async (end) => {
  const sandbox = await startSandbox({ clock });
  onTestFinished(sandbox.stop);
  const kube = kubeOf(sandbox);
  const path = "/apis/apps/v1/namespaces/default/deployments";
  await kube.request({ method: "POST", path, body: deployment });
  await expect.poll(() => kube.request({ path: `${path}/web` })).toMatchObject({ status: { availableReplicas: 1 } });
  // The Deployment's deadline of ten minutes.
  expect(waiting.size).toBeGreaterThan(0);
  await sandbox[end]();
  expect(waiting.size).toBe(0);
});

test("stop closes connections that have not finished their handshake", async () => {
  const sandbox = await startSandbox();
  onTestFinished(sandbox.stop);
  // Those of the tests above take a moment to close.
  await expect.poll(() => process.getActiveResourcesInfo()).not.toContain("TCPSocketWrap");
  const left = aliveSince();
  const client = connect(Number(new URL(sandbox.cluster.endpoint).port), "127.0.0.1");
  client.on("error", () => {}).unref();
  await expect.poll(left).toContain("1 TCPSocketWrap");
  await sandbox.stop();
  await expect.poll(() => client.destroyed).toBe(true);
  expect(left()).toBe("");
});
