/** Doctor's whole chain, over a sandbox: what each link finds, and where the chain ends. */
import { describe, expect, test } from "vitest";
import { callerConnection, callerKube } from "../../../../src/core/connection/caller.ts";
import { links } from "../../../../src/core/doctor/index.ts";
import { type Finding, walk } from "../../../../src/core/doctor/link.ts";
import { factsOf } from "../../../../src/core/doctor/read-facts.ts";
import { declaredNeeds } from "../../../../src/core/grant/declared.ts";
import { objectsOf } from "../../../../src/core/grant/objects.ts";
import { awsAuth, configMaps, rbac } from "../../support/sandbox.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const { sandbox, apply, ports, kube } = useSetup();
const type = "application/merge-patch+json";
const ours = /^(stack|function|view)$/;

const wider = { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["create", "list"] };
const bind = (subject: object) =>
  kube("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    body: {
      metadata: { name: "other" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", ...subject }],
    },
  });

/** The findings for the function, or for another role. */
async function doctor(role?: string): Promise<readonly Finding[]> {
  const { region, cluster } = sandbox();
  const open = ports();
  const facts = factsOf({
    ...open,
    ...{ region, role, environment: {}, version: "0.0.0" },
    clusterName: async () => cluster.name,
    kube: async (found) =>
      callerKube(await callerConnection({ sts: open.sts, region }, found, { kubeconfigs: [] }), "me"),
  });
  return walk(role === undefined ? links : links.filter(({ id }) => !ours.test(id)), facts);
}
const statuses = (findings: readonly Finding[]) =>
  findings.map(({ link, status, code }) => `${link} ${status}${code ? ` ${code}` : ""}`);
const sound = ["credentials ok", "cluster ok", "endpoint ok", "token ok", "caller ok"];
/** With its hint as text. */
const firstBroken = async (role?: string) => {
  const found = (await doctor(role)).find(({ status }) => status === "broken");
  return found && { ...found, hint: String(found.hint) };
};

describe("the function's chain", () => {
  test("ends at the stack before setup", async () => {
    expect(statuses(await doctor())).toEqual([
      ...sound,
      "stack broken NotSetUp",
      ...["mapping not reached", "rbac not reached", "function not reached", "view not reached"],
    ]);
  });

  test("passes after setup, from outside and from inside", async () => {
    await apply("present");
    const findings = await doctor();
    expect(statuses(findings)).toEqual([...sound, "stack ok", "mapping ok", "rbac ok", "function ok", "view ok"]);
    expect(findings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        "eks-lambda-demo, CREATE_COMPLETE",
        'arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1 is "lambda", by entry 1 of mapRoles',
        '"lambda" has 1 right',
        "the function's own check: 2 answers, each as it should be",
      ]),
    );
    expect(findings.flatMap(({ rights = [] }) => rights)).toEqual(["create deployments.apps @default"]);
  });

  test("says what the caller may not read", async () => {
    await apply("present");
    sandbox().faults.forbid.push("logs:DescribeLogGroups");
    const found = (await doctor()).find(({ link }) => link === "function");
    expect(found).toMatchObject({
      status: "ok",
      message: expect.stringContaining(
        "could not check whether there is a log group /aws/lambda/eks-lambda-demo-us-east-1: the caller may not call logs:DescribeLogGroups: User: arn:aws:iam::123456789012:user/admin is not authorized to perform: logs:DescribeLogGroups with an explicit deny in a service control policy",
      ),
    });
  });

  test.each([
    [
      "an entry that is gone",
      () => kube("DELETE", `${configMaps}/aws-auth`),
      { link: "mapping", code: "RoleNotMapped", hint: expect.stringContaining("eks-lambda setup") },
    ],
    [
      "an entry for another user",
      () => {
        const mapRoles = "- rolearn: arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1\n  username: admin\n";
        return kube("PATCH", `${configMaps}/aws-auth`, { body: { data: { mapRoles } }, type });
      },
      { link: "mapping", code: "MappedOtherwise" },
    ],
    [
      "a RoleBinding that is gone",
      () => kube("DELETE", `${rbac}/rolebindings/lambda-create-deployments`),
      { link: "rbac", code: "RightMissing" },
    ],
    [
      "a Role with more rights",
      () => kube("PATCH", `${rbac}/roles/lambda-create-deployments`, { body: { rules: [wider] }, type }),
      {
        ...{ link: "rbac", code: "RightsTooWide" },
        message:
          'the Role "lambda-create-deployments" in default also grants create replicasets.apps, list deployments.apps, list replicasets.apps: someone changed it, or a setup was interrupted',
        hint: expect.stringMatching(/^eks-lambda setup removes these rights/),
      },
    ],
    [
      "a binding of its user",
      () => bind({ kind: "User", name: "lambda" }),
      {
        ...{ link: "rbac", code: "RightsTooWide" },
        message: `"lambda" may also list deployments.apps @default, by ClusterRoleBinding other (ClusterRole cluster-admin) to User lambda`,
        hint: "take User lambda out of it: kubectl edit clusterrolebinding/other",
      },
    ],
    [
      "a binding of every user",
      () => bind({ kind: "Group", name: "system:authenticated" }),
      {
        ...{ link: "rbac", code: "RightsTooWide" },
        hint: "take Group system:authenticated out of it: kubectl edit clusterrolebinding/other",
      },
    ],
    [
      "a function that is gone",
      async () => sandbox().remove("AWS::Lambda::Function", "eks-lambda-demo-us-east-1"),
      { link: "function", code: "FunctionNotFound" },
    ],
    [
      "a log group that is gone",
      async () => sandbox().remove("AWS::Logs::LogGroup", "/aws/lambda/eks-lambda-demo-us-east-1"),
      {
        ...{ link: "function", code: "StackDrifted" },
        message:
          'someone changed what the stack "eks-lambda-demo" created: the log group /aws/lambda/eks-lambda-demo-us-east-1 was deleted',
        hint: expect.stringMatching(/^eks-lambda setup/),
      },
    ],
    [
      "a stack in a state that needs a person",
      async () => sandbox().setStackStatus("eks-lambda-demo", "UPDATE_ROLLBACK_FAILED"),
      { link: "stack", code: "StackBroken" },
    ],
    [
      "a cluster with another CA",
      async () => sandbox().describe("demo", { ca: btoa("another") }),
      { link: "endpoint", code: "TlsFailed" },
    ],
  ])("names %s", async (_, drift, expected) => {
    await apply("present");
    await drift();
    expect(await firstBroken()).toMatchObject({ status: "broken", ...expected });
  });
});

test.each([
  ["the function's own", { namespace: "shop" }],
  ["that of a rule", { allow: ["restart:deployments@shop"] }],
])("names a namespace that is gone, and what brings it back: %s", async (_, given) => {
  await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
  await apply("present", given);
  await kube("DELETE", "/api/v1/namespaces/shop");
  await expect.poll(async () => (await kube("GET", "/api/v1/namespaces/shop")).status).toBe(404);
  expect(await firstBroken()).toMatchObject({
    ...{
      link: "rbac",
      code: "NamespaceNotFound",
      message: 'the namespace "shop", in which the function acts, is gone',
    },
    hint: "create it again: kubectl create namespace shop; then eks-lambda setup creates Role and RoleBinding again",
  });
});

describe("another role's chain", () => {
  const role = "arn:aws:iam::123456789012:role/ci";
  const map = (entry: string) => kube("POST", configMaps, { body: awsAuth({ mapRoles: entry }) });

  test("that does not exist is not to be mapped", async () => {
    const wrong = "arn:aws-cn:iam::123456789012:role/ci";
    sandbox().assumeRole("ci");
    expect(await firstBroken(wrong)).toMatchObject({ code: "RoleNotFound", message: `there is no role ${wrong}` });
    const missing = `${role}-2`;
    expect(await firstBroken(missing)).toMatchObject({ code: "RoleNotFound", message: `there is no role ${missing}` });
  });

  test("of which the caller may not know whether it exists is not mapped", async () => {
    sandbox().faults.forbid.push("iam:GetRole");
    expect(await firstBroken(role)).toMatchObject({ code: "RoleNotMapped" });
    expect(await firstBroken(role.replace("123456789012", "444455556666"))).toMatchObject({ code: "RoleNotMapped" });
  });

  test("names the command that maps it", async () => {
    sandbox().assumeRole("ci");
    expect(await firstBroken(role)).toMatchObject({
      ...{ link: "mapping", code: "RoleNotMapped" },
      hint: expect.stringContaining(`eks-lambda grant --cluster demo --region us-east-1 --role ${role} --allow '`),
    });
  });

  test("says why a similar entry does not match", async () => {
    sandbox().assumeRole("ci");
    await map("- rolearn: arn:aws:iam::123456789012:role/team/ci\n  username: ci\n");
    expect((await firstBroken(role))?.message).toContain("which STS does not report: remove it");
  });

  test("of a function is what setup makes again", async () => {
    await apply("present", { name: "own", roleName: "runner" });
    const runner = role.replace(/ci$/, "runner");
    await kube("DELETE", `${configMaps}/aws-auth`);
    expect(await firstBroken(runner)).toMatchObject({
      ...{ link: "mapping", code: "RoleNotMapped" },
      hint: "it is the role of a function: eks-lambda setup --name own creates the mapping",
    });
    await apply("present", { name: "own" });
    const { body } = await kube("GET", `${rbac}/rolebindings`);
    for (const { metadata } of body.items) await kube("DELETE", `${rbac}/rolebindings/${metadata.name}`);
    expect(await firstBroken(runner)).toMatchObject({
      ...{ link: "rbac", code: "RightMissing" },
      hint: "it is the role of a function: eks-lambda setup --name own creates Role and RoleBinding",
    });
  });

  test("needs a binding, and any is enough", async () => {
    await map(`- rolearn: ${role}\n  username: ci\n`);
    expect(await firstBroken(role)).toMatchObject({ link: "rbac", code: "RightMissing" });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
    const subjects = [{ apiGroup: roleRef.apiGroup, kind: "User", name: "ci" }];
    await kube("POST", `${rbac}/rolebindings`, { body: { metadata: { name: "ci" }, roleRef, subjects } });
    expect((await doctor(role)).at(-1)).toMatchObject({
      status: "ok",
      message: '"ci" has rights in default by RoleBinding default/ci (ClusterRole view)',
    });
  });

  const bindViewers = () => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
    const subjects = [{ apiGroup: roleRef.apiGroup, kind: "Group", name: "viewers" }];
    return kube("POST", `${rbac}/rolebindings`, { body: { metadata: { name: "viewers" }, roleRef, subjects } });
  };

  test("has the rights of the groups that its mapping gives it", async () => {
    await map(`- rolearn: ${role}\n  username: ci\n  groups: [viewers]\n`);
    expect(await firstBroken(role)).toMatchObject({ link: "rbac", code: "RightMissing" });
    await bindViewers();
    expect((await doctor(role)).at(-1)).toMatchObject({
      status: "ok",
      message: '"ci" has rights in default by RoleBinding default/viewers (ClusterRole view)',
    });
  });

  test("is judged by what was granted to it, whatever else its user and its groups may do", async () => {
    await map(`- rolearn: ${role}\n  username: ci\n  groups: [viewers]\n`);
    const needs = declaredNeeds(["get pods @default"], "default");
    const { roles, bindings } = objectsOf({ role, user: "ci", needs, mapping: "others" });
    for (const body of roles) await kube("POST", `${rbac}/roles`, { body });
    expect(await firstBroken(role)).toMatchObject({
      ...{ link: "rbac", code: "RightMissing", message: '"ci" may not get pods @default, which was granted' },
      hint: expect.stringContaining(`--role ${role} --allow 'get pods @default'`),
    });
    for (const body of bindings) await kube("POST", `${rbac}/rolebindings`, { body });
    expect((await doctor(role)).at(-1)).toMatchObject({
      status: "ok",
      message: '"ci" has 1 right by eks-lambda grant',
      rights: ["get pods @default"],
    });
    await bindViewers();
    expect((await doctor(role)).at(-1)).toMatchObject({
      status: "ok",
      message: '"ci" has 1 right by eks-lambda grant, and others by RoleBinding default/viewers (ClusterRole view)',
      rights: ["get pods @default"],
    });
  });

  test.each([
    ["system:masters", "may do everything"],
    ["system:{{SessionName}}", "may choose its group by the name of its session"],
  ])("of %s needs none", async (group, why) => {
    await map(`- rolearn: ${role}\n  username: ci\n  groups: ["${group}"]\n`);
    expect((await doctor(role)).at(-1)?.message).toBe(`"ci" is in ${group}, and ${why}`);
  });
});
