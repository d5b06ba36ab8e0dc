/** What each step plans, for both intents, and that applying a plan leaves nothing to change. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { awsAuth, configMaps, deployments, rbac } from "../../support/sandbox.ts";
import { brief, useSetup } from "../../support/setup-in-process.ts";

const stack = "stack eks-lambda-demo";
const role = "rbac default/role/lambda-create-deployments";
const binding = "rbac default/rolebinding/lambda-create-deployments";
const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";

describe("by aws-auth", () => {
  const { changes, apply, kube, home, sandbox } = useSetup();
  const kubeconfig = () => `kubeconfig ${home()}/.kube/config`;

  test("setup, and nothing to change after it", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
    const aws = "aws-auth kube-system/aws-auth";
    const all = [stack, aws, role, binding, kubeconfig()];
    expect((await changes("present")).map(brief)).toEqual(all.map((one) => `create ${one}`));
    await apply("present");
    expect((await changes("present")).map(brief)).toEqual(all.map((one) => `unchanged ${one}`));
  });

  test("teardown removes the mapping before the bindings and the stack last, and leaves what was there", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
    await apply("present");
    expect((await changes("absent")).map(brief)).toEqual(
      [kubeconfig(), "aws-auth kube-system/aws-auth", role, binding, stack].map((one) => `delete ${one}`),
    );
    await apply("absent");
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data).toEqual({ mapRoles: nodes });
  });

  test("teardown removes the entry that an earlier run made for the default user, which somebody restored", async () => {
    await apply("present");
    const { data } = (await kube("GET", `${configMaps}/aws-auth`)).body;
    await apply("present", { username: "web" });
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data }, type: "application/merge-patch+json" });
    await apply("absent");
    expect((await kube("GET", `${configMaps}/aws-auth`)).status).toBe(404);
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });

  test("teardown of a renamed role removes the entry of the default one, too, which somebody restored", async () => {
    await apply("present");
    const { data } = (await kube("GET", `${configMaps}/aws-auth`)).body;
    await apply("present", { roleName: "team" });
    const { mapRoles } = (await kube("GET", `${configMaps}/aws-auth`)).body.data;
    const both = { mapRoles: `${data.mapRoles}${mapRoles}` };
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data: both }, type: "application/merge-patch+json" });
    await apply("absent");
    expect((await kube("GET", `${configMaps}/aws-auth`)).status).toBe(404);
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });

  test("teardown without the stack's name keeps the entry of a function that has another stack", async () => {
    await apply("present", { stack: "foo" });
    const before = (await kube("GET", `${configMaps}/aws-auth`)).body.data;
    const planned = await changes("absent");
    expect(planned.find(({ step }) => step === "aws-auth")?.summary).toBe(
      'kept: "lambda" is the user of the stack 123456789012/us-east-1/foo',
    );
    await apply("absent");
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data).toEqual(before);
    await apply("absent", { stack: "foo" });
    expect((await kube("GET", `${configMaps}/aws-auth`)).status).toBe(404);
  });

  test("planning writes nothing", async () => {
    await changes("present");
    const writes = sandbox().requests.filter(({ action }) =>
      /^(POST|PATCH|PUT|DELETE) (?!.*(dryRun=All|reviews))/.test(action),
    );
    expect(writes).toEqual([]);
    const aws = sandbox().requests.filter(({ to, action }) => to === "aws" && !/:(Describe|Get|List)/.test(action));
    expect(aws).toEqual([]);
  });

  test.each([
    ["kube-system", true],
    ["kube-public", true],
    ["default", false],
  ])("a Role in %s warns: %s", async (namespace, warns) => {
    const planned = await changes("present", { namespace });
    const warnings = planned.flatMap(({ warnings = [] }) => warnings);
    expect(
      warnings.some((warning) => String(warning).includes("this namespace has the cluster's own controllers")),
    ).toBe(warns);
  });

  test("a Role whose rules somebody changed is updated", async () => {
    await apply("present");
    const path = `${rbac}/roles/lambda-create-deployments`;
    const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "list"] }];
    expect(await kube("PATCH", path, { body: { rules }, type: "application/merge-patch+json" })).toMatchObject({
      status: 200,
    });
    const changed = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(changed.map(brief)).toEqual([`update ${role}`]);
    await apply("present");
    expect((await kube("GET", path)).body.rules).toEqual([
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] },
    ]);
  });

  test("another namespace moves Role and RoleBinding's plan there", async () => {
    const planned = (await changes("present", { namespace: "kube-public" })).map(brief);
    expect(planned).toContain("create rbac kube-public/role/lambda-create-deployments");
    expect(planned).toContain("create rbac kube-public/rolebinding/lambda-create-deployments");
  });

  test("without a kubeconfig, the file is not in the plan", async () => {
    const planned = await changes("present", { kubeconfig: false });
    expect(planned.map(({ step }) => step)).not.toContain("kubeconfig");
  });

  test("a kubeconfig of somebody keeps its entries through setup and teardown", async () => {
    const theirs =
      "# mine\napiVersion: v1\nkind: Config\ncurrent-context: work\nclusters: []\nusers: []\ncontexts: []\n";
    await mkdir(join(home(), ".kube"));
    await writeFile(join(home(), ".kube/config"), theirs);
    await apply("present");
    expect(await readFile(join(home(), ".kube/config"), "utf8")).toContain("eks-lambda/demo");
    await apply("absent");
    expect(await readFile(join(home(), ".kube/config"), "utf8")).toBe(theirs);
  });

  test.each([
    ["in another Region", "us-east-1", "eu-west-1"],
    ["in another account", "123456789012", "111122223333"],
  ])("teardown keeps the entry of a cluster with that name %s", async (_, here, there) => {
    const file = join(home(), ".kube/config");
    await apply("present");
    const other = (await readFile(file, "utf8")).replaceAll(here, there);
    await writeFile(file, other);
    expect((await changes("absent")).map(brief)).toContain(`unchanged kubeconfig ${file}`);
    await apply("present");
    expect(await readFile(file, "utf8")).toContain('name: "eks-lambda/us-east-1/demo"');
    await apply("absent");
    expect(await readFile(file, "utf8")).toBe(other);
  });

  test("clusters of one name in two Regions of two accounts have an entry each", async () => {
    const file = join(home(), ".kube/config");
    await apply("present");
    const other = (await readFile(file, "utf8")).replaceAll("123456789012", "111122223333");
    await writeFile(file, other);
    await apply("present");
    const both = (await readFile(file, "utf8")).replaceAll("123456789012", "444455556666");
    await writeFile(file, both);
    await apply("present");
    expect(await readFile(file, "utf8")).toContain('name: "eks-lambda/123456789012/us-east-1/demo"');
    expect((await changes("present")).map(brief)).toContain(`unchanged kubeconfig ${file}`);
    await apply("absent");
    expect(await readFile(file, "utf8")).toBe(both);
  });

  test("an entry of a cluster that was made again gets its endpoint", async () => {
    const file = join(home(), ".kube/config");
    await apply("present");
    const now = await readFile(file, "utf8");
    await writeFile(file, now.replace(/server: ".*"/, 'server: "https://gone.example"'));
    await apply("present");
    expect(await readFile(file, "utf8")).toBe(now);
  });

  test("workloads are in teardown's plan only when asked for", async () => {
    await apply("present");
    const labels = { "app.kubernetes.io/managed-by": "eks-lambda" };
    const spec = {
      replicas: 0,
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a" }] } },
    };
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "old", labels }, spec };
    expect(await kube("POST", deployments, { body })).toMatchObject({ status: 201 });
    expect((await changes("absent")).map(({ step }) => step)).not.toContain("workloads");
    const asked = (await changes("absent", { workloads: true })).filter(({ step }) => step === "workloads");
    expect(asked.map(({ action }) => action)).toEqual(["unchanged"]);
  });
});

describe("a caller who may only read in the cluster", () => {
  const { plan, kube, sandbox } = useSetup();
  const api = "rbac.authorization.k8s.io";

  /** From now on plans are those of the role `reader`. */
  async function asReader(): Promise<void> {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = sandbox().assumeRole("reader");
    const reader = "- rolearn: arn:aws:iam::123456789012:role/reader\n  username: reader\n";
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes + reader }) });
    const rules = [{ apiGroups: ["", api], resources: ["*"], verbs: ["get", "list"] }];
    const metadata = { name: "reader" };
    await kube("POST", `/apis/${api}/v1/clusterroles`, { body: { metadata, rules } });
    const roleRef = { apiGroup: api, kind: "ClusterRole", name: "reader" };
    const subjects = [{ apiGroup: api, kind: "User", name: "reader" }];
    await kube("POST", `/apis/${api}/v1/clusterrolebindings`, { body: { metadata, roleRef, subjects } });
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
  }

  test("is refused, with all that is missing", async () => {
    await asReader();
    await expect(plan("present")).rejects.toMatchObject({
      code: "Forbidden",
      message: expect.stringMatching(/cannot patch resource "configmaps".*cannot create resource "roles"/s),
    });
  });

  test("sees the whole plan of a dry run, with a warning at each change that is refused", async () => {
    await asReader();
    const planned = await plan("present", {}, { forbidden: "warn" });
    const forbidden = planned.filter(({ change: { warnings = [] } }) =>
      warnings.some((warning) =>
        /^you may not make this change: .* cannot (patch|create) resource/.test(String(warning)),
      ),
    );
    expect(planned.map(({ change }) => change.step)).toEqual(["stack", "aws-auth", "rbac", "rbac", "kubeconfig"]);
    expect(forbidden.map(({ change }) => change.step)).toEqual(["aws-auth", "rbac", "rbac"]);
  });
});

describe("by access entry", () => {
  const { changes, apply } = useSetup({ authenticationMode: "API" });

  test("the entry is part of the stack", async () => {
    const planned = await changes("present");
    expect(planned.map(({ step }) => step)).not.toContain("aws-auth");
    expect(planned.find(({ step }) => step === "stack")?.action).toBe("create");
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    await apply("absent");
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});

describe("from aws-auth to an access entry", () => {
  const { sandbox, plan, apply } = useSetup({ authenticationMode: "CONFIG_MAP" });

  test("the mode is changed first, and the old mapping goes last", async () => {
    await apply("present");
    const planned = await plan("present", { enableAccessEntries: true });
    expect(
      planned
        .filter(({ apply }) => apply)
        .map(({ change, late }) => `${change.action} ${change.step}${late ? ", late" : ""}`),
    ).toEqual(["update access-mode", "update stack", "delete aws-auth, late"]);
    await apply("present", { enableAccessEntries: true });
    expect(sandbox().requests.map(({ action }) => action)).toContain("eks:UpdateClusterConfig");
    expect((await plan("present")).filter(({ apply }) => apply)).toEqual([]);
  });
});
