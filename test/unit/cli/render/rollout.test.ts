import { expect, test } from "vitest";
import { renderResult } from "../../../../src/cli/render/invocation.ts";
import { age } from "../../../../src/cli/render/rollout.ts";

const now = Date.parse("2026-01-31T12:00:00Z");
const rendered = (result: unknown) => renderResult(result, now).shown;
const status = {
  ...{ action: "status", kind: "Deployment", namespace: "shop", name: "web" },
  ...{ replicas: {}, pods: [], problems: [], events: [] },
};

test("a rollout that is complete", () =>
  expect(
    rendered({
      ...status,
      state: "complete",
      replicas: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
      pods: [
        { name: "web-1", phase: "Running", ready: true, since: "2026-01-31T11:59:15Z" },
        { name: "web-long", phase: "Running", ready: true, since: "2026-01-31T09:00:00Z" },
      ],
      events: [{ type: "Warning", reason: "Unhealthy", message: "over", time: "2026-01-31T11:59:30Z" }],
    }),
  ).toBe(`✔ Deployment shop/web is complete
  2 replicas, 2 updated, 2 ready, 2 available
  ✔ web-1     Running    45s
  ✔ web-long  Running    3h`));

test("a rollout that failed says why", () =>
  expect(
    rendered({
      ...status,
      state: "failed",
      message: "its progress deadline is over",
      replicas: { replicas: 3, updatedReplicas: 1, unavailableReplicas: 1 },
      pods: [
        { name: "web-1", phase: "Running", ready: true, since: "2026-01-29T11:00:00Z" },
        { name: "web-2", phase: "Pending", ready: false, since: "2026-01-31T11:50:00Z" },
      ],
      problems: [
        {
          reason: "ImagePullBackOff",
          message: "Back-off pulling",
          pod: "web-2",
          pods: 2,
          container: "web",
          image: "nope",
        },
        { reason: "Error", pod: "web-3", pods: 1, container: "web", exitCode: 3, lines: ["starting", "no database"] },
      ],
      events: [
        { type: "Normal", reason: "Scheduled", message: "ok" },
        ...[
          {
            type: "Warning",
            reason: "Failed",
            message: "no",
            count: 4,
            about: "Pod web-2",
            time: "2026-01-31T11:55:00Z",
          },
        ],
      ],
    }),
  ).toBe(`✖ Deployment shop/web is failed: its progress deadline is over
  3 replicas, 1 updated, 1 unavailable
  ✖ web-2  Pending    10m
  ✔ web-1  Running    2d
why
  ✖ ImagePullBackOff  Pod web-2 and 1 more, container "web" of nope
    | Back-off pulling
  ✖ Error, exit code 3  Pod web-3, container "web"
    | starting
    | no database
warnings
  | Failed  Pod web-2 ×4  no  5m`));

test("many Pods: those that do not run first", () => {
  const pods = Array.from({ length: 30 }, (_, n) => ({ name: `web-${n}`, phase: "Running", ready: n !== 29 }));
  const all = rendered({ ...status, state: "progressing", pods }).split("\n");
  expect(all.slice(0, 2)).toEqual(["~ Deployment shop/web is progressing", "  ✖ web-29  Running    "]);
  expect(all.at(-1)).toBe("  and 20 more Pods");
});

test("a kind without a rollout", () => expect(rendered({ ...status, kind: "CronJob" })).toBe("· CronJob shop/web"));

test.each([
  [
    { action: "restarted", kind: "Deployment", namespace: "shop", name: "web" },
    "restarted Deployment shop/web\nsee it with: kubectl get deployment web --namespace shop",
  ],
  [
    { action: "scaled", kind: "StatefulSet", namespace: "shop", name: "db", replicas: 3, from: 1 },
    "scaled StatefulSet shop/db with 3 replicas instead of 1\nsee it with: kubectl get statefulset db --namespace shop",
  ],
  [
    { action: "updated", kind: "Deployment", namespace: "shop", name: "web", images: { web: "nginx:2" } },
    "updated Deployment shop/web with web=nginx:2\nsee it with: kubectl get deployment web --namespace shop",
  ],
  [
    { action: "undone", kind: "Deployment", namespace: "shop", name: "web", from: 3, revision: 2 },
    "undone Deployment shop/web to revision 2\nsee it with: kubectl get deployment web --namespace shop",
  ],
  [
    { action: "created", kind: "Job", namespace: "shop", name: "nightly-1", lines: ["done"] },
    "created Job shop/nightly-1\nsee it with: kubectl get job nightly-1 --namespace shop\n  | done",
  ],
  [{ action: "unchanged", kind: "CronJob", namespace: "shop", name: "nightly" }, "unchanged CronJob shop/nightly"],
  [{ hello: "world" }, '{"hello":"world"}'],
  [null, "null"],
])("%j", (result, expected) => expect(rendered(result)).toBe(expected));

test.each([
  ["2026-01-31T11:59:59Z", "1s"],
  ["2026-01-31T12:00:05Z", "0s"],
  ["2026-01-31T11:58:01Z", "119s"],
  ["2026-01-31T11:58:00Z", "2m"],
  ["2026-01-31T10:00:00Z", "2h"],
  ["2026-01-29T12:00:00Z", "2d"],
  ["", ""],
  [undefined, ""],
])("the age of %s is %j", (since, expected) => expect(age(since, now)).toBe(expected));
