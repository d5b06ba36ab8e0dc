/** What a controller writes into the status of each kind. */
import type { Random } from "../random.ts";

const time = "2026-01-01T00:00:00Z";
const condition = (random: Random, type: string): object => ({
  type,
  status: random.pick(["True", "False", "Unknown"]),
  ...random.some({ reason: "Tested", message: "a test", lastTransitionTime: time }),
});
const counts = (random: Random): object => ({
  replicas: random.below(3),
  ...random.some({ observedGeneration: random.below(3), readyReplicas: 0, availableReplicas: 0 }),
});

const byKind: Readonly<Record<string, (random: Random) => object>> = {
  Deployment: (random) => ({
    ...counts(random),
    ...random.some({ conditions: [condition(random, "Available")], updatedReplicas: 0 }),
  }),
  ReplicaSet: counts,
  StatefulSet: (random) => ({ ...counts(random), ...random.some({ currentRevision: "web-1" }) }),
  DaemonSet: (random) => ({
    currentNumberScheduled: 1,
    numberMisscheduled: 0,
    desiredNumberScheduled: random.below(3),
    numberReady: 0,
  }),
  Job: (random) => random.some({ active: 1, startTime: time, ready: 0 }),
  CronJob: (random) => random.some({ lastScheduleTime: time }),
  Pod: (random) => ({
    phase: random.pick(["Pending", "Running", "Failed"]),
    ...random.some({ conditions: [condition(random, "Ready"), condition(random, "Initialized")], message: "a test" }),
  }),
  Node: (random) => random.some({ conditions: [condition(random, "Ready")], capacity: { cpu: "2" } }),
  Namespace: (random) => ({ phase: random.pick(["Active", "Terminating"]) }),
  Service: (random) => random.some({ loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } }),
  Ingress: (random) => random.some({ loadBalancer: { ingress: [{ hostname: "a.example" }] } }),
  ResourceQuota: () => ({ hard: { pods: "10" }, used: { pods: "1" } }),
  PodDisruptionBudget: (random) => ({
    disruptionsAllowed: random.below(2),
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
    ...random.some({
      observedGeneration: 1,
      conditions: [{ ...condition(random, "DisruptionAllowed"), reason: "Any" }],
    }),
  }),
  Gadget: (random) => ({
    replicas: random.below(3),
    ...random.some({ phase: "Ready", conditions: [condition(random, "Ready")] }),
  }),
};

export const statusOf = (kind: string, random: Random): object => byKind[kind]?.(random) ?? {};
