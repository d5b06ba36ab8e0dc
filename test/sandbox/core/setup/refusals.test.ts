/** What the planner refuses or keeps because it belongs to someone else, or cannot work; it writes nothing then. */
import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { awsAuth, configMaps, rbac } from "../../support/sandbox.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const roleArn = "arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1";
const name = "lambda-create-deployments";
const apiGroup = "rbac.authorization.k8s.io";
const create = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] };
const toLambda = [{ apiGroup, kind: "User", name: "lambda" }];
const isWrite = ({ action }: { readonly action: string }) =>
  /^(POST|PATCH|PUT|DELETE) (?!.*(dryRun=All|reviews))|:(Create|Update|Delete|Execute)/.test(action);

describe("in mode CONFIG_MAP", () => {
  const { sandbox, kube, plan, changes, apply } = useSetup();
  const role = (rules: readonly object[]) => kube("POST", `${rbac}/roles`, { body: { metadata: { name }, rules } });
  const binding = (roleRef: object, subjects: readonly object[] = toLambda, path = `${rbac}/rolebindings`) =>
    kube("POST", path, { body: { metadata: { name }, roleRef: { apiGroup, ...roleRef }, subjects } });
  const mapped = (mapRoles: string, more = {}) => kube("POST", configMaps, { body: awsAuth({ mapRoles, ...more }) });

  const given: [what: string, code: string, given: () => Promise<unknown>, flags?: Flags][] = [
    ["a Role of that name with other rules", "RoleNotOurs", () => role([{ ...create, verbs: ["*"] }])],
    [
      "a RoleBinding of that name for another Role",
      "RoleBindingNotOurs",
      () => binding({ kind: "ClusterRole", name: "view" }, [{ apiGroup, kind: "User", name: "other" }]),
    ],
    [
      "another role with our user in aws-auth",
      "UsernameTaken",
      () => mapped("- rolearn: arn:aws:iam::123456789012:role/x\n  username: lambda\n"),
    ],
    [
      "an IAM user with our user in aws-auth",
      "UsernameTaken",
      () => mapped("[]", { mapUsers: "- userarn: arn:aws:iam::123456789012:user/x\n  username: lambda\n" }),
    ],
    [
      "another binding of our user",
      "UsernameTaken",
      () => binding({ kind: "ClusterRole", name: "view" }, toLambda, `/apis/${apiGroup}/v1/clusterrolebindings`),
    ],
    ["an aws-auth that does not parse", "AwsAuthInvalid", () => mapped("- rolearn: [\n")],
    ["an IAM role of that name", "RoleNotOurs", async () => sandbox().assumeRole("eks-lambda-demo-us-east-1")],
    ["a namespace that does not exist", "NamespaceNotFound", async () => {}, { namespace: "missing" }],
    ["--access access-entry", "AccessModeUnsupported", async () => {}, { access: "access-entry" }],
    [
      "a cluster that is created now",
      "ClusterNotReady",
      async () => sandbox().describe("demo", { status: "CREATING" }),
    ],
  ];
  test.each(given)("setup refuses %s: %s", async (_, code, prepare, flags) => {
    await prepare();
    const { requests } = sandbox();
    const before = requests.length;
    await expect(changes("present", flags)).rejects.toMatchObject({ code, hint: expect.any(String) });
    expect(requests.slice(before).filter(isWrite)).toEqual([]);
  });

  test("a Role of someone else that grants exactly what is needed is used, and teardown keeps it", async () => {
    await role([create]);
    await apply("present");
    const kept = (await changes("absent")).filter(({ step }) => step === "rbac");
    expect(kept.map(({ action, summary }) => `${action}: ${summary}`)).toEqual([
      "unchanged: kept: someone else created this Role",
      expect.stringMatching(/^delete: /),
    ]);
  });

  test("--force-conflicts overwrites a Role that no stack owns", async () => {
    await role([{ ...create, verbs: ["*"] }]);
    await apply("present", { forceConflicts: true });
    expect((await kube("GET", `${rbac}/roles/${name}`)).body.rules).toEqual([create]);
  });

  test("--share-username allows another binding of the user", async () => {
    await binding({ kind: "ClusterRole", name: "view" }, toLambda, `/apis/${apiGroup}/v1/clusterrolebindings`);
    await apply("present", { shareUsername: true });
    expect((await changes("present", { shareUsername: true })).filter(({ action }) => action !== "unchanged")).toEqual(
      [],
    );
  });

  test("teardown keeps an entry that someone changed to another user", async () => {
    await apply("present");
    const mapRoles = `- rolearn: ${roleArn}\n  username: someone\n`;
    await kube("PATCH", `${configMaps}/aws-auth`, {
      body: { data: { mapRoles } },
      type: "application/merge-patch+json",
    });
    const [entry] = (await changes("absent")).filter(({ step }) => step === "aws-auth");
    expect(entry).toMatchObject({ action: "unchanged", summary: `kept: ${roleArn} is not mapped as setup maps it` });
    await apply("absent");
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles).toBe(mapRoles);
  });

  test("teardown shows and counts each entry that goes, also those that ours overrides", async () => {
    const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";
    const boss = `- rolearn: ${roleArn}\n  username: boss\n  groups: [system:masters]\n`;
    const ours = `- rolearn: ${roleArn}\n  username: lambda\n`;
    await mapped(nodes + boss + ours);
    await apply("present");
    const [entry] = (await changes("absent")).filter(({ step }) => step === "aws-auth");
    expect(entry).toMatchObject({ action: "delete", summary: "1 entry untouched", before: (boss + ours).trimEnd() });
    await apply("absent");
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles).toBe(nodes);
  });

  test.each([
    [
      "mapRoles names a role",
      "role/x",
      "",
      `kept: arn:aws:iam::123456789012:role/x is "lambda"; if that is the function's role, name it with --role-name x`,
    ],
    ["mapRoles names a user", "user/x", "", "unchanged"],
    ["mapUsers names a user", "", "- userarn: arn:aws:iam::123456789012:user/x\n  username: lambda\n", "unchanged"],
    ["mapUsers is not valid", "", "{", "unchanged"],
  ])("teardown without a stack, where %s with our user", async (_, inRoles, mapUsers, summary) => {
    const mapRoles = inRoles && `- rolearn: arn:aws:iam::123456789012:${inRoles}\n  username: lambda\n`;
    await mapped(mapRoles, { mapUsers });
    const [entry] = (await changes("absent")).filter(({ step }) => step === "aws-auth");
    expect(entry).toMatchObject({ action: "unchanged", summary });
  });

  describe("a RoleBinding that waits for a finalizer", () => {
    const path = `${rbac}/rolebindings/${name}`;
    const finalize = (finalizers: readonly string[] | null) =>
      kube("PATCH", path, { body: { metadata: { finalizers } }, type: "application/merge-patch+json" });
    const isThere = async () => (await kube("GET", path)).status === 200;

    test("is not removed: teardown says so, also the second time", async () => {
      await apply("present");
      await finalize(["example.com/audit"]);
      const told = {
        code: "BeingDeleted",
        message: `the RoleBinding "${name}" in default is being deleted, and waits for its finalizers: example.com/audit`,
        hint: expect.stringContaining(`kubectl patch rolebinding/${name} --namespace default --type merge --patch `),
      };
      await expect(apply("absent")).rejects.toMatchObject(told);
      await expect(apply("absent")).rejects.toMatchObject(told);
      expect(await isThere()).toBe(true);
      await expect(changes("present")).rejects.toMatchObject(told);
      await finalize(null);
      await apply("absent");
      expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    });

    test("is waited for while a controller does its work", async () => {
      await apply("present");
      await finalize(["example.com/audit"]);
      const [binding] = (await plan("absent")).filter(({ change }) => change.target.includes("/rolebinding/"));
      const waited: string[] = [];
      await binding?.apply?.((what) => {
        waited.push(what);
        void finalize(null);
      });
      expect(waited[0]).toBe(`the finalizers of the RoleBinding "${name}" in default: example.com/audit`);
      expect(await isThere()).toBe(false);
    });
  });

  test("teardown without a cluster removes what is in the account and on this computer", async () => {
    await apply("present");
    sandbox().describe("demo", { status: "DELETING", endpoint: undefined, ca: undefined });
    expect((await changes("absent")).map(({ step, action }) => `${action} ${step}`)).toEqual([
      "delete kubeconfig",
      "delete stack",
    ]);
  });

  test("two functions share the kubeconfig's entries, and nothing else", async () => {
    await apply("present");
    await apply("present", { name: "ci" });
    const first = await changes("absent");
    expect(first.filter(({ step }) => step === "kubeconfig")).toMatchObject([
      { action: "unchanged", summary: expect.stringContaining("eks-lambda-demo-ci-") },
    ]);
    await apply("absent");
    expect((await changes("present", { name: "ci" })).filter(({ action }) => action !== "unchanged")).toEqual([]);
    const last = (await changes("absent", { name: "ci" })).map(({ step, action }) => `${action} ${step}`);
    expect(last[0]).toBe("delete kubeconfig");
  });
});

describe("in mode API", () => {
  const { changes } = useSetup({ authenticationMode: "API" });

  test("--access aws-auth is refused", async () => {
    await expect(changes("present", { access: "aws-auth" })).rejects.toMatchObject({ code: "AccessModeUnsupported" });
  });
});
