/** `setup --allow ACTION:RESOURCE`: what it reads, which kinds it finds, and what the function may do after it. */
import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { formatNeed } from "../../../../src/core/kube/need.ts";
import { parseAllow, readAllow } from "../../../../src/core/parameters/allow.ts";
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

test("rules are all of them or changes, not both", () => {
  expect(readAllow(["restart:deployments"])).toMatchObject({ rules: [{ action: "restart" }] });
  expect(readAllow(["+restart:deployments", "-scale:pods@*"])).toMatchObject({
    edits: [
      { kind: "add", rule: { action: "restart" } },
      { kind: "remove", rule: { action: "scale", namespace: "*" } },
    ],
  });
  expect(() => readAllow(["+restart:deployments", "scale:deployments"])).toThrow(
    expect.objectContaining({
      code: "InvalidNeed",
      message: expect.stringMatching(/"\+restart:deployments", which changes.*"scale:deployments", which replaces/),
    }),
  );
  expect(() => readAllow(["+"])).toThrow(/cannot read/);
  expect(() => readAllow(["+-restart:deployments"])).toThrow(/no action "-restart"/);
});

test("a mistyped action is named in full", () => {
  expect(() => parseAllow("restrat:deployments/web@shop")).toThrow(
    expect.objectContaining({ hint: 'did you mean "restart:deployments/web@shop"?' }),
  );
});

describe("the name of Role and RoleBinding", () => {
  const names = async (flags: Flags) => {
    const { target } = await contextOf("present", flags);
    return target.rbacName;
  };

  test.each<[string, Flags, string]>([
    ["what only creates Deployments", {}, "lambda-create-deployments"],
    ["what only creates Deployments elsewhere", { allow: ["create:deployments@shop"] }, "lambda-create-deployments"],
    ["more", { allow: ["create:deployments", "delete:services"] }, "eks-lambda"],
    ["an addition", { allow: ["+restart:deployments"] }, "eks-lambda"],
    ["a name that was chosen", { allow: ["restart:deployments"], rbacName: "mine" }, "mine"],
  ])("is, for %s", async (_, flags, name) => expect(await names(flags)).toBe(name));

  test("stays when the rules of a function change", async () => {
    await apply("present");
    expect(await names({ allow: ["+restart:deployments"] })).toBe("lambda-create-deployments");
    await apply("absent");
    await apply("present", { allow: ["restart:deployments"] });
    expect(await names({ allow: ["create:deployments"] })).toBe("eks-lambda");
    expect(await names({})).toBe("eks-lambda");
  });
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

  test.each(["deploy", "Deployment", "deployment", "deployments.apps", "deployment.apps"])(
    "can be named by kubectl's words: %s",
    async (word) => expect(await allowedBy(`restart:${word}/web`)).toEqual(await allowedBy("restart:deployments/web")),
  );

  test("of the core group, too", async () => {
    const resources = (await allowedBy("apply:cm", "apply:Secret", "apply:svc"))?.map(({ resource }) => resource);
    expect(resources).toEqual(["configmaps", "secrets", "services"]);
  });

  test.each([
    ["restart:deploymnets/web", /no resource/, /^did you mean --allow restart:deployments\.apps\/web\?$/],
    ["restart:deploymnets/web,api@shop", /no resource/, /--allow restart:deployments\.apps\/web,api@shop\?$/],
    ["status:nodes/one@shop", /nodes have no namespace/, /^write status:nodes\/one$/],
    ["restart:deploymentz", /no resource "deploymentz"/, /--allow restart:deployments\.apps/],
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

describe("+ adds and - removes", () => {
  const kept = async () => (await contextOf("present", {})).target.found?.parameters.Allow;
  const changed = async (...allow: string[]) =>
    (await changes("present", { allow })).filter(({ action }) => action !== "unchanged");

  test("from what setup allows without the flag, if there is no stack", async () => {
    await apply("present", { allow: ["+restart:deploy/web"] });
    expect(await kept()).toBe("create:deployments.apps; restart:deployments.apps/web");
  });

  test("from what the stack has; again, an addition changes nothing", async () => {
    await apply("present", { allow: ["restart:deployments/web", "scale:deployments/web@kube-public"] });
    await apply("present", { allow: ["+undo:deployments/web", "-restart:deployments/web"] });
    expect(await kept()).toBe("scale:deployments.apps/web@kube-public; undo:deployments.apps/web");
    expect(await changed("+undo:deployments/web", "+scale:deployments.apps/web@kube-public")).toEqual([]);
  });

  test("and what is not there, or all, cannot be removed", async () => {
    await apply("present", { allow: ["restart:deployments/web,api", "scale:deployments"] });
    const refusal = await refusalOf(changed("-restart:deployments/web"));
    expect(refusal).toMatchObject({
      code: "InvalidNeed",
      message: '--allow removes "restart:deployments.apps/web", which the function is not allowed',
      hint: "its rules are restart:deployments.apps/web,api, scale:deployments.apps",
    });
    const all = await refusalOf(changed("-restart:deployments/web,api", "-scale:deployments"));
    expect(all).toMatchObject({ code: "InvalidNeed", message: "--allow removes all rules of the function" });
    expect(await kept()).toBe("restart:deployments.apps/web,api; scale:deployments.apps");
  });

  test("in the plan, with the rights that come and go", async () => {
    await apply("present", { allow: ["restart:deployments/web", "apply:configmaps"] });
    const rules = (await changed("+apply:secrets", "-apply:configmaps")).findLast(({ target }) =>
      target.includes("role/"),
    );
    expect(rules?.before).toContain("configmaps");
    expect(rules?.after).toContain("secrets");
    expect(rules?.after).not.toContain("configmaps");
  });

  test("from the stack of the plan: another setup meanwhile is not overwritten", async () => {
    await apply("present");
    const planned = await plan("present", { allow: ["+restart:deployments"] });
    await apply("present", { allow: ["scale:deployments"] });
    const write = async () => {
      for (const { apply } of planned) await apply?.(() => {});
    };
    expect(await refusalOf(write())).toMatchObject({ code: "StackChanged" });
    expect(await kept()).toBe("scale:deployments.apps");
  });
});

test("the plan says what RBAC grants with it", async () => {
  const planned = await plan("present", { allow: ["restart:deployments@kube-public"] });
  const role = planned.find(({ change }) => brief(change).includes("kube-public/role/"))?.change;
  expect(role?.warnings).toContainEqual(
    expect.stringMatching(/patch deployments\.apps @kube-public: .*whole Pod template/),
  );
});
