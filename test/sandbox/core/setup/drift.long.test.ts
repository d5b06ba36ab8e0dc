/** What others changed or deleted behind setup's back: the plan names it, and one more setup puts it right. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type AccessScope,
  AssociateAccessPolicyCommand,
  DeleteAccessEntryCommand,
  EKSClient,
  UpdateAccessEntryCommand,
} from "@aws-sdk/client-eks";
import {
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteFunctionEventInvokeConfigCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { applyAll, planAll } from "../../../../src/core/setup/steps/index.ts";
import { awsAuth, configMaps, rbac } from "../../support/sandbox.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const name = "eks-lambda-demo-us-east-1";
const principalArn = `arn:aws:iam::123456789012:role/${name}`;
const entry = { clusterName: "demo", principalArn };
const logGroupName = `/aws/lambda/${name}`;
const policy = { RoleName: name, PolicyName: "write-its-own-log" };
const anyone = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" }],
};
const anything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

describe("by access entry", () => {
  const { sandbox, client, changes, apply } = useSetup({ authenticationMode: "API" });
  const eks = () => new EKSClient(client());
  const associate = (name: string, accessScope: AccessScope) =>
    eks().send(
      new AssociateAccessPolicyCommand({
        ...{ ...entry, accessScope, policyArn: `arn:aws:eks::aws:cluster-access-policy/${name}` },
      }),
    );
  const iam = () => new IAMClient(client());
  const configure = (change: object) =>
    new LambdaClient(client()).send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...change }));

  test.each([
    [`the function ${name} was deleted`, async () => sandbox().remove("AWS::Lambda::Function", name)],
    [`the role ${name} was deleted`, async () => sandbox().remove("AWS::IAM::Role", name)],
    [`the log group ${logGroupName} was deleted`, async () => sandbox().remove("AWS::Logs::LogGroup", logGroupName)],
    [
      `the log group ${logGroupName} keeps events for 1 day, not for 30 days`,
      () =>
        new CloudWatchLogsClient(client()).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 })),
    ],
    [
      `the policy write-its-own-log of the role ${name} was deleted`,
      () => iam().send(new DeleteRolePolicyCommand(policy)),
    ],
    [
      `the policy write-its-own-log of the role ${name} was changed`,
      () => iam().send(new PutRolePolicyCommand({ ...policy, PolicyDocument: JSON.stringify(anything) })),
    ],
    [
      `the trust policy of the role ${name} was changed`,
      () => iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: JSON.stringify(anyone) })),
    ],
    [
      `the function ${name} was changed: 1024 MB of memory, a timeout of 3 s`,
      () => configure({ MemorySize: 1024, Timeout: 3 }),
    ],
    [`the function ${name} was changed: its role`, () => configure({ Role: `arn:aws:iam::123456789012:role/nodes` })],
    [`the function ${name} was updated on `, () => configure({ Description: "by hand" })],
    ["the access entry was deleted", () => eks().send(new DeleteAccessEntryCommand(entry))],
    [
      'the access entry was changed to the user "admin"',
      () => eks().send(new UpdateAccessEntryCommand({ ...entry, username: "admin" })),
    ],
    [
      "the access entry was given the groups admins",
      () => eks().send(new UpdateAccessEntryCommand({ ...entry, kubernetesGroups: ["admins"] })),
    ],
    [
      "the access entry was given the access policies AmazonEKSAdminPolicy for the cluster, AmazonEKSViewPolicy in shop",
      async () => {
        await associate("AmazonEKSViewPolicy", { type: "namespace", namespaces: ["shop"] });
        await associate("AmazonEKSAdminPolicy", { type: "cluster" });
      },
    ],
  ])("%s is in the plan, and put right", async (what, drift) => {
    await apply("present");
    await drift();
    const [change] = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(change).toMatchObject({ step: "stack", action: "update", before: expect.stringContaining(what) });
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    await apply("absent");
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});

describe("the EventInvokeConfig", () => {
  const { sandbox, client, plan, changes, apply } = useSetup();
  const put = (config: object) =>
    new LambdaClient(client()).send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, ...config }));
  const remove = () =>
    new LambdaClient(client()).send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: name }));
  const queue = "arn:aws:sqs:us-east-1:123456789012:lost";

  test.each([
    [`the EventInvokeConfig of ${name} was deleted`, remove],
    [
      `the EventInvokeConfig of ${name} was changed: events for at most 21600 s, 0 retries`,
      () => put({ MaximumRetryAttempts: 0 }),
    ],
    [
      `the EventInvokeConfig of ${name} was changed: events for at most 300 s, 2 retries, records sent to ${queue}`,
      () => put({ MaximumEventAgeInSeconds: 300, DestinationConfig: { OnFailure: { Destination: queue } } }),
    ],
  ])("%s is in the plan, and put right", async (what, drift) => {
    await apply("present", { eventAge: "300" });
    await drift();
    const [change] = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(change).toMatchObject({ step: "stack", action: "update", before: expect.stringContaining(what) });
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });

  test("of others is neither read nor changed without the options, and refused with them", async () => {
    await apply("present");
    await put({ MaximumRetryAttempts: 1 });
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    await expect(plan("present", { eventAge: "300" })).rejects.toMatchObject({
      code: "EventInvokeConfigNotOurs",
      message: expect.stringMatching(/did not create: events for at most 21600 s, 1 retry$/),
    });
    await remove();
    await apply("present", { eventAge: "300" });
  });

  test("goes with its options, and with a function of another name", async () => {
    await apply("present", { eventAge: "300", eventRetries: "0" });
    await apply("present", { functionName: "other" });
    await apply("present", { eventAge: "", eventRetries: "" });
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    await put({ MaximumRetryAttempts: 1 }).catch(() => undefined);
    await apply("absent");
  });

  test("that may not be read is a warning", async () => {
    sandbox().faults.forbid.push("lambda:GetFunctionEventInvokeConfig");
    const [stack] = await changes("present", { eventAge: "300" });
    expect(stack?.warnings).toEqual([
      expect.stringMatching(/^could not check whether others changed the EventInvokeConfig of eks-lambda-demo/),
    ]);
  });
});

describe("by access entry, where the caller may not list its access policies", () => {
  const { sandbox, changes, apply } = useSetup({ authenticationMode: "API" });

  test("setup says so, and goes on", async () => {
    sandbox().faults.forbid.push("eks:ListAssociatedAccessPolicies");
    await apply("present");
    const [stack] = (await changes("present")).filter(({ step }) => step === "stack");
    expect(stack).toMatchObject({
      action: "unchanged",
      warnings: [
        expect.stringMatching(
          /^could not check whether the access entry has access policies: the caller may not call eks:ListAssoc/,
        ),
      ],
    });
  });
});

describe("what this run changes is not drift", () => {
  const { changes, apply } = useSetup();

  test.each([{ username: "web" }, { memory: "512" }, { namespace: "kube-public" }])("%o", async (flags) => {
    await apply("present");
    const [stack] = (await changes("present", flags)).filter(({ step }) => step === "stack");
    expect(stack).toMatchObject({ action: "update", before: expect.not.stringMatching(/ was | keeps /) });
    expect(stack?.warnings).toBeUndefined();
  });
});

const recreates = [
  "if CloudFormation cannot revert this, setup deletes the stack and creates it again: the function's log is lost then, and what others added to the function (triggers, permissions)",
];

describe("where the caller or the service cannot do it the usual way", () => {
  const { sandbox, client, changes, apply, contextOf } = useSetup();
  const makeGroup = () => new CloudWatchLogsClient(client()).send(new CreateLogGroupCommand({ logGroupName }));

  test("what the caller may not read is a warning, and setup goes on", async () => {
    const forbidden = ["logs:DescribeLogGroups", "iam:GetRolePolicy", "lambda:GetFunctionConfiguration"];
    sandbox().faults.forbid.push(...forbidden);
    await apply("present");
    const [stack] = (await changes("present")).filter(({ step }) => step === "stack");
    expect(stack?.action).toBe("unchanged");
    expect(
      stack?.warnings?.map((hint) => /^could not check whether .+ may not call (\S+):/.exec(String(hint))?.[1]),
    ).toEqual([...["lambda:GetFunctionConfiguration", "iam:GetRolePolicy", "logs:DescribeLogGroups"]]);
  });

  test("a log group of our name is found while planning", async () => {
    await makeGroup();
    await expect(changes("present")).rejects.toMatchObject({
      code: "LogGroupNotOurs",
      message: `the log group "${logGroupName}" exists, but this stack did not create it: an earlier stack or function left it`,
      hint: expect.stringContaining(`aws logs delete-log-group --log-group-name ${logGroupName} --region us-east-1`),
    });
  });

  test.each([
    [
      "is named by CloudFormation's events",
      [],
      /'AWS::Logs::LogGroup' with identifier '.+' already exists\. \(NAME_CONFLICT/,
    ],
    [
      "is CloudFormation's own reason where its events are forbidden, too",
      ["cloudformation:DescribeEvents"],
      /The following hook\(s\)\/validation failed: \[AWS::EarlyValidation::ResourceExistenceCheck\]/,
    ],
  ])("a log group that the caller may not see %s", async (_, more, reason) => {
    await makeGroup();
    sandbox().faults.forbid.push("logs:DescribeLogGroups", ...more);
    await expect(apply("present")).rejects.toMatchObject({
      ...{ code: "StackFailed", message: expect.stringMatching(reason) },
      hint: expect.stringContaining(more[0] ?? "aws logs delete-log-group"),
    });
    expect((await sandbox().inventory()).stacks).not.toHaveProperty("eks-lambda-demo");
  });

  describe("an endpoint without DeploymentMode", () => {
    const idOfStack = async () => (await contextOf("present", {})).target.found?.id;
    const configure = (change: object) =>
      new LambdaClient(client()).send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...change }));

    test.each<[string, () => Promise<unknown>, Flags, string[]]>([
      [
        "the stack is deleted and created again",
        async () => sandbox().remove("AWS::Logs::LogGroup", logGroupName),
        {},
        recreates,
      ],
      [
        "also when the update has other changes, which would fail",
        async () => sandbox().remove("AWS::Lambda::Function", name),
        { memory: "512" },
        recreates,
      ],
      [
        "the stack is kept when the code alone is to be deployed again",
        () => configure({ Description: "by hand" }),
        {},
        [],
      ],
    ])("%s", async (_, drift, more, warnings) => {
      await apply("present");
      const before = await idOfStack();
      sandbox().faults.withoutDriftReverts = true;
      await drift();
      const planned = await planAll(await contextOf("present", more), "present");
      expect(planned.flatMap(({ change }) => change.warnings ?? [])).toEqual(warnings);
      await applyAll(planned, { during: (_, work) => work(() => {}) });
      expect((await idOfStack()) === before).toBe(warnings.length === 0);
      expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    });
  });
});

describe("by aws-auth", () => {
  const { kube, changes, apply } = useSetup();
  const type = "application/merge-patch+json";
  const path = `${configMaps}/aws-auth`;

  test.each([
    ["create aws-auth", () => kube("DELETE", path)],
    [
      "update aws-auth",
      () => {
        const { data } = awsAuth({ mapRoles: `- rolearn: ${principalArn}\n  username: x\n  groups: [a]\n` });
        return kube("PATCH", path, { body: { data }, type });
      },
    ],
    ["create rbac", () => kube("DELETE", `${rbac}/roles/lambda-create-deployments`)],
    ["create rbac", () => kube("DELETE", `${rbac}/rolebindings/lambda-create-deployments`)],
    [
      "update rbac",
      () => {
        const subjects = [{ kind: "User", name: "someone", apiGroup: "rbac.authorization.k8s.io" }];
        return kube("PATCH", `${rbac}/rolebindings/lambda-create-deployments`, { body: { subjects }, type });
      },
    ],
  ])("%s is planned for what is gone or changed, alone, and put right", async (planned, drift) => {
    await apply("present");
    await drift();
    const different = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(different.map(({ step, action }) => `${action} ${step}`)).toEqual([planned]);
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});
