/** Traces of earlier names: of a function that moved, of a stack that was lost, of a cluster in another mode. */
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Kube } from "../../../../src/core/kube/request.ts";
import { applyOrUndo } from "../../../../src/core/setup/reversible.ts";
import { planAll } from "../../../../src/core/setup/steps/index.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { configMaps, deployments, rbac } from "../../support/sandbox.ts";
import { brief, useSetup } from "../../support/setup-in-process.ts";

const { sandbox, client, kube, changes, apply, contextOf } = useSetup();
const StackName = "eks-lambda-demo";
const functionName = "eks-lambda-demo-us-east-1";
const name = "lambda-create-deployments";
const elsewhere = rbac.replace("default", "kube-public");

const written = async (...[intent, flags]: Parameters<typeof changes>) =>
  (await changes(intent, flags)).filter(({ action }) => action !== "unchanged").map(brief);

/** An object without what each write changes. */
const specOf = ({ metadata, rules, roleRef, subjects }: Record<string, { readonly [key: string]: unknown }>) => {
  const { namespace, name, labels } = metadata ?? {};
  return { namespace, name, labels, rules, roleRef, subjects };
};

async function loseStack(): Promise<void> {
  await new CloudFormationClient(client()).send(new DeleteStackCommand({ StackName }));
  await sandbox().inventory();
}

describe("a lost stack", () => {
  test("leaves no binding behind when setup makes it again in another namespace", async () => {
    await apply("present");
    await loseStack();
    expect(await written("present", { namespace: "kube-public" })).toEqual(
      expect.arrayContaining([
        `create rbac kube-public/rolebinding/${name}`,
        `delete rbac default/role/${name}`,
        `delete rbac default/rolebinding/${name}`,
      ]),
    );
    await apply("present", { namespace: "kube-public" });
    expect(await kube("GET", `${rbac}/rolebindings/${name}`)).toMatchObject({ status: 404 });
    expect(await kube("GET", `${elsewhere}/rolebindings/${name}`)).toMatchObject({ status: 200 });
    expect(await written("present")).toEqual([]);
  });

  test("with several bindings is removed with all that have a name of ours", async () => {
    await apply("present");
    await copied(name);
    await copied("copy");
    await loseStack();
    expect(await written("absent")).toEqual(
      expect.arrayContaining([
        `delete rbac default/rolebinding/${name}`,
        `delete rbac kube-public/rolebinding/${name}`,
      ]),
    );
    await apply("absent");
    expect(await kube("GET", `${elsewhere}/rolebindings/${name}`)).toMatchObject({ status: 404 });
    expect(await kube("GET", `${elsewhere}/rolebindings/copy`)).toMatchObject({ status: 200 });
    expect(await written("absent")).toEqual([]);
  });
});

/** Copies Role and RoleBinding with their labels to another namespace. */
async function copied(as: string): Promise<void> {
  for (const kind of ["roles", "rolebindings"]) {
    const { metadata, ...body } = (await kube("GET", `${rbac}/${kind}/${name}`)).body;
    const { labels, annotations } = metadata;
    const copy = { ...body, metadata: { name: as, labels, annotations } };
    expect(await kube("POST", `${elsewhere}/${kind}`, { body: copy })).toMatchObject({ status: 201 });
  }
}

test("a copy of the RoleBinding under another name is kept, and the plan warns of the rights that it gives", async () => {
  await apply("present");
  await copied("x y");
  const [last] = (await changes("present")).filter(({ target }) => target.includes("x y"));
  expect(last).toEqual({
    ...{ step: "rbac", target: "kube-public/role/x y", action: "unchanged" },
    summary: "kept: it and 1 more have the label of setup, but not a name that setup gives",
    warnings: ['kube-public/rolebinding/x y gives "lambda" more rights; an interrupted setup may have left it'],
  });
  expect(await written("present")).toEqual([]);
  expect(await refusalOf(changes("present", { rbacName: "other" }))).toMatchObject({
    code: "UsernameTaken",
    message: expect.stringContaining("rolebinding x y in kube-public"),
  });
  await apply("absent");
  expect(await kube("GET", `${elsewhere}/rolebindings/x%20y`)).toMatchObject({ status: 200 });
});

test("a Role that a killed move left without a binding goes with teardown", async () => {
  await apply("present");
  const { metadata, rules } = (await kube("GET", `${rbac}/roles/${name}`)).body;
  const { labels, annotations } = metadata;
  const body = { metadata: { name, labels, annotations }, rules };
  expect(await kube("POST", `${elsewhere}/roles`, { body })).toMatchObject({ status: 201 });
  await apply("absent");
  expect(await kube("GET", `${elsewhere}/roles/${name}`)).toMatchObject({ status: 404 });
});

test("a function that moved: teardown --workloads deletes its Deployments in both namespaces", async () => {
  const create = async (web: string) => {
    const Payload = JSON.stringify({ name: web });
    const answer = await new LambdaClient(client()).send(new InvokeCommand({ FunctionName: functionName, Payload }));
    expect(answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()).toBeUndefined();
  };
  await apply("present");
  await create("before");
  await apply("present", { namespace: "kube-public" });
  await create("after");
  const planned = (await changes("absent", { workloads: true })).filter(({ step }) => step === "workloads").map(brief);
  expect(planned.sort()).toEqual(["delete workloads default/before", "delete workloads kube-public/after"]);
  await apply("absent", { workloads: true });
  expect((await kube("GET", deployments)).body.items).toEqual([]);
});

test("the plan warns of what is lost with the resources that a new name replaces", async () => {
  const lost = [
    `"g" is a new function, and "${functionName}" is deleted: its log is lost then, and what others added to it (triggers, permissions)`,
    `"r" is a new role, without the policies that others attached to "${functionName}"`,
  ];
  const warnings = async (flags = {}) =>
    (await changes("present", flags)).find(({ step }) => step === "stack")?.warnings ?? [];
  const renamed = { functionName: "g", roleName: "r", rolePath: "/team/" };
  expect(await warnings(renamed)).toEqual([]);
  await apply("present");
  expect(await warnings(renamed)).toEqual(lost);
  expect(await warnings({ memory: "512" })).toEqual([]);
  await apply("present", renamed);
  expect(await warnings()).toEqual([]);
});

test("a user whom a killed run mapped is known to a caller who may list bindings, but no Roles", async () => {
  await apply("present");
  const type = "application/merge-patch+json";
  const subjects = ["lambda", "web"].map((user) => ({
    kind: "User",
    apiGroup: "rbac.authorization.k8s.io",
    name: user,
  }));
  await kube("PATCH", `${rbac}/rolebindings/${name}`, { body: { subjects }, type });
  const { mapRoles } = (await kube("GET", `${configMaps}/aws-auth`)).body.data;
  const data = { mapRoles: mapRoles.replace("username: lambda", "username: web") };
  await kube("PATCH", `${configMaps}/aws-auth`, { body: { data }, type });
  const context = await contextOf("absent", {});
  const request: Kube["request"] = async (asked) => {
    if (/\/(roles|clusterroles)$/.test(asked.path)) throw new EksLambdaError("Forbidden", "may not list Roles");
    return context.kube?.request(asked) as never;
  };
  const planned = await planAll({ ...context, kube: { request } }, "absent");
  expect(planned.map(({ change }) => brief(change))).toContain("delete aws-auth kube-system/aws-auth");
});

describe("a move whose stack update fails", () => {
  test.each([
    ["another namespace", { namespace: "kube-public" }],
    ["another user", { username: "web" }],
  ])("leaves nothing of %s, in the same run", async (_, flags) => {
    await apply("present");
    const objects = async () => ({
      roles: (await kube("GET", "/apis/rbac.authorization.k8s.io/v1/roles")).body.items.map(specOf),
      bindings: (await kube("GET", "/apis/rbac.authorization.k8s.io/v1/rolebindings")).body.items.map(specOf),
      mapRoles: (await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles,
    });
    const before = await objects();
    sandbox().faults.failResources.push("Function");
    await expect(apply("present", flags)).rejects.toMatchObject({
      ...{ code: "StackFailed", message: expect.stringMatching(/; what this run had changed was undone$/) },
      hint: expect.stringContaining("the stack is as it was before"),
    });
    expect(await objects()).toEqual(before);
    sandbox().faults.failResources.length = 0;
    expect(await written("present")).toEqual([]);
  });

  test("leaves no entry in aws-auth beside an access entry", async () => {
    sandbox().setMode("API_AND_CONFIG_MAP");
    await apply("present", { access: "access-entry" });
    sandbox().faults.failResources.push("Function");
    const moved = apply("present", { access: "aws-auth", memory: "512" });
    await expect(moved).rejects.toThrow(/; what this run had changed was undone$/);
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data?.mapRoles ?? "").not.toContain("eks-lambda");
  });

  test("keeps what the function needs if somebody else changed the stack at the same time", async () => {
    await apply("present");
    const { cloudformation, ...context } = await contextOf("present", { namespace: "kube-public" });
    const planned = await planAll({ ...context, cloudformation }, "present");
    sandbox().setStackStatus(StackName, "UPDATE_ROLLBACK_FAILED");
    await expect(applyOrUndo(planned, { progress: { during: (_, work) => work(() => {}) } })).rejects.toThrow(
      /not undone: .*the stack is in UPDATE_ROLLBACK_FAILED now/,
    );
    expect(await kube("GET", `${elsewhere}/rolebindings/${name}`)).toMatchObject({ status: 200 });
  });
});

test("an entry in aws-auth from before mode API is removed by teardown, without need of the right to", async () => {
  await apply("present", { access: "aws-auth" });
  sandbox().setMode("API_AND_CONFIG_MAP");
  sandbox().setMode("API");
  const access = { access: "access-entry" };
  await apply("present", access);
  expect(await written("absent")).toContain("delete aws-auth kube-system/aws-auth");
  await apply("absent");
  expect(await written("absent")).toEqual([]);
});
