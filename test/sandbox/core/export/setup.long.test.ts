/** Both halves of an export of setup, applied by hand, are what setup makes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkFunction } from "../../../../src/core/doctor/self-check.ts";
import { type Export, setupExport } from "../../../../src/core/export/setup.ts";
import type { ClusterContext } from "../../../../src/core/setup/context.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { applyByHand, deployByHand, objectsIn, textOf } from "../../support/by-hand.ts";
import { useSetup } from "../../support/setup-in-process.ts";

type Used = ReturnType<typeof useSetup>;

const exported = async ({ contextOf }: Used, to: "sam" | "kubectl", flags = {}): Promise<Export> =>
  setupExport((await contextOf("present", flags)) as ClusterContext, to);

describe.each([
  ["CONFIG_MAP", ["rbac.yaml", "aws-auth.txt"]],
  ["API_AND_CONFIG_MAP", ["rbac.yaml"]],
] as const)("in authentication mode %s", (authenticationMode, ofCluster) => {
  const used = useSetup({ authenticationMode });
  const { client, kube, changes, contextOf, ports } = used;

  test.each([
    ["as it is", {}],
    ["with the only images", { name: "web", allowImage: ["registry.example.com/*", "nginx:1"] }],
    ["with flags", { name: "web", namespace: "kube-public", memory: "512", rolePath: "/team/", tags: ["a b=c d"] }],
  ])("%s, setup finds nothing to change after it, and the function passes its checks", async (_, flags) => {
    const [account, cluster] = [await exported(used, "sam", flags), await exported(used, "kubectl", flags)];
    expect(account.files.map(({ path }) => path)).toEqual(["template.yml", "dist/function/index.js", "samconfig.toml"]);
    expect(cluster.files.map(({ path }) => path)).toEqual(ofCluster);
    await deployByHand(client(), account.files);
    await applyByHand(kube, cluster.files);
    const left = (await changes("present", flags)).filter(({ action }) => action !== "unchanged");
    expect(left.map(({ step }) => step)).toEqual(["kubeconfig"]);
    const { functionName } = (await contextOf("present", flags)).target;
    const checks = await checkFunction({ origin: "stock", ...ports(), functionName });
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect((await exported(used, "sam", flags)).files).toEqual(account.files);
  });
});

describe("the files", () => {
  const used = useSetup();
  const { sandbox } = used;

  test("name what they are for, and have no secret", async () => {
    const { files } = await exported(used, "kubectl");
    expect(textOf(files, "rbac.yaml")).toMatch(/^# The cluster's half of the stack eks-lambda-demo in us-east-1: /);
    const all = [...files, ...(await exported(used, "sam")).files].map(({ text }) => text).join("\n");
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = sandbox().env;
    for (const secret of [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, sandbox().adminToken])
      expect(all).not.toContain(secret);
  });

  test("the template is the package's", async () => {
    const { files } = await exported(used, "sam");
    expect(textOf(files, "template.yml")).toBe(readFileSync("template.yml", "utf8"));
  });

  test("objects have the stack's label", async () => {
    const { files } = await exported(used, "kubectl", { stack: "other" });
    expect(objectsIn(files).map(({ kind, metadata }) => [kind, metadata])).toEqual(
      ["Role", "RoleBinding"].map((kind) => [
        kind,
        expect.objectContaining({ annotations: { "eks-lambda/owner": `${sandbox().account}/us-east-1/other` } }),
      ]),
    );
  });

  test("--force-conflicts takes a Role that no stack owns, as setup does", async () => {
    const { metadata } = objectsIn((await exported(used, "kubectl")).files)[0] ?? {};
    const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    const body = {
      metadata: { name: metadata?.name },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    };
    await used.kube("POST", roles, { body });
    expect(await refusalOf(exported(used, "kubectl"))).toMatchObject({ code: "RoleNotOurs" });
    expect(await exported(used, "kubectl", { forceConflicts: true })).toMatchObject({ warnings: [] });
  });

  test("writes nothing to the account or the cluster", async () => {
    await exported(used, "sam");
    await exported(used, "kubectl");
    const writes = sandbox().requests.filter(({ to, action }) =>
      to === "aws" ? !/:(Describe|Get|List)/.test(action) : !/^GET |dryRun=All|reviews/.test(action),
    );
    expect(writes).toEqual([]);
  });

  test("a conflict is told here, and not to those who apply them", async () => {
    await used.apply("present");
    await used.kube("PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/lambda-create-deployments", {
      type: "application/merge-patch+json",
      body: { metadata: { labels: { "eks-lambda/owner": "another", "app.kubernetes.io/managed-by": "eks-lambda" } } },
    });
    expect(await refusalOf(exported(used, "kubectl"))).toMatchObject({ code: "RoleNotOurs" });
  });
});
