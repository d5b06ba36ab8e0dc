import { describe, expect, test } from "vitest";
import { deployStack, isBegunAlone, removeStack, settled } from "../../../../../src/core/setup/stack/deploy.ts";
import { testClock } from "../../../support/clock.ts";
import { testStacks } from "../../../support/cloudformation.ts";

type StackRequest = Parameters<typeof deployStack>[1];

const template = JSON.stringify({
  LogGroup: "AWS::Logs::LogGroup",
  FunctionRole: "AWS::IAM::Role",
  Function: "AWS::Lambda::Function",
});
const wanted: StackRequest = {
  stack: "demo",
  template,
  parameters: { Version: "1" },
  tags: { team: "a" },
  roleArn: undefined,
};

/** An account, and what one does in it. */
function account() {
  const cloudformation = testStacks();
  const ports = { cloudformation, clock: testClock() };
  const waited: string[] = [];
  const waiting = (what: string) => waited.push(what);
  return {
    cloudformation,
    ports,
    waited,
    deploy: (changes: Partial<StackRequest> = {}) => deployStack(ports, { ...wanted, ...changes }, waiting),
    remove: (roleArn?: string) => removeStack(ports, { stack: "demo", roleArn }, waiting),
    now: () => cloudformation.stack("demo"),
  };
}

const created = ["create change set CREATE", "execute change set"];
const updated = ["create change set UPDATE", "execute change set"];

describe("a stack", () => {
  test("is created where there is none, and tells what it waits for", async () => {
    const { deploy, now, cloudformation, waited } = account();
    await deploy();
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters: { Version: "1" }, tags: { team: "a" } });
    expect(cloudformation.writes).toEqual(created);
    expect([...new Set(waited)]).toEqual([
      "the change set of demo",
      "LogGroup (CREATE_IN_PROGRESS)",
      "FunctionRole (CREATE_IN_PROGRESS)",
      "Function (CREATE_IN_PROGRESS)",
    ]);
  });

  test("is updated where it differs", async () => {
    const { deploy, now, cloudformation } = account();
    await deploy();
    await deploy({ parameters: { Version: "2" } });
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: { Version: "2" } });
    expect(cloudformation.writes).toEqual([...created, ...updated]);
  });

  test.each([
    "The submitted information didn't contain changes. Submit different information to create a change set.",
    "No updates are to be performed.",
  ])("stays as it is when its change set is empty: %s", async (reason) => {
    const { deploy, now, cloudformation } = account();
    cloudformation.emptyReason = reason;
    await deploy();
    await deploy();
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
    expect(cloudformation.writes).toEqual([...created, "create change set UPDATE", "delete change set"]);
  });

  test.each([
    ["of ours", "eks-lambda-1", true],
    ["of somebody else", "review-me", false],
  ])("that is no more than a change set %s is known as such", async (_, name, expected) => {
    const { cloudformation } = account();
    await cloudformation.createChangeSet({ ...wanted, name, type: "CREATE" });
    expect(await isBegunAlone({ cloudformation }, "demo")).toBe(expected);
  });

  test("that is finished is not begun alone, nor is one that is not there", async () => {
    const { cloudformation, deploy } = account();
    expect(await isBegunAlone({ cloudformation }, "demo")).toBe(false);
    await deploy();
    expect(await isBegunAlone({ cloudformation }, "demo")).toBe(false);
  });

  test("is created from where a killed run left it, before its change set was executed", async () => {
    const { deploy, now, cloudformation } = account();
    await cloudformation.createChangeSet({ ...wanted, name: "killed", type: "CREATE" });
    await deploy();
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });

  test("is updated after what is under way in it, by a killed run say", async () => {
    const { deploy, now, cloudformation, ports } = account();
    await cloudformation.createChangeSet({ ...wanted, name: "killed", type: "CREATE" });
    await settled(ports, "demo", () => {});
    await cloudformation.changeSet("demo", "killed");
    await cloudformation.executeChangeSet("demo", "killed");
    await deploy({ parameters: { Version: "2" } });
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: { Version: "2" } });
  });
});

describe("a refused change set", () => {
  const refusal = "Parameter values specified for a template which does not require them";

  test("is told with its reason, and leaves no stack behind", async () => {
    const { deploy, now, cloudformation } = account();
    cloudformation.refusal = refusal;
    await expect(deploy()).rejects.toMatchObject({
      code: "StackFailed",
      message: `CloudFormation refused the change set of "demo": ${refusal}`,
    });
    expect(await now()).toBeUndefined();
  });

  test("leaves the stack that was there as it was", async () => {
    const { deploy, now, cloudformation } = account();
    await deploy();
    cloudformation.refusal = refusal;
    await expect(deploy({ parameters: { Version: "2" } })).rejects.toMatchObject({ code: "StackFailed" });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters: { Version: "1" } });
  });
});

describe("a failed creation", () => {
  test("tells the first resource that failed, and why", async () => {
    const { deploy, cloudformation } = account();
    cloudformation.failing.set("FunctionRole", "you may not iam:CreateRole");
    await expect(deploy()).rejects.toMatchObject({
      code: "StackFailed",
      message: 'the stack "demo" could not be created: FunctionRole (AWS::IAM::Role): you may not iam:CreateRole',
      hint: "what had been made is deleted again; mend the reason and run setup again",
    });
  });

  test("is cleaned up, by the role that made it, and succeeds once its reason is mended", async () => {
    const { deploy, now, cloudformation } = account();
    const roleArn = "arn:aws:iam::123456789012:role/deploy";
    cloudformation.failing.set("FunctionRole", "no");
    await expect(deploy({ roleArn })).rejects.toThrow();
    expect(await now()).toBeUndefined();
    expect(cloudformation.writes.at(-1)).toBe(`delete stack as ${roleArn}`);
    cloudformation.failing.clear();
    await deploy();
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });

  test("is tried once more when EKS does not know the new role yet", async () => {
    const { deploy, cloudformation } = account();
    const withEntry = JSON.stringify({ FunctionRole: "AWS::IAM::Role", AccessEntry: "AWS::EKS::AccessEntry" });
    cloudformation.failing.set("AccessEntry", "The specified principalArn is invalid: invalid principal.");
    await expect(deploy({ template: withEntry })).rejects.toMatchObject({ code: "StackFailed" });
    expect(cloudformation.writes).toEqual([...created, "delete stack", ...created, "delete stack"]);
  });

  test("is not tried again for any other reason", async () => {
    const { deploy, cloudformation } = account();
    cloudformation.failing.set("Function", "no");
    await expect(deploy()).rejects.toThrow();
    expect(cloudformation.writes).toEqual([...created, "delete stack"]);
  });
});

describe("a failed update", () => {
  test("tells the first resource that failed, and leaves the stack as it was", async () => {
    const { deploy, now, cloudformation } = account();
    await deploy();
    cloudformation.failing.set("Function", "too large");
    await expect(deploy({ parameters: { Version: "2" } })).rejects.toMatchObject({
      code: "StackFailed",
      message: 'the stack "demo" could not be updated: Function (AWS::Lambda::Function): too large',
      hint: "the stack is as it was before; mend the reason and run setup again",
    });
    expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE", parameters: { Version: "1" } });
  });

  test("does not tell the failures of an earlier one", async () => {
    const { deploy, cloudformation } = account();
    await deploy();
    cloudformation.failing.set("LogGroup", "earlier");
    await expect(deploy({ parameters: { Version: "2" } })).rejects.toThrow("LogGroup (AWS::Logs::LogGroup): earlier");
    cloudformation.failing.clear();
    cloudformation.failing.set("Function", "later");
    await expect(deploy({ parameters: { Version: "2" } })).rejects.toThrow("Function (AWS::Lambda::Function): later");
  });
});

describe("a removal", () => {
  test("waits until the stack is gone", async () => {
    const { deploy, remove, now, waited } = account();
    await deploy();
    await remove();
    expect(await now()).toBeUndefined();
    expect(waited.at(-1)).toBe("Function (DELETE_IN_PROGRESS)");
  });

  test("of what is not there writes nothing", async () => {
    const { remove, cloudformation } = account();
    await remove();
    expect(cloudformation.writes).toEqual([]);
  });

  test("that fails tells what could not be deleted, and where to look", async () => {
    const { deploy, remove, cloudformation } = account();
    await deploy();
    cloudformation.undeletable.set("FunctionRole", "it has another policy");
    await expect(remove()).rejects.toMatchObject({
      code: "StackFailed",
      message:
        'the stack "demo" is in DELETE_FAILED after its deletion: FunctionRole (AWS::IAM::Role): it has another policy',
      hint: "mend that and run the command again; more in: aws cloudformation describe-stack-events --stack-name demo",
    });
    cloudformation.undeletable.clear();
    await remove();
    expect(await cloudformation.stack("demo")).toBeUndefined();
  });
});
