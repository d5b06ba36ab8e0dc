import { expect, test } from "vitest";
import { eventOf, resourceNamed } from "../../../src/cli/event.ts";
import { actions } from "../../../src/core/actions/index.ts";

const event = (line: string) => {
  const [action = "", target, ...set] = line.split(" ");
  return eventOf({ action, target: target === "-" ? undefined : target, set }, actions.get(action)?.fields ?? {});
};

test.each([
  ["restart deployments/web", { action: "restart", resource: "deployments.apps", name: "web" }],
  ["restart sts/db", { action: "restart", resource: "statefulsets.apps", name: "db" }],
  ["restart widgets.example.com/a", { action: "restart", resource: "widgets.example.com", name: "a" }],
  ["scale deploy/web replicas=3", { action: "scale", resource: "deployments.apps", name: "web", replicas: 3 }],
  ["create - name=123 replicas=1", { action: "create", name: "123", replicas: 1 }],
  ["create deployments image=nginx:1.27", { action: "create", resource: "deployments.apps", image: "nginx:1.27" }],
  [
    'set-image deployments/web images={"web":"nginx:1.27"} rollback=true',
    {
      ...{ action: "set-image", resource: "deployments.apps", name: "web" },
      ...{ images: { web: "nginx:1.27" }, rollback: true },
    },
  ],
  ["run-job cronjobs/nightly", { action: "run-job", resource: "cronjobs.batch", from: "nightly" }],
  ["check -", { action: "check" }],
  ["create - replicas=many", { action: "create", replicas: "many" }],
  ["create - unknown=1", { action: "create", unknown: "1" }],
])("%s", (line, expected) => expect(event(line)).toEqual(expected));

test.each([
  ["restart a/b/c", "the object is"],
  ["restart /web", "the object is"],
  ["create - replicas", "--set is"],
  ["create - =3", "--set is"],
])("%s is refused", (line, message) =>
  expect(() => event(line)).toThrow(
    expect.objectContaining({ code: "InvalidEvent", message: expect.stringContaining(message) }),
  ),
);

test("resources have kubectl's names, and the names of their kinds", () => {
  for (const name of ["deploy", "deployment", "Deployment", "deployments", "deployments.apps"])
    expect(resourceNamed(name)).toBe("deployments.apps");
  expect(resourceNamed("CronJob")).toBe("cronjobs.batch");
});
