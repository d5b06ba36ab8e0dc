import { describe, expect, test } from "vitest";
import { deployStack } from "../../../../src/core/stack/deploy.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { crowded, parameters, template, useAccount, withBucket } from "./account.ts";

const { sandbox } = useSandbox({ authenticationMode: "API_AND_CONFIG_MAP" });
const { deploy, now, port, ports, waited, writes } = useAccount(sandbox);

const created = ["CreateChangeSet", "ExecuteChangeSet"];
const updated = created;
const inVpc = { SubnetIds: "subnet-0a", VpcId: "vpc-0a", ClusterSecurityGroupId: "sg-0a" };

/** Another tool's, or another person's, update of the same stack. */
async function updateByOthers(changes: Partial<Parameters<ReturnType<typeof port>["createChangeSet"]>[0]>) {
  const request = { stack: "demo", template, parameters, tags: {}, roleArn: undefined, type: "UPDATE" as const };
  const ids = await port().createChangeSet({ ...request, name: "by-others", ...changes });
  await port().executeChangeSet(ids);
  await expect.poll(async () => (await now())?.status).toMatch(/_COMPLETE$/);
}
const createByOthers = (changes: object = {}) => updateByOthers({ type: "CREATE", ...changes });
async function deleteByOthers() {
  await port().deleteStack((await now())?.id ?? "", undefined);
  await expect.poll(now).toBeUndefined();
}

describe("a stack", () => {
  test("is created where there is none, and tells what it waits for", async () => {
    await deploy();
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters, tags: {} });
    expect(writes()).toEqual(created);
    expect(waited).toContain("the change set of demo");
    expect(waited.join("\n")).toMatch(/^\w+ \(CREATE_IN_PROGRESS\)$/m);
  });

  test("is updated where it differs", async () => {
    await deploy();
    await deploy({ LogRetentionDays: "7" }, { tags: { team: "web" } });
    expect(await now()).toMatchObject({
      status: "UPDATE_COMPLETE",
      parameters: { LogRetentionDays: "7" },
      tags: { team: "web" },
    });
    expect(writes()).toEqual([...created, ...updated]);
  });

  test("stays as it is when its change set is empty", async () => {
    await deploy();
    sandbox().faults.failResources.push("LogGroup");
    await expect(deploy({ LogRetentionDays: "7" })).rejects.toThrow();
    await deploy();
    expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
    expect(writes().slice(-2)).toEqual(["CreateChangeSet", "DeleteChangeSet"]);
  });

  test("is created from where a killed run left it, before its change set was executed", async () => {
    const killed = { stack: "demo", name: "eks-lambda-1", type: "CREATE" as const, template, parameters };
    await port().createChangeSet({ ...killed, tags: {}, roleArn: undefined });
    await deploy({}, { planned: undefined });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });
});

describe("a change set that CloudFormation refuses", () => {
  const wrong = template.replace("Transform: AWS::Serverless-2016-10-31", "Transform: Nobodys");
  const told = {
    code: "StackFailed",
    message: 'CloudFormation refused the change set of "demo": No transform named Nobodys found.',
  };

  test("is told with its reason, and leaves no stack behind", async () => {
    await expect(deploy({}, { template: wrong })).rejects.toMatchObject(told);
    expect(await now()).toBeUndefined();
  });

  test("leaves the stack that was there as it was", async () => {
    await deploy();
    await expect(deploy({ LogRetentionDays: "7" }, { template: wrong })).rejects.toMatchObject(told);
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters });
  });
});

test("a change set that is never ready is deleted after ten minutes, and nothing was changed", async () => {
  await deploy();
  const here = ports();
  const slow = {
    ...here.cloudformation,
    changeSet: async () => ({ status: "CREATE_PENDING", reason: undefined, changes: [], revertsDrift: false }),
  };
  const wanted = { stack: "demo", template, parameters: { ...parameters, LogRetentionDays: "7" }, tags: {} };
  const deployment = { ...wanted, roleArn: undefined, planned: await now() };
  await expect(deployStack({ ...here, cloudformation: slow }, deployment, () => {})).rejects.toMatchObject({
    code: "StackFailed",
    message: expect.stringMatching(/^the change set arn:\S+ is still in CREATE_PENDING after 10 minutes$/),
  });
  expect(writes().slice(-2)).toEqual(["CreateChangeSet", "DeleteChangeSet"]);
  expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters });
});

describe("a change set that cannot be deleted hides no reason:", () => {
  const wrong = template.replace("Transform: AWS::Serverless-2016-10-31", "Transform: Nobodys");
  const forbidden = (...actions: string[]) =>
    sandbox().faults.forbid.push(...actions.map((one) => `cloudformation:${one}`));
  const reason = 'CloudFormation refused the change set of "demo": No transform named Nobodys found.';
  const left =
    /^the change set is left, because the caller may not call cloudformation:DeleteChangeSet: .*; it changes nothing until someone executes it: aws cloudformation delete-change-set --change-set-name arn:aws:cloudformation:us-east-1:123456789012:changeSet\/\S+ --region us-east-1$/m;

  test("CloudFormation refused it for a new stack, which is deleted with it", async () => {
    forbidden("DeleteChangeSet");
    const { message, hint } = await deploy({}, { template: wrong }).catch((error) => error);
    expect({ message, hint }).toEqual({ message: reason, hint: undefined });
    expect(await now()).toBeUndefined();
  });

  test("CloudFormation refused it for a new stack, which is left", async () => {
    forbidden("DeleteChangeSet", "DeleteStack");
    await expect(deploy({}, { template: wrong })).rejects.toMatchObject({
      message: reason,
      hint: expect.stringMatching(
        /^the stack is left without resources, because the caller may not call cloudformation:DeleteStack: .*; delete it: aws cloudformation delete-stack --stack-name arn:\S+ --region us-east-1$/,
      ),
    });
  });

  test("CloudFormation refused it for an update", async () => {
    await deploy();
    forbidden("DeleteChangeSet");
    await expect(deploy({ LogRetentionDays: "7" }, { template: wrong })).rejects.toMatchObject({
      ...{ message: reason, hint: expect.stringMatching(left) },
    });
  });

  test("it would do more than the plan shows", async () => {
    await deploy();
    forbidden("DeleteChangeSet");
    const meddling = { createChangeSet: () => updateByOthers({ template: withBucket }) };
    await expect(deploy({ LogRetentionDays: "7" }, { meddling })).rejects.toMatchObject({
      ...{ code: "UnplannedChange", hint: expect.stringMatching(left) },
    });
  });

  test("it is empty, and there is nothing to do", async () => {
    await deploy();
    sandbox().faults.failResources.push("LogGroup");
    await expect(deploy({ LogRetentionDays: "7" })).rejects.toThrow();
    forbidden("DeleteChangeSet");
    await deploy();
    expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
  });

  test("CloudFormation cannot revert drift with it", async () => {
    await deploy();
    forbidden("DeleteChangeSet");
    sandbox().faults.withoutDriftReverts = true;
    await deploy({ LogRetentionDays: "7" }, { revertsDrift: true, mustRevert: true });
    expect(await now()).toMatchObject({ parameters: { LogRetentionDays: "30" } });
  });
});

describe("a creation that fails", () => {
  test("tells the first resource that failed, and leaves nothing", async () => {
    sandbox().faults.failResources.push("FunctionRole");
    await expect(deploy()).rejects.toMatchObject({
      code: "StackFailed",
      message: expect.stringMatching(
        /^the stack "demo" could not be created: FunctionRole \(AWS::IAM::Role\): .*"FunctionRole was told to fail"/,
      ),
      hint: "the incomplete stack was deleted; fix the reason and run setup again",
    });
    expect(await now()).toBeUndefined();
    expect(writes()).toEqual([...created, "DeleteStack"]);
  });
});

describe("an update that fails", () => {
  test("tells the first resource that failed, and leaves the stack as it was", async () => {
    await deploy();
    sandbox().faults.failResources.push("LogGroup");
    await expect(deploy({ LogRetentionDays: "7" })).rejects.toMatchObject({
      code: "StackFailed",
      message: expect.stringMatching(
        /^the stack "demo" could not be updated: LogGroup \(AWS::Logs::LogGroup\): .*"LogGroup was told to fail"/,
      ),
      hint: "the stack is as it was before; fix the reason and run setup again",
    });
    expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE", parameters });
  });

  test("does not tell the failures of an earlier one", async () => {
    const { faults } = sandbox();
    await deploy();
    faults.failResources.push("LogGroup");
    await expect(deploy({ LogRetentionDays: "7" })).rejects.toThrow("LogGroup (AWS::Logs::LogGroup)");
    faults.failResources.splice(0, 1, "Function");
    await expect(deploy({ ClusterNamespace: "web" })).rejects.toThrow("Function (AWS::Lambda::Function)");
  });
});

describe("what the plan shows is done:", () => {
  test.each([
    ["the function leaves the VPC", inVpc, {}],
    ["the function gets a security group of the person's", inVpc, { ...inVpc, SecurityGroupIds: "sg-0b" }],
    ["the function moves to another VPC", inVpc, { ...inVpc, VpcId: "vpc-0b" }],
    ["the cluster has another security group", inVpc, { ...inVpc, ClusterSecurityGroupId: "sg-0c" }],
    ["the access entry is given up", { MapByAccessEntry: "true" }, {}],
    ["the function has another name", inVpc, { ...inVpc, FunctionName: "another" }],
    ["the role has another name", { MapByAccessEntry: "true" }, { MapByAccessEntry: "true", RoleName: "another" }],
    ["the role changes under an access entry", { MapByAccessEntry: "true" }, { ...inVpc, MapByAccessEntry: "true" }],
  ])("%s", async (_, before, after) => {
    await deploy(before);
    await deploy(after);
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: { ...parameters, ...after } });
  });
});

describe("what the plan does not show ends the run before it is done:", () => {
  test("someone else put a resource into the stack", async () => {
    await deploy();
    const meddling = { createChangeSet: () => updateByOthers({ template: withBucket }) };
    await expect(deploy({ LogRetentionDays: "7" }, { meddling })).rejects.toMatchObject({
      code: "UnplannedChange",
      message:
        'the update of the stack "demo" would do more than the plan shows: delete Bucket (AWS::S3::Bucket, demo-Bucket)',
    });
    expect(writes().slice(-2)).toEqual(["CreateChangeSet", "DeleteChangeSet"]);
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters });
  });

  test("someone else put 120 into it: the first three are named", async () => {
    await deploy();
    const meddling = { createChangeSet: () => updateByOthers({ template: crowded }) };
    await expect(deploy({ LogRetentionDays: "7" }, { meddling })).rejects.toThrow(
      /shows: delete Log\d+ \(.*\), delete Log\d+ \(.*\), delete Log\d+ \(.*\) and 117 more$/,
    );
  });

  test("the template replaces the role", async () => {
    await deploy();
    const replacing = template.replace("RoleName: !Ref RoleName", "RoleName: !Ref FunctionName");
    await expect(deploy({ ContentHash: "2" }, { template: replacing })).rejects.toThrow(
      "would do more than the plan shows: replace FunctionRole (AWS::IAM::Role, demo-role)",
    );
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters });
  });
});

describe("someone else at work at the same time", () => {
  test.each([
    ["creates the same stack first", "createChangeSet"],
    ["executes another change set, which deletes ours, before it is read", "changeSet"],
    ["executes another change set, which deletes ours, before it is executed", "executeChangeSet"],
  ] as const)("%s: nothing is left to do", async (_, call) => {
    await deploy({}, { meddling: { [call]: createByOthers } });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters });
  });

  test("is waited for, and the plan is carried out when the stack is as it was", async () => {
    await deploy();
    const failing = async () => {
      sandbox().faults.failResources.push("LogGroup");
      await updateByOthers({ parameters: { ...parameters, LogRetentionDays: "14" } });
      sandbox().faults.failResources.length = 0;
    };
    await deploy({ LogRetentionDays: "7" }, { meddling: { executeChangeSet: failing } });
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: { LogRetentionDays: "7" } });
    expect(waited).toContain("another change of demo");
  });

  test.each([
    ["changed", () => updateByOthers({ parameters: { ...parameters, LogRetentionDays: "14" } })],
    ["deleted", deleteByOthers],
  ])("has %s the stack: the plan is not carried out", async (how, act) => {
    await deploy();
    const before = writes().length;
    await expect(deploy({ LogRetentionDays: "7" }, { meddling: { stack: act } })).rejects.toMatchObject({
      code: "StackChanged",
      message: `someone else ${how} the stack "demo" after the plan was shown`,
      hint: "run the command again to see the plan for the stack as it is now",
    });
    expect(writes().slice(before)).toEqual(how === "deleted" ? ["DeleteStack"] : created);
  });

  test("has created another stack of that name", async () => {
    const other = () => createByOthers({ parameters: { ...parameters, LogRetentionDays: "14" } });
    await expect(deploy({}, { meddling: { createChangeSet: other } })).rejects.toMatchObject({
      code: "StackChanged",
      message: 'someone else created the stack "demo" after the plan was shown',
    });
  });

  test("creates the same stack while our change set is made: nothing is left to do", async () => {
    await port().createChangeSet({
      ...{ stack: "demo", name: "theirs", type: "CREATE", template, parameters, tags: {}, roleArn: undefined },
    });
    const [theirs = ""] = await port().changeSets("demo");
    const stackId = (await now())?.id ?? "";
    const execute = async () => {
      await port().executeChangeSet({ id: theirs, stackId });
      await expect.poll(async () => (await now())?.status).toBe("CREATE_COMPLETE");
    };
    const { cloudformation, clock } = ports();
    // It has told what our change set would do, and then it is gone.
    const changeSet = async (ids: { id: string; stackId: string }) => {
      const told = await cloudformation.changeSet(ids);
      await execute();
      return told;
    };
    const deployment = { stack: "demo", template, parameters, tags: {}, roleArn: undefined, planned: undefined };
    await deployStack({ cloudformation: { ...cloudformation, changeSet }, clock }, deployment, () => {});
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters });
  });

  test("changes the stack right before our change set is made: it is deleted", async () => {
    await deploy();
    const act = () => updateByOthers({ parameters: { ...parameters, LogRetentionDays: "14" } });
    await expect(deploy({ LogRetentionDays: "7" }, { meddling: { createChangeSet: act } })).rejects.toMatchObject({
      code: "StackChanged",
    });
    expect(writes().slice(-2)).toEqual(["CreateChangeSet", "DeleteChangeSet"]);
    expect(await now()).toMatchObject({ parameters: { LogRetentionDays: "14" } });
  });

  test("fails to update the stack right after our creation: the stack is kept", async () => {
    const { cloudformation, clock } = ports();
    const executeChangeSet = async (ids: Parameters<typeof cloudformation.executeChangeSet>[0]) => {
      await cloudformation.executeChangeSet(ids);
      await expect.poll(async () => (await now())?.status).toBe("CREATE_COMPLETE");
      sandbox().faults.failResources.push("LogGroup");
      await updateByOthers({ parameters: { ...parameters, LogRetentionDays: "14" } });
    };
    const deployment = { stack: "demo", template, parameters, tags: {}, roleArn: undefined, planned: undefined };
    await deployStack({ cloudformation: { ...cloudformation, executeChangeSet }, clock }, deployment, () => {});
    expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE", parameters });
    expect(writes()).not.toContain("DeleteStack");
  });

  test("deletes each change set: that is told in the end", async () => {
    const { cloudformation, clock } = ports();
    const executeChangeSet = async (ids: Parameters<typeof cloudformation.executeChangeSet>[0]) => {
      await port().deleteChangeSet(ids);
      return cloudformation.executeChangeSet(ids);
    };
    const deployment = { stack: "demo", template, parameters, tags: {}, roleArn: undefined, planned: undefined };
    const busy = { cloudformation: { ...cloudformation, executeChangeSet }, clock };
    await expect(deployStack(busy, deployment, () => {})).rejects.toMatchObject({
      code: "StackBusy",
      message: expect.stringMatching(/^someone else is changing the stack: ChangeSet \[.*\] does not exist$/),
      hint: "run the command again when the other one has ended",
    });
    expect(clock.slept.length).toBeGreaterThanOrEqual(4);
  });
});
