import { expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { configOf } from "../../../../src/cli/flags.ts";
import type { Pairs } from "../../../../src/core/aws/cloudformation.ts";
import { command } from "../../../../src/core/command.ts";
import { setupFlags, wayBack } from "../../../../src/core/setup/setup-flags.ts";
import type { Target } from "../../../../src/core/setup/target.ts";
import { stackWith } from "../../support/found.ts";

const stock = {
  ...{ region: "us-east-1", name: undefined, stack: "eks-lambda-demo" },
  cluster: { exists: true, name: "demo", namespace: "default" },
  ...{ functionName: "eks-lambda-demo-us-east-1", roleName: "eks-lambda-demo-us-east-1" },
  ...{ username: "lambda", rbacName: "lambda-create-deployments" },
  rights: { needs: [], earlier: [], origin: "stock", sourcePath: undefined },
  found: stackWith({}),
} as unknown as Target;
const own = {
  ...{
    name: "own",
    stack: "eks-lambda-demo-own-febd9c",
    rbacName: "eks-lambda-own-febd9c",
    username: "eks-lambda:own",
  },
  ...{ functionName: "eks-lambda-demo-us-east-1-own-febd9c", roleName: "eks-lambda-demo-us-east-1-own-febd9c" },
};
const rights = (origin: Target["rights"]["origin"], sourcePath: string) => ({
  ...{ earlier: [], origin, sourcePath },
  needs: [{ group: "", resource: "pods", verbs: ["get", "list"], namespace: "shop" }],
});

test.each<[string, Partial<Target>, string]>([
  ["without flags", {}, ""],
  ["with names that were chosen", { stack: "mine", username: "u" }, " --stack mine --username u"],
  [
    "with what the stock function is allowed",
    { rbacName: "eks-lambda", found: stackWith({ Allow: "a:b; c:d" }) },
    " --allow a:b c:d",
  ],
  [
    "with the name of a Role from before its rules",
    { found: stackWith({ Allow: "a:b; c:d" }) },
    " --rbac-name lambda-create-deployments --allow a:b c:d",
  ],
  ["with options", { found: stackWith({ MemorySize: "512", AllowImage: "" }) }, " --memory 512"],
  ["without its variables' values", { found: stackWith({ Variables: '{"TABLE":"orders"}' }) }, ""],
  ["with tags", { found: stackWith({}, { team: "a b" }) }, " --tags 'team=a b'"],
  [
    "from its file, which declares its rights",
    { ...own, rights: rights("code", "src/own.ts"), found: stackWith({ Allow: "" }) },
    " --name own --entry src/own.ts",
  ],
  [
    "from its file, with the rights of --allow",
    { ...own, rights: rights("allow", "my own.cjs"), found: stackWith({ Allow: "get,list pods @shop" }) },
    " --name own --entry 'my own.cjs' --allow 'get,list pods @shop'",
  ],
  [
    "from a file whose name looks like a flag, or like several words",
    { ...own, rights: rights("code", "-y; --yes"), found: stackWith({}) },
    " --name own '--entry=-y; --yes'",
  ],
  ["as nobody knows without its stack", { found: undefined, username: "u" }, ""],
])("a function is made again %s", (_, changes, flags) =>
  expect(String(command`eks-lambda setup ${setupFlags({ ...stock, ...changes })}`)).toBe(`eks-lambda setup${flags}`),
);

const before = {
  ...{ MemorySize: "256", Timeout: "60", AllowImage: "" },
  Allow: "create:deployments; scale:deployments/web",
};
const changedBy = (flags: Flags, parameters: Pairs = before): Target => ({
  ...stock,
  config: configOf(flags),
  found: stackWith({ Version: "1.0.0", KubernetesUsername: "lambda", SubnetIds: "", ...parameters }),
});

test.each<[string, Target, string]>([
  ["a new function", { ...stock, found: undefined }, "the function is live; to remove it: eks-lambda teardown"],
  [
    "options",
    changedBy({ memory: "512", timeout: "60", allowImage: ["a:*"] }),
    "the update is live; to go back: eks-lambda setup --memory 256 --allow-image ''",
  ],
  [
    "names and rights",
    changedBy({ username: "web", subnetIds: ["subnet-0a"], allow: ["+restart:deployments"] }),
    "the update is live; to go back: eks-lambda setup --username lambda --subnet-ids '' --allow create:deployments scale:deployments/web",
  ],
  [
    "the first rights that a flag names",
    changedBy({ allow: ["restart:deployments"] }, { ...before, Allow: "" }),
    "the update is live; to go back: eks-lambda setup --allow create:deployments.apps",
  ],
  [
    "variables, whose values are nowhere else than in the plan",
    changedBy(
      { env: ["NEW=1", "OLD=2", "GONE-", "SAME=x"] },
      { ...before, Variables: '{"OLD":"1","GONE":"y","SAME":"x"}' },
    ),
    "the update is live; to go back: eks-lambda setup --env NEW-, with --env for OLD, GONE, whose values are not repeated here",
  ],
  [
    "a policy where there was none",
    { ...changedBy({}), config: { ...configOf({}), ownPolicy: { document: { a: 1 }, statements: [] } } },
    "the update is live; to go back: eks-lambda setup --no-policy",
  ],
  [
    "a policy that is removed",
    changedBy({ policy: false }, { ...before, Policy: "0".repeat(64) }),
    "the update is live; to go back: eks-lambda setup, with the --policy that it had",
  ],
  ["nothing that flags say", changedBy({}), "what this run changed is live"],
  [
    "the code of an own function",
    { ...changedBy({}), rights: rights("code", "src/own.ts") },
    "the new code is live; to go back, restore src/own.ts as it was: eks-lambda setup",
  ],
  [
    "another version of the package",
    changedBy({}, { Version: "0.9.0" }),
    "the code of version 1.0.0 is live; to go back to 0.9.0, remove the function: eks-lambda teardown\nthen create it again: eks-lambda@0.9.0",
  ],
])("after failed checks of %s, the way back is told", (_, target, told) =>
  expect(String(wayBack(target, "1.0.0"))).toBe(told),
);
