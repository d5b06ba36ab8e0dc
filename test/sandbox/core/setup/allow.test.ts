/** `setup --allow ACTION:RESOURCE`: what it reads, which kinds it finds, and what the function may do after it. */
import { describe, expect, test } from "vitest";
import { formatNeed } from "../../../../src/core/kube/need.ts";
import { parseAllow } from "../../../../src/core/parameters/allow.ts";
import { codeOf } from "../../../../src/core/setup/steps/stack.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { brief, useSetup } from "../../support/setup-in-process.ts";

const { contextOf, plan, changes, apply } = useSetup();

test.each([
  ["restart:deployments", { action: "restart", resource: "deployments" }],
  ["set-image:deployments.apps/web,api@shop", { group: "apps", names: ["web", "api"], namespace: "shop" }],
  ["status:pods@*", { resource: "pods", namespace: "*" }],
  ["apply:widgets.example.com/a.b", { group: "example.com", names: ["a.b"] }],
])("%s is read", (text, expected) => {
  expect(parseAllow(text)).toMatchObject(expected);
});

test.each([
  ["deployments", /cannot read/],
  ["restart:*", /cannot read/],
  ["restart:deployments@Shop", /cannot read/],
  ["restart:deployments/", /cannot read/],
  ["restart:deployments; scale:deployments", /cannot read/],
  ["restrat:deployments", /no action "restrat"/],
  ["check:deployments", /no action "check"/],
])("%s is refused", (text, message) => {
  expect(() => parseAllow(text)).toThrow(message);
});

test("a mistyped action is named in full", () => {
  expect(() => parseAllow("restrat:deployments/web@shop")).toThrow(
    expect.objectContaining({ hint: 'did you mean "restart:deployments/web@shop"?' }),
  );
});

describe("kinds", () => {
  const allowedBy = async (...allow: string[]) => (await contextOf("present", { allow })).target.rights.allowed;

  test("are those that the cluster has", async () => {
    expect(await allowedBy("restart:deployments/web", "status:nodes", "scale:statefulsets.apps@*")).toEqual([
      {
        ...{ action: "restart", group: "apps", version: "v1", resource: "deployments", kind: "Deployment" },
        names: ["web"],
      },
      {
        ...{ action: "status", group: "", version: "v1", resource: "nodes", kind: "Node" },
        ...{ namespace: "*", clusterScoped: true },
      },
      {
        ...{ action: "scale", group: "apps", version: "v1", resource: "statefulsets", kind: "StatefulSet" },
        namespace: "*",
      },
    ]);
  });

  test.each([
    ["restart:deploymnets/web", /no resource/, /^did you mean --allow restart:deployments\.apps\/web\?$/],
    ["restart:deploymnets/web,api@shop", /no resource/, /--allow restart:deployments\.apps\/web,api@shop\?$/],
    ["status:nodes/one@shop", /nodes have no namespace/, /^write status:nodes\/one$/],
    ["restart:deployment", /no resource "deployment"/, /--allow restart:deployments\.apps/],
    ["restart:deployments.batch", /no resource "deployments.batch"/, /deployments\.apps/],
    ["suspend:deployments", /`suspend` acts on/, /cronjobs\.batch/],
    ["status:nodes@shop", /nodes have no namespace/, /status:nodes/],
  ])("%s is refused", async (text, message, hint) => {
    const refusal = await refusalOf(allowedBy(text));
    expect(`${refusal.message} ${refusal.hint}`).toMatch(message);
    expect(refusal.hint).toMatch(hint);
  });
});

test("the flags are the whole set, and a run without them keeps it", async () => {
  await apply("present");
  await apply("present", { allow: ["restart:deployments/web", "status:deployments/web"] });
  const kept = await contextOf("present", {});
  expect(kept.target.found?.parameters.Allow).toBe("restart:deployments.apps/web; status:deployments.apps/web");
  expect(kept.target.rights.needs.map(formatNeed)).toContain("patch deployments.apps web");
  expect(kept.target.rights.needs.map(formatNeed)).not.toContain("create deployments.apps");
  expect((await changes("present")).every(({ action }) => action === "unchanged")).toBe(true);
  expect(codeOf(kept)).toContain('"action":"restart"');
  await apply("present", { allow: ["create:deployments"] });
  const first = await contextOf("present", {});
  expect(first.target.found?.parameters.Allow).toBe("");
  expect(first.target.rights.needs.map(formatNeed)).toEqual(["create deployments.apps"]);
  expect(codeOf(first)).not.toContain('"action":"restart"');
});

test("the plan says what RBAC grants with it", async () => {
  const planned = await plan("present", { allow: ["restart:deployments@kube-public"] });
  const role = planned.find(({ change }) => brief(change).includes("kube-public/role/"))?.change;
  expect(role?.warnings).toContainEqual(
    expect.stringMatching(/patch deployments\.apps @kube-public: .*whole Pod template/),
  );
});
