import { describe, expect, test, vi } from "vitest";
import {
  failedContainers,
  finished,
  restartedNow,
  rolledOut,
  succeeded,
  type Workload,
} from "../../../../src/core/kube/workloads.ts";

const deployment = (status: Workload["status"], generation = 1): Workload => ({
  kind: "Deployment",
  metadata: { name: "web", generation },
  spec: { replicas: 2 },
  ...(status && { status: { observedGeneration: 1, ...status } }),
});

describe("a rollout", () => {
  test.each<[string, Workload]>([
    ["its controller has not seen it yet", deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, 2)],
    ["1 of 2 replicas are updated", deployment({ replicas: 3, updatedReplicas: 1, availableReplicas: 3 })],
    ["1 old replicas still run", deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 3 })],
    ["1 of 2 replicas are available", deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 1 })],
    [
      "0 of 3 replicas are available",
      { kind: "DaemonSet", status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3 } },
    ],
    [
      "0 of 1 replicas are updated",
      { kind: "StatefulSet", spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } } },
    ],
  ])("waits while %s", (missing, workload) => {
    expect(rolledOut(workload)).toBe(false);
    expect(rolledOut.describe?.(workload)).toBe(missing);
  });

  test.each<Workload>([
    deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 }),
    { kind: "DaemonSet", status: { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 } },
    { kind: "StatefulSet", spec: { replicas: 1 }, status: { updatedReplicas: 1, readyReplicas: 1 } },
  ])("is done: %j", (workload) => expect(rolledOut(workload)).toBe(true));

  test("whose progress deadline is exceeded has failed", () =>
    expect(() =>
      rolledOut(
        deployment({
          updatedReplicas: 1,
          conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
        }),
      ),
    ).toThrow(expect.objectContaining({ code: "RolloutFailed" })));
});

test.each([
  ["Complete", true, true],
  ["Failed", true, false],
  ["SuccessCriteriaMet", false, false],
])("a Job with the condition %s", (type, isFinished, isSucceeded) => {
  const job = { kind: "Job", status: { conditions: [{ type, status: "True" }] } };
  expect([finished(job), succeeded(job)]).toEqual([isFinished, isSucceeded]);
});

test("failed containers are listed with their reasons", () =>
  expect(
    failedContainers({
      status: {
        initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 0, reason: "Completed" } } }],
        containerStatuses: [
          { name: "starts", state: { waiting: { reason: "ContainerCreating" } } },
          { name: "image", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
          {
            name: "crash",
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
          },
          { name: "exit", state: { terminated: { exitCode: 2 } } },
        ],
      },
    }),
  ).toEqual([
    { container: "image", reason: "ImagePullBackOff", message: "no such image" },
    { container: "crash", reason: "OOMKilled", exitCode: 137 },
    { container: "exit", reason: "Error", exitCode: 2 },
  ]));

test("a restart sets the annotation of `kubectl rollout restart` to the current time", () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-02T03:04:05Z") });
  try {
    expect(restartedNow()).toEqual({
      spec: {
        template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-02T03:04:05.000Z" } } },
      },
    });
  } finally {
    vi.useRealTimers();
  }
});
