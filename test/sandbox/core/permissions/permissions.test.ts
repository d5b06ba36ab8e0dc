/** The rights for one cluster: no wider than the page's, for exactly what setup uses, with what the flags need. */
import { describe, expect, test } from "vitest";
import { caller, cloudformation } from "../../../../src/core/permissions/account.ts";
import { grantPermissions, setupPermissions } from "../../../../src/core/permissions/index.ts";
import type { Policy } from "../../../../src/core/permissions/policy.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const sids = (policy: Policy | undefined) => policy?.Statement.map(({ Sid }) => Sid);
const resourcesOf = (policy: Policy | undefined, sid: string) =>
  policy?.Statement.find(({ Sid }) => Sid === sid)?.Resource;

const everySid = (rows: readonly { readonly sid: string }[]) => rows.map(({ sid }) => sid);
const onDemand = /^Only|^AccessEntry$|^ReadNetwork$|^FindCluster$/;
const always = (rows: readonly { readonly sid: string }[]) => everySid(rows).filter((sid) => !onDemand.test(sid));
const asked = { findsCluster: false, readsOnly: false };
const vpc = { subnetIds: ["subnet-0a"] };

describe("by aws-auth", () => {
  const { contextOf, apply } = useSetup();
  const permissions = async (flags = {}, more = {}) =>
    setupPermissions((await contextOf("present", flags)).target, { ...asked, ...more });

  test("of smoke are for the names of every smoke test, and no other", async () => {
    const found = await permissions({ name: "smoke-000000-a" }, { smokes: true });
    const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
    expect(resourcesOf(found.caller, "DeployStack")).toContain(
      arn("cloudformation", "stack/eks-lambda-demo-smoke-*/*"),
    );
    expect(resourcesOf(found.caller, "OnlyForLogs")).toContain(
      arn("logs", "log-group:/aws/lambda/eks-lambda-demo-us-east-1-smoke-*"),
    );
    expect(resourcesOf(found.caller, "ReadRole")).toEqual([
      "arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1-smoke-*",
      "arn:aws:iam::123456789012:role/eks-lambda-smoke-*",
    ]);
    expect(resourcesOf(found.caller, "OnlyForSmoke")).toEqual(["arn:aws:iam::123456789012:role/eks-lambda-smoke-*"]);
    expect(resourcesOf(found.cloudformation, "Role")).toEqual([
      "arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1-smoke-*",
    ]);
    expect(found.cluster.map(({ name, namespace }) => [name, namespace])).toEqual([
      ["eks-lambda-smoke", "kube-system"],
      ["eks-lambda-smoke", undefined],
    ]);
  });

  test("names the account, the region, the cluster, the stack, the function and the role", async () => {
    const found = await permissions({ name: "web", rolePath: "/team/" });
    const [name, stack] = ["eks-lambda-demo-us-east-1-web-60153d", "eks-lambda-demo-web-60153d"];
    expect(resourcesOf(found.caller, "ReadCluster")).toEqual([
      "arn:aws:eks:us-east-1:123456789012:access-entry/demo/*",
      "arn:aws:eks:us-east-1:123456789012:cluster/demo",
    ]);
    expect(resourcesOf(found.caller, "DeployStack")).toEqual([
      `arn:aws:cloudformation:us-east-1:123456789012:stack/${stack}/*`,
      "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31",
    ]);
    expect(resourcesOf(found.caller, "ReadRole")).toEqual([`arn:aws:iam::123456789012:role/team/${name}`]);
    expect(resourcesOf(found.cloudformation, "Function")).toEqual([
      `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    ]);
    expect(resourcesOf(found.cloudformation, "LogGroup")).toEqual(
      ["", ":*"].map((end) => `arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/${name}${end}`),
    );
  });

  test.each<[string, object, object, { caller?: string[]; cloudformation?: string[] }]>([
    ["no flags", {}, {}, {}],
    ["no --cluster", {}, { findsCluster: true }, { caller: ["FindCluster"] }],
    [
      "--enable-access-entries",
      { enableAccessEntries: true },
      {},
      { caller: ["OnlyForEnableAccessEntries"], cloudformation: ["AccessEntry"] },
    ],
    [
      "--cloudformation-role-arn",
      { cloudformationRoleArn: "arn:aws:iam::123456789012:role/deploy/stacks" },
      {},
      { caller: ["OnlyForCloudFormationRole"] },
    ],
    [
      "--event-age",
      { eventAge: "300" },
      {},
      { caller: ["OnlyForEventOptions"], cloudformation: ["OnlyForEventOptions"] },
    ],
    ["--subnet-ids", vpc, {}, { caller: ["OnlyToSeeNetwork"], cloudformation: ["ReadNetwork", "OnlyInVpc"] }],
    [
      "--security-group-ids",
      { ...vpc, securityGroupIds: ["sg-0a"] },
      {},
      { caller: ["OnlyToSeeNetwork"], cloudformation: ["ReadNetwork"] },
    ],
  ])("%s", async (_, flags, more, extra) => {
    const found = await permissions(flags, more);
    expect(sids(found.caller)?.toSorted()).toEqual([...always(caller), ...(extra.caller ?? [])].sort());
    expect(sids(found.cloudformation)?.toSorted()).toEqual(
      [...always(cloudformation), ...(extra.cloudformation ?? [])].sort(),
    );
  });

  test("a dry run only reads", async () => {
    const found = await permissions({}, { readsOnly: true });
    expect(sids(found.caller)).toEqual([
      "ReadCluster",
      "ReadStack",
      "ReadRole",
      "SeeDriftOfRole",
      "SeeDriftOfEntry",
      "SeeDriftOfLog",
    ]);
    expect(found.cloudformation).toBeUndefined();
    const verbs = new Set(found.cluster.flatMap(({ rules }) => rules.flatMap(({ verbs }) => verbs)));
    expect([...verbs].sort()).toEqual(["get", "list"]);
  });

  test("what the stack has must be deleted when it leaves the VPC", async () => {
    await apply("present", vpc);
    const found = await permissions({ subnetIds: ["none"] });
    expect(sids(found.cloudformation)).toEqual(expect.arrayContaining(["ReadNetwork", "OnlyInVpc"]));
  });

  test("the Roles are for the rules of --allow that the stack has, without asking the cluster", async () => {
    const rules = ["restart:deployments/web@kube-public", "scale:statefulsets", "get:nodes", "apply:configmaps@*"];
    await apply("present", { allow: rules });
    const { cluster } = await permissions({ awsOnly: true });
    expect(cluster).toEqual((await permissions()).cluster);
    const texts = cluster.flatMap(({ namespace, rules }) =>
      rules.map(({ resources, verbs }) => `${namespace} ${verbs.join()} ${resources.join()}`),
    );
    expect(texts).toEqual(
      expect.arrayContaining([
        "kube-public patch deployments",
        "default get,patch statefulsets/scale",
        "undefined get,list,watch nodes",
      ]),
    );
    expect(texts.join("\n")).not.toContain("create deployments");
  });

  test("the Roles are for the rights of a function of the user's that is there, without its source", async () => {
    const needs = [{ group: "", resource: "pods", verbs: ["list"] }] as const;
    const source = { path: "web.cjs", code: "exports.handler = async () => 1;", needs, largest: [] };
    await apply("present", { name: "web", program: { source } });
    const { cluster } = await permissions({ name: "web", awsOnly: true, program: { keepsSource: true } });
    expect(cluster.find(({ namespace }) => namespace === "default")?.rules).toContainEqual(
      expect.objectContaining({ resources: ["pods"], verbs: ["list"] }),
    );
    await expect(permissions({ name: "web", awsOnly: true })).rejects.toMatchObject({ code: "EntryNeeded" });
  });

  test("the Roles are for the function's namespace", async () => {
    const places = (await permissions({ namespace: "shop" })).cluster.map(({ namespace }) => namespace);
    expect(places).toEqual(["kube-system", "shop", undefined]);
  });
});

describe("by access entry alone", () => {
  const { contextOf } = useSetup({ authenticationMode: "API" });

  test("nothing is needed in aws-auth", async () => {
    const { target } = await contextOf("present", {});
    const found = setupPermissions(target, asked);
    expect(found.cluster.map(({ namespace }) => namespace)).toEqual(["default", undefined]);
    expect(sids(found.cloudformation)).toContain("AccessEntry");
  });
});

test.each([
  ["CONFIG_MAP", ["ReadCluster", "ReadRole", "SeeDriftOfEntry"], ["kube-system", undefined]],
  ["API_AND_CONFIG_MAP", ["ReadCluster", "ReadRole", "SeeDriftOfEntry", "OnlyForGrant"], ["kube-system", undefined]],
  ["API", ["ReadCluster", "ReadRole", "SeeDriftOfEntry", "OnlyForGrant"], [undefined]],
] as const)("for grant in authentication mode %s", (authenticationMode, statements, namespaces) => {
  const roleArn = "arn:aws-cn:iam::123456789012:role/team/ci";
  const place = { region: "cn-north-1", account: "123456789012", cluster: "demo", roleArn, authenticationMode };
  const found = grantPermissions(place, { findsCluster: false });
  expect(sids(found.caller)).toEqual(statements);
  expect(resourcesOf(found.caller, "ReadRole")).toEqual([roleArn]);
  expect(found.cloudformation).toBeUndefined();
  expect(found.cluster.map(({ namespace }) => namespace)).toEqual(namespaces);
});
