import { expect, test } from "vitest";
import { eventOf, type Given, resourceNamed, wordsOf } from "../../../src/cli/event.ts";
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

/** As typed, and the flags. */
const typed = (line: string, flags: Given = {}) => {
  const words = wordsOf(line === "" ? [] : line.split(" "));
  return eventOf({ ...flags, ...words }, actions.get(words.action ?? "create")?.fields ?? {});
};
const web = { resource: "deployments.apps", name: "web" };
const conf = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf", labels: { a: "b" } }, data: { a: "b" } };
const identity = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf", namespace: undefined } };
const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "one" } };

test.each<[string, Given, object]>([
  ["scale deployments/web 5", {}, { action: "scale", ...web, replicas: 5 }],
  ["scale deployment web 5", {}, { action: "scale", ...web, replicas: 5 }],
  ["scale deploy web", { replicas: "5" }, { action: "scale", ...web, replicas: 5 }],
  ["scale deployments/web many", {}, { action: "scale", ...web, replicas: "many" }],
  ["restart Deployment web", { namespace: "shop" }, { action: "restart", ...web, namespace: "shop" }],
  ["undo deploy/web 3", {}, { action: "undo", ...web, revision: 3 }],
  ["set-image deploy/web nginx:1.27", {}, { action: "set-image", ...web, image: "nginx:1.27" }],
  ["set-image deploy/web web=nginx:1", {}, { action: "set-image", ...web, images: { web: "nginx:1" } }],
  ["set-image deploy/web", { image: "web=nginx:1" }, { action: "set-image", ...web, images: { web: "nginx:1" } }],
  ["", { replicas: "3", image: "nginx" }, { action: "create", replicas: 3, image: "nginx" }],
  ["create web", {}, { action: "create", ...web }],
  ["create deployment web", {}, { action: "create", ...web }],
  ["run-job nightly", {}, { action: "run-job", resource: "cronjobs.batch", from: "nightly" }],
  ["suspend nightly", {}, { action: "suspend", resource: "cronjobs.batch", name: "nightly" }],
  [
    "get svc/web {.spec.clusterIP}",
    {},
    { action: "get", resource: "services", name: "web", jsonPath: "{.spec.clusterIP}" },
  ],
  ["status svc/web", {}, { action: "status", resource: "services", name: "web" }],
  ["status Widget/a", {}, { action: "status", resource: "widgets", name: "a" }],
  ["restart web", {}, { action: "restart", resource: "web" }],
  ["apply", { manifests: [conf] }, { action: "apply", manifests: [conf] }],
  ["delete", { manifests: [conf] }, { action: "delete", manifests: [identity] }],
  ["run-job", { manifests: [job] }, { action: "run-job", manifest: job }],
])("%s with %o", (line, flags, expected) => expect(typed(line, flags)).toEqual(expected));

test.each<[string, Given, string]>([
  ["restart deployments/web deployments/api", {}, "takes no"],
  ["restart deployment web api", {}, "takes no"],
  ["scale deployments/web 3 4", {}, "one word too many"],
  ["scale deployments/web 3", { replicas: "4" }, "`replicas` is given twice"],
  ["scale deployments/web", { replicas: "4", set: ["replicas=5"] }, "`replicas` is given twice"],
  ["run-job", { manifests: [job, job] }, "have 2 objects"],
])("%s with %o is refused", (line, flags, message) =>
  expect(() => typed(line, flags)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) })),
);

test("resources have kubectl's names, and the names of their kinds", () => {
  for (const name of ["deploy", "deployment", "Deployment", "deployments", "deployments.apps"])
    expect(resourceNamed(name)).toBe("deployments.apps");
  expect(resourceNamed("CronJob")).toBe("cronjobs.batch");
});
