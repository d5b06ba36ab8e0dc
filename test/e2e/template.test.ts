/** The template according to SAM and cfn-lint, and what its role may do. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { describe, expect } from "vitest";
import { credentialsOf } from "../acceptance/support/names.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import type { RealBackend } from "./backend/index.ts";
import { translated } from "./support/translate.ts";

test.beforeEach(async ({ world }) => world.fresh());

const options = ({ backend }: World) => ({
  region: backend.region,
  credentials: credentialsOf(backend),
  endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
});

describe("what setup deploys", () => {
  test("passes SAM's translator and cfn-lint with each combination of options", async ({ world }) => {
    const { bin, folder } = world.backend as RealBackend;
    expect(await world.run("setup --yes --no-kubeconfig")).toMatchObject({ exit: 0 });
    const client = new CloudFormationClient(options(world));
    const { TemplateBody = "" } = await client.send(new GetTemplateCommand({ StackName: world.names.stack }));
    const template = join(folder, "deployed.yml");
    await writeFile(template, TemplateBody);
    const files = await translated(world.backend as RealBackend, template);
    expect(files).toHaveLength(16);
    expect(await lint(world, bin.cfnLint, "--region", "us-east-1", "--", template)).toBe("");
    // Which parameters are used depends on the options.
    const ignored = ["--ignore-checks", "W2001"];
    expect(await lint(world, bin.cfnLint, "--region", "us-east-1", ...ignored, "--", ...files)).toBe("");
  });
});

const recipes = readdirSync(repositoryFile("docs/recipes")).filter((file) => file !== "github-actions-workflow.yml");

test.for(["template.yml", ...recipes.map((file) => `docs/recipes/${file}`)])(
  "sam validate --lint accepts %s",
  async (path, { world }) => {
    const { bin } = world.backend as RealBackend;
    const file = repositoryFile(path);
    expect(await lint(world, bin.sam, "validate", "--lint", "-t", file)).toContain("is a valid SAM Template");
  },
);

async function lint({ backend }: World, program: string, ...args: readonly string[]): Promise<string> {
  const { path, folder } = backend as RealBackend;
  const env = { PATH: path.join(":"), HOME: folder, AWS_REGION: "us-east-1", SAM_CLI_TELEMETRY: "0" };
  const { stdout } = await promisify(execFile)(program, args, { env }).catch((error) => error);
  return stdout;
}

describe("the execution role may", () => {
  const writesItsLog = (names: World["names"]) => ({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    // moto leaves out the `:*` that CloudFormation gives.
    Resource: expect.stringMatching(`^arn:aws:logs:us-east-1:\\d+:log-group:/aws/lambda/${names.functionName}(:\\*)?$`),
  });

  test("write to its own log group, and do nothing else", async ({ world }) => {
    expect(await world.run("setup --yes --no-kubeconfig")).toMatchObject({ exit: 0 });
    expect(await grantsOf(world)).toEqual({
      trusted: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      attached: [],
      statements: [writesItsLog(world.names)],
    });
  });

  test("manage network interfaces in a VPC, but not from the function's own code", async ({ world }) => {
    const { names, run } = world;
    const { exit, stderr } = await run("setup --yes --no-kubeconfig --subnet-ids subnet-0a --security-group-ids sg-0a");
    expect(exit, stderr).toBe(0);
    // Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    const Action = [
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ];
    const itself = `arn:aws:lambda:${names.region}:${names.account}:function:${names.functionName}`;
    const Condition = { ArnEquals: { "lambda:SourceFunctionArn": itself } };
    expect((await grantsOf(world)).statements).toEqual([
      { Effect: "Allow", Action, Resource: "*" },
      { Effect: "Deny", Action, Resource: "*", Condition },
      writesItsLog(names),
    ]);
  });
});

async function grantsOf(world: World) {
  const client = new IAMClient(options(world));
  const RoleName = world.names.role;
  const document = (text = "") => JSON.parse(decodeURIComponent(text)).Statement;
  const [{ Role }, { AttachedPolicies = [] }, { PolicyNames = [] }] = await Promise.all([
    client.send(new GetRoleCommand({ RoleName })),
    client.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    client.send(new ListRolePoliciesCommand({ RoleName })),
  ]);
  const inline = PolicyNames.toSorted().map((PolicyName) =>
    client.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
  );
  return {
    trusted: document(Role?.AssumeRolePolicyDocument),
    attached: AttachedPolicies,
    statements: (await Promise.all(inline)).flatMap(({ PolicyDocument }) => document(PolicyDocument)),
  };
}
