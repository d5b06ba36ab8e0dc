import { expect, test } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { completed, learn, repeating } from "../../../src/cli/hints.ts";
import { advice, command, type Hint } from "../../../src/core/command.ts";

const setup = command`eks-lambda setup`;
/** Flags that a run keeps as they are, and what it has found out beside them. */
const learning = (flags: Flags, more: Parameters<typeof learn>[1]): Flags => {
  learn(Object.freeze(flags), more);
  return flags;
};

test.each<[string, Flags, Hint, string]>([
  ["nothing where nothing was given", {}, advice`run \`${setup}\``, "run `eks-lambda setup`"],
  [
    "what leads to the same function",
    { cluster: "prod", region: "eu-west-1", profile: "ops", name: "web" },
    advice`run \`${setup}\``,
    "run `eks-lambda setup --name web --cluster prod --region eu-west-1 --profile ops`",
  ],
  [
    "in each command of a hint",
    { stack: "mine" },
    advice`${command`eks-lambda teardown`}, then ${setup}`,
    "eks-lambda teardown --stack mine, then eks-lambda setup --stack mine",
  ],
  [
    "no flag that the hint has",
    { cluster: "prod", region: "eu-west-1" },
    advice`${command`eks-lambda setup --cluster prod`} creates it; --region names another`,
    "eks-lambda setup --region eu-west-1 --cluster prod creates it; --region names another",
  ],
  [
    "no flag that the command does not take",
    { name: "web", context: "my tunnel", allowOtherServer: true },
    advice`${command`eks-lambda token`} | ${command`eks-lambda list`}`,
    "eks-lambda token | eks-lambda list --name web --context 'my tunnel' --allow-other-server",
  ],
  [
    "no context where none is used",
    { stack: "mine", context: "tunnel", allowOtherServer: true },
    advice`next  ${command`eks-lambda invoke`}`,
    "next  eks-lambda invoke --stack mine",
  ],
  [
    "the function",
    { function: "mine" },
    advice`see: ${command`eks-lambda invoke status`}`,
    "see: eks-lambda invoke --function mine status",
  ],
  [
    "the file of a function of the user's, where setup needs it",
    { name: "web", entry: "my functions/web.ts" },
    advice`${command`eks-lambda doctor`}; ${setup} makes it again`,
    "eks-lambda doctor --name web; eks-lambda setup --name web --entry 'my functions/web.ts' makes it again",
  ],
  [
    "region and profile in a command of the AWS CLI",
    { cluster: "prod", region: "eu-west-1", profile: "ops" },
    advice`see: ${command`aws cloudformation describe-stack-events --stack-name demo`}`,
    "see: aws cloudformation describe-stack-events --region eu-west-1 --profile ops --stack-name demo",
  ],
  [
    "what such a command lacks",
    { region: "eu-west-1", profile: "ops" },
    advice`wait: ${command`aws cloudformation wait stack-update-complete --stack-name demo --region eu-west-1`}; ${command`aws iam delete-role --role-name demo`}`,
    "wait: aws cloudformation wait stack-update-complete --profile ops --stack-name demo --region eu-west-1; aws iam delete-role --profile ops --role-name demo",
  ],
  [
    "the cluster's name in a command that needs it",
    { cluster: "prod", region: "eu-west-1" },
    advice`see \`${command`aws eks describe-cluster --query cluster.status`}\`, ${command`aws eks describe-cluster --name other`}`,
    "see `aws eks describe-cluster --name prod --region eu-west-1 --query cluster.status`, aws eks describe-cluster --region eu-west-1 --name other",
  ],
  [
    "the name of the only cluster",
    learning({}, { clusterName: "demo" }),
    advice`\`${command`aws eks describe-cluster`}\`, then ${setup}`,
    "`aws eks describe-cluster --name demo`, then eks-lambda setup",
  ],
  [
    "what a run finds out, where no flag says it",
    learning({ name: "web" }, { name: "other", entry: "src/web.ts", cluster: "demo" }),
    setup,
    "eks-lambda setup --name web --entry src/web.ts --cluster demo",
  ],
  [
    "each of two commands in one",
    { profile: "ops" },
    command`aws eks create-access-entry --principal-arn ${command`aws iam get-role --role-name me --query Role.Arn`} --region eu-west-1`,
    "aws eks create-access-entry --profile ops --principal-arn $(aws iam get-role --profile ops --role-name me --query Role.Arn) --region eu-west-1",
  ],
  [
    "no region where regions are asked for",
    { region: "us east", profile: "ops" },
    advice`use a name from \`${command`aws ec2 describe-regions`}\`, such as us-east-1`,
    "use a name from `aws ec2 describe-regions --profile ops`, such as us-east-1",
  ],
  [
    "nothing where the profile is the way in",
    { profile: "ops" },
    command`aws sso login --profile dev`,
    "aws sso login --profile dev",
  ],
  ["nothing in a command of another program", { cluster: "a" }, command`kubectl get pods`, "kubectl get pods"],
  ["nothing in text", { name: "web" }, "run eks-lambda setup", "run eks-lambda setup"],
  [
    "nothing inside of a value",
    { name: "web", profile: "it's" },
    command`eks-lambda setup --entry ${"eks-lambda doctor --name x; aws eks list-clusters"}`,
    "eks-lambda setup --name web --profile 'it'\\''s' --entry 'eks-lambda doctor --name x; aws eks list-clusters'",
  ],
])("a hint repeats %s", (_, flags, hint, repeated) =>
  expect(String(repeating(flags, hint, { script: "/usr/bin/eks-lambda", agent: undefined }))).toBe(repeated),
);

test.each<[string, Flags, readonly string[], string | undefined, string]>([
  [
    "with what it lacks",
    { cluster: "demo", region: "eu-west-1" },
    ["setup", "--region", "eu-west-1", "--memory", "512", "--allow", "restart:deployments/web,api", "--yes"],
    undefined,
    "npx eks-lambda@9.9.0 setup --region eu-west-1 --memory 512 --allow restart:deployments/web,api --yes --cluster demo",
  ],
  [
    "quoted",
    { name: "web" },
    ["--name", "web", "teardown", "--profile", "a b;$(id)"],
    "pnpm/10.4.1",
    "pnpm dlx eks-lambda@9.9.0 --name web teardown --profile 'a b;$(id)'",
  ],
  ["where nothing was typed", {}, [], "bun/1.2.4", "bunx eks-lambda@9.9.0"],
])("another version gets the command that was typed, %s", (_, flags, typed, agent, hint) =>
  expect(String(completed(flags, command`eks-lambda@9.9.0`, { script: "/usr/bin/eks-lambda", agent, typed }))).toBe(
    hint,
  ),
);

const inPackage = "node_modules/eks-lambda/bin/eks-lambda.cjs";
const [npm, pnpm, yarn, berry, bun] = ["npm/11.19.1", "pnpm/10.4.1", "yarn/1.22.22", "yarn/4.6.0", "bun/1.2.4"];
test.each<[string, string | undefined, string]>([
  ["/home/ada/.npm/_npx/0a1b/node_modules/.bin/eks-lambda", npm, "npx eks-lambda doctor"],
  ["/home/ada/web/node_modules/.bin/eks-lambda", npm, "npx eks-lambda doctor"],
  ["/home/ada/web/node_modules/.bin/eks-lambda", undefined, "npx eks-lambda doctor"],
  [`C:\\web\\${inPackage.replaceAll("/", "\\")}`, npm, "npx eks-lambda doctor"],
  [`C:\\npm\\${inPackage.replaceAll("/", "\\")}`, undefined, "eks-lambda doctor"],
  ["/usr/local/bin/eks-lambda", undefined, "eks-lambda doctor"],
  ["/usr/local/bin/eks-lambda", npm, "eks-lambda doctor"],
  ["/tmp/eks-lambda-shell-x/bin/eks-lambda", npm, "eks-lambda doctor"],
  [`/home/ada/.cache/pnpm/dlx/0a1b/18c/${inPackage}`, pnpm, "pnpm dlx eks-lambda doctor"],
  [`/home/ada/web/node_modules/.pnpm/eks-lambda@1.0.0/${inPackage}`, pnpm, "pnpm exec eks-lambda doctor"],
  [`/home/ada/.local/share/pnpm/global/5/${inPackage}`, undefined, "eks-lambda doctor"],
  ["/home/ada/web/node_modules/.bin/eks-lambda", yarn, "yarn eks-lambda doctor"],
  [`/tmp/xfs-1a2b/dlx-4711/${inPackage}`, berry, "yarn dlx eks-lambda doctor"],
  [`/home/ada/web/.yarn/cache/eks-lambda-npm-1.0.0-0a1b.zip/${inPackage}`, berry, "yarn eks-lambda doctor"],
  ["/tmp/bunx-1000-eks-lambda@latest/node_modules/.bin/eks-lambda", bun, "bunx eks-lambda doctor"],
])("of a program started as %s, by %s, the hint says %s", (script, agent, hint) =>
  expect(String(repeating({}, command`eks-lambda doctor`, { script, agent }))).toBe(hint),
);
