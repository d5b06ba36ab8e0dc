import { describe, expect, test } from "vitest";
import type { Access } from "../../../../src/core/mapping/choose.ts";
import { leftoversOf } from "../../../../src/core/setup/leftovers.ts";
import type { Target } from "../../../../src/core/setup/target.ts";
import { stackWith } from "../../support/found.ts";

const access: Access = {
  ...{ method: "aws-auth", reason: "authentication mode CONFIG_MAP" },
  ...{ readsEntries: false, readsAwsAuth: true, enable: false },
};
const target = {
  ...{
    region: "us-east-1",
    caller: { account: "111122223333" },
    access,
    name: undefined,
    stack: "eks-lambda-demo",
    found: undefined,
  },
  cluster: { exists: true, status: "ACTIVE", name: "demo", namespace: "default", endpoint: "https://x", ca: "Y2E=" },
  ...{ roleName: "eks-lambda-demo-us-east-1", username: "lambda", rbacName: "lambda-create-deployments" },
  rights: { needs: [{ group: "apps", resource: "deployments", verbs: ["create"] }], earlier: [], origin: "stock" },
  roleArn: "arn:aws:iam::111122223333:role/team/eks-lambda-demo-us-east-1",
} as unknown as Target;
const entry = { arn: undefined, createdAt: undefined, username: "lambda", groups: [] };
const leftoversFor = (target: Target, accessEntry: () => Promise<typeof entry | undefined> = async () => undefined) =>
  leftoversOf({ target, eks: { accessEntry } });
const byEntry = stackWith({ MapByAccessEntry: "true" });

describe("what teardown --aws-only leaves", () => {
  test("has the entry in aws-auth, without the role's path, and its risk first", async () => {
    const left = await leftoversFor(target);
    expect(left?.warnings[0]).toMatch(/^the entry in aws-auth stays: anyone who can create a role named /);
    expect(left?.objects[0]).toBe("the entry of arn:aws:iam::111122223333:role/eks-lambda-demo-us-east-1 in aws-auth");
    expect(left?.commands.map(String)).toEqual(["eks-lambda teardown --cluster demo --region us-east-1"]);
  });

  test.each<[string, Partial<Target>]>([
    ["the cluster does not read aws-auth", { access: { ...access, readsAwsAuth: false } }],
    ["the stack made an access entry, which goes with it", { found: byEntry }],
  ])("warns of no mapping where %s", async (_, changes) => {
    const left = await leftoversFor({ ...target, ...changes });
    expect([left?.warnings, left?.objects.length]).toEqual([[], 2]);
  });

  test.each([
    ["warns of no mapping where somebody made an access entry for the role", async () => entry, 0],
    ["warns of one where there is none", async () => undefined, 1],
    ["warns of one where the caller may not know", () => Promise.reject(new Error("AwsForbidden")), 1],
  ])("%s", async (_, accessEntry, warnings) => {
    const left = await leftoversFor({ ...target, access: { ...access, readsEntries: true } }, accessEntry);
    expect(left?.warnings).toHaveLength(warnings);
    expect(left?.objects).toHaveLength(2 + warnings);
  });

  test("has the entries of the role's earlier names, each with its risk and the command that removes it", async () => {
    const found = stackWith({ EarlierMappings: "old/web" });
    const left = await leftoversFor({ ...target, found });
    expect(left?.warnings[1]).toMatch(/anyone who can create a role named "old" in this account becomes "web"/);
    expect(left?.objects[1]).toBe("the entry of arn:aws:iam::111122223333:role/old in aws-auth");
    expect(String(left?.commands[1])).toBe(
      "eks-lambda teardown --cluster demo --region us-east-1 --role-name old --username web",
    );
  });

  test("is nothing where the cluster is gone", async () =>
    expect(
      await leftoversFor({ ...target, cluster: { exists: false, name: "demo", namespace: "default" } }),
    ).toBeUndefined());

  test("is removed by a command with each name that is not the default", async () => {
    const chosen = { name: "web", stack: "mine", roleName: "r", rbacName: "b", username: "u" };
    expect((await leftoversFor({ ...target, ...chosen }))?.commands.map(String)).toEqual([
      "eks-lambda teardown --cluster demo --region us-east-1 --name web --stack mine --role-name r --username u --rbac-name b",
    ]);
  });
});
