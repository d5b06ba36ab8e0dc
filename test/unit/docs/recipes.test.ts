/** docs/recipes.md and its templates: who may invoke the function, and what becomes of an event that is late or lost. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { inputOf, matches } from "../../acceptance/support/eventbridge.ts";
import { type Resource, readPage, readTemplate, resourcesOf } from "../../acceptance/support/recipe.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const folder = new URL("../../../docs/recipes/", import.meta.url);
const workflowFile = "github-actions-workflow.yml";
const files = readdirSync(folder);
const names = files.filter((file) => file !== workflowFile).map((file) => file.replace(".yml", ""));
const page = await readPage();
const textOf = (file: string): string => readFileSync(new URL(file, folder), "utf8");
const invoke = /^error=\$\(aws lambda invoke .*$/m.exec(page)?.[0] ?? "none";
const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:<FunctionName>";

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const statementsOf = (role: Resource["Properties"] | undefined): readonly Statement[] =>
  role?.Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
  );

describe("the page", () => {
  test("links to every template", () => {
    expect(files.filter((file) => !page.includes(`(recipes/${file})`))).toEqual([]);
  });

  test("has every template whole: a reader needs no other file", () => {
    const [own] = page.split(/(?<=\n## The templates\n)/);
    const whole = files.map((file) => `\n### ${file}\n\n\`\`\`yaml\n${textOf(file)}\`\`\`\n`);
    const expected = [own, ...whole].join("");
    if (process.env.EKS_LAMBDA_UPDATE_DOCS) writeFileSync(new URL("../recipes.md", folder), expected);
    else expect(page).toBe(expected);
  });

  test.each(names)("deploys %s with the parameters that it has", async (name) => {
    const { Parameters, Resources } = await readTemplate(name);
    const [, command = ""] =
      new RegExp(`aws cloudformation deploy ([^\`]*?${name}\\.yml[^\`]*?[^\\\\])\n`).exec(page) ?? [];
    const given = [...command.matchAll(/ (\w+)=\S+/g)].map(([, key = ""]) => key);
    const required = Object.keys(Parameters).filter((key) => Parameters[key]?.Default === undefined);
    expect(given).toEqual(expect.arrayContaining(required));
    expect(given.filter((key) => !Object.hasOwn(Parameters, key))).toEqual([]);
    const makesRole = Object.values(Resources).some(({ Type }) => Type === "AWS::IAM::Role");
    expect(command.includes("--capabilities CAPABILITY_IAM")).toBe(makesRole);
  });
});

test.each(names)("%s does not own the function's EventInvokeConfig, of which there is one", async (name) => {
  expect(resourcesOf(await readTemplate(name), "AWS::Lambda::EventInvokeConfig")).toEqual([]);
});

describe("a rule that invokes the function", () => {
  test.each(["image-pushed", "secret-rotated", "alarm"])(
    "%s: is the only one that may, and limits age and retries",
    async (name) => {
      const template = await readTemplate(name);
      expect(resourcesOf(template, "AWS::Lambda::Permission")).toEqual([
        {
          FunctionName: "<FunctionName>",
          Action: "lambda:InvokeFunction",
          Principal: "events.amazonaws.com",
          SourceArn: "Rule.Arn",
        },
      ]);
      const [rule] = resourcesOf(template, "AWS::Events::Rule");
      expect(rule?.Targets).toMatchObject([
        {
          Arn: functionArn,
          RetryPolicy: { MaximumEventAgeInSeconds: expect.any(Number), MaximumRetryAttempts: expect.any(Number) },
          DeadLetterConfig: { Arn: "Queue.Arn" },
        },
      ]);
      const [policy] = resourcesOf(template, "AWS::SQS::QueuePolicy");
      expect(policy?.PolicyDocument.Statement).toEqual([
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: "Queue.Arn",
          Condition: { ArnEquals: { "aws:SourceArn": "Rule.Arn" } },
        },
      ]);
    },
  );
});

describe("a role", () => {
  test("night: of Scheduler, for one group of schedules", async () => {
    const template = await readTemplate("night");
    const [role] = resourcesOf(template, "AWS::IAM::Role");
    expect(role?.AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Principal: { Service: "scheduler.amazonaws.com" },
        Condition: {
          StringEquals: {
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn": "arn:aws:scheduler:us-east-1:123456789012:schedule-group/recipe",
          },
        },
      },
    ]);
    expect(statementsOf(role)).toEqual([
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn },
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: "Queue.Arn" },
    ]);
    const groups = resourcesOf(template, "AWS::Scheduler::Schedule").map(({ GroupName }) => GroupName);
    expect(groups).toEqual(["Group", "Group", "Group", "Group"]);
  });

  test("github-actions-role: of one subject, without a wildcard, that may invoke the function alone", async () => {
    const template = await readTemplate("github-actions-role");
    const [role] = resourcesOf(template, "AWS::IAM::Role");
    expect(role?.AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "<Subject>",
          },
        },
      },
    ]);
    expect(statementsOf(role)).toEqual([{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn }]);
    const pattern = new RegExp(`^(?:${template.Parameters.Subject?.AllowedPattern})$`);
    for (const subject of ["repo:o/r:environment:production", "repo:o@1/r@2:environment:production"])
      expect(subject).toMatch(pattern);
    for (const subject of ["repo:o/r:*", "repo:o/*:environment:production", "repo:o/r:ref:refs/heads/main"])
      expect(subject).not.toMatch(pattern);
  });

  test("codepipeline: of the pipeline, for one function, repository, bucket and log group", async () => {
    const [role, start] = resourcesOf(await readTemplate("codepipeline"), "AWS::IAM::Role");
    expect(statementsOf(role).map(({ Resource }) => Resource)).toEqual([
      functionArn,
      "arn:aws:ecr:us-east-1:123456789012:repository/<Repository>",
      "arn:aws:s3:::<Bucket>",
      "arn:aws:s3:::<Bucket>/*",
      ["", ":*"].map((end) => `arn:aws:logs:us-east-1:123456789012:log-group:/aws/codepipeline/recipe${end}`),
    ]);
    expect(statementsOf(start)).toMatchObject([{ Action: "codepipeline:StartPipelineExecution" }]);
  });
});

describe("GitHub Actions and CodePipeline", () => {
  const text = textOf(workflowFile);
  const { permissions, jobs } = parse(text);
  const event = { action: "set-image", namespace: "shop", name: "web", wait: true, rollback: true };

  test("the workflow has an environment, a token and an action pinned by its commit", () => {
    const { environment, permissions: ofJob, steps } = jobs.deploy;
    expect([permissions, environment, ofJob]).toEqual([{}, "production", { "id-token": "write" }]);
    expect(steps[0].uses).toMatch(/^aws-actions\/configure-aws-credentials@[0-9a-f]{40}$/);
    expect(text).toMatch(/uses: \S+ # v\d+\.\d+\.\d+$/m);
  });

  test("both run the page's line, after they wrote the event", async () => {
    const step = jobs.deploy.steps.at(-1);
    const written = 'printf %s "$EVENT" > event.json';
    expect(step.run).toBe(`${written}\n${invoke}\n`);
    // `toJSON` quotes the image, so that it can add nothing to the event.
    const filled = step.env.EVENT.replace(/\$\{\{ toJSON\(inputs\.image\) \}\}/, () =>
      JSON.stringify('shop:2","name":"other'),
    );
    expect(JSON.parse(filled)).toEqual({ ...event, image: 'shop:2","name":"other' });

    const template = await readTemplate("codepipeline", { Namespace: "shop", Deployment: "web" });
    const [pipeline] = resourcesOf(template, "AWS::CodePipeline::Pipeline");
    const { Commands, EnvironmentVariables } = pipeline?.Stages.at(-1).Actions[0] ?? {};
    expect(Commands[1]).toBe(invoke);
    // Documented to be resolved in commands alone.
    expect(JSON.stringify(EnvironmentVariables)).not.toContain("#{");
    const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@sha256:0a";
    const [, { Value: EVENT }] = EnvironmentVariables;
    const cwd = await temporaryFolder();
    execFileSync("/bin/sh", ["-ec", Commands[0].replace("#{Image.ImageURI}", image)], { cwd, env: { EVENT } });
    expect(JSON.parse(readFileSync(join(cwd, "event.json"), "utf8"))).toEqual({ ...event, image });
  });

  test("neither prints an answer, which can hold lines of containers' logs", async () => {
    expect(page + text).not.toMatch(/&& cat answer\.json/);
    const command = invoke.replace(/aws lambda invoke .*? answer\.json/, 'printf %s "$ANSWERED"');
    const cwd = await temporaryFolder();
    const answer = { errorType: "RolloutFailed", errorMessage: 'web-1: "errorType":"a secret"\nhint: look' };
    writeFileSync(join(cwd, "answer.json"), JSON.stringify(answer));
    const run = (ANSWERED: string) =>
      spawnSync("/bin/sh", ["-ec", command], { cwd, env: { ...process.env, ANSWERED } });
    const [failed, worked] = [run("Unhandled"), run("None")].map(({ status, stdout }) => [status, `${stdout}`]);
    expect({ failed, worked }).toEqual({ failed: [1, "RolloutFailed\n"], worked: [0, ""] });
  });
});

describe("the evaluation of rules", () => {
  // The examples of EventBridge's documentation.
  const changed = {
    source: "aws.ec2",
    resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789"],
    detail: { "instance-id": "i-0123456789", state: "RUNNING" },
  };
  const InputPathsMap = { instance: "$.detail.instance-id", state: "$.detail.state", arn: "$.resources[0]" };
  const transform = (InputTemplate: string) => inputOf({ InputTransformer: { InputPathsMap, InputTemplate } }, changed);

  test.each([
    ['"instance <instance> is in <state>"', "instance i-0123456789 is in RUNNING"],
    ['{"instance": <instance>, "state": <state>}', { instance: "i-0123456789", state: "RUNNING" }],
    [
      '{"instance": <instance>, "status": "instance \\"<instance>\\" is in <state>"}',
      { instance: "i-0123456789", status: 'instance "i-0123456789" is in RUNNING' },
    ],
    ['{"arn": <arn>}', { arn: changed.resources[0] }],
  ])("transforms by %s", (template, expected) => expect(transform(template)).toEqual(expected));

  test("refuses what EventBridge would not do", () => {
    expect(() => transform('{"a": <other>}')).toThrow("which InputPathsMap does not define");
    const input = (path: string) =>
      inputOf({ InputTransformer: { InputPathsMap: { a: path }, InputTemplate: "<a>" } }, changed);
    expect(() => input("$.detail['state']")).toThrow("not one that EventBridge supports");
    expect(() => input("$.detail.reason")).toThrow("the event has nothing at $.detail.reason");
  });

  test("matches one of the values, of any of the event's", () => {
    expect(matches({ source: ["aws.s3", "aws.ec2"], resources: changed.resources }, changed)).toBe(true);
    expect(matches({ detail: { state: ["STOPPED"] } }, changed)).toBe(false);
    expect(matches({ detail: { reason: ["any"] } }, changed)).toBe(false);
    expect(() => matches({ source: [{ prefix: "aws." }] }, changed)).toThrow("a matcher that the recipes do not use");
  });
});
