import { CloudFormationClient, UpdateTerminationProtectionCommand } from "@aws-sdk/client-cloudformation";
import { describe, expect, test } from "vitest";
import { begunStack, removeBegun, removeStack } from "../../../../src/core/stack/remove.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { type Meddling, parameters, template, useAccount } from "./account.ts";

const { sandbox, client } = useSandbox();
const { deploy, now, port, ports, waited, waiting, writes } = useAccount(sandbox);

const idOf = async () => (await now())?.id ?? "";
const remove = async (meddling?: Meddling) =>
  removeStack(ports(meddling), { id: await idOf(), roleArn: undefined }, waiting);
const begin = (name: string) =>
  port().createChangeSet({
    ...{ stack: "demo", name, type: "CREATE", template, parameters, tags: {}, roleArn: undefined },
  });

describe("a stack", () => {
  test("is deleted, and waited for until it is gone", async () => {
    await deploy();
    await remove();
    expect(await now()).toBeUndefined();
    expect(waited.join("\n")).toMatch(/\(DELETE_IN_PROGRESS\)$/m);
  });

  test("that is gone already needs no write", async () => {
    await deploy();
    const id = await idOf();
    await remove();
    const before = writes().length;
    await removeStack(ports(), { id, roleArn: undefined }, waiting);
    expect(writes()).toHaveLength(before);
  });

  test("that cannot be deleted says which resource, and why", async () => {
    await deploy();
    sandbox().faults.failResources.push("FunctionRole DELETE");
    await expect(remove()).rejects.toMatchObject({
      code: "StackFailed",
      message: expect.stringMatching(
        /^the stack "demo" is in DELETE_FAILED after its deletion: FunctionRole \(AWS::IAM::Role\): .*"FunctionRole DELETE was told to fail"/,
      ),
      hint: "fix that and run the command again; more in: aws cloudformation describe-stack-events --stack-name demo",
    });
    sandbox().faults.failResources.length = 0;
    await remove();
    expect(await now()).toBeUndefined();
  });

  test("whose deletion does not end fails after an hour, and the next run goes on with it", async () => {
    await deploy();
    const here = ports();
    const { cloudformation } = here;
    const still = async (name: string) => {
      const found = await cloudformation.stack(name);
      return found && { ...found, status: "DELETE_IN_PROGRESS" };
    };
    const endless = { ...here, cloudformation: { ...cloudformation, stack: still } };
    const removal = { id: await idOf(), roleArn: undefined };
    await expect(removeStack(endless, removal, waiting)).rejects.toMatchObject({
      code: "StackFailed",
      message: 'the stack "demo" is still in DELETE_IN_PROGRESS after 60 minutes',
      hint: "run the command again to continue waiting; to see what CloudFormation waits for: aws cloudformation describe-stack-events --stack-name demo",
    });
    await removeStack(here, removal, waiting);
    expect(await now()).toBeUndefined();
  });

  test("that someone else deleted and made again is kept", async () => {
    await deploy();
    const again = async () => {
      await remove();
      await deploy();
    };
    await remove({ stack: again });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });

  test("that someone else updates is deleted after that", async () => {
    await deploy();
    const update = async () => {
      const request = { stack: "demo", template, tags: {}, roleArn: undefined, type: "UPDATE" as const };
      const changed = { ...parameters, LogRetentionDays: "7" };
      await port().executeChangeSet(await port().createChangeSet({ ...request, name: "others", parameters: changed }));
    };
    await remove({ deleteStack: update });
    expect(await now()).toBeUndefined();
  });

  test("that someone protects at that moment is kept, with the command that permits it", async () => {
    await deploy();
    const command = new UpdateTerminationProtectionCommand({ StackName: "demo", EnableTerminationProtection: true });
    const protect = async () => void (await new CloudFormationClient(client()).send(command));
    await expect(remove({ deleteStack: protect })).rejects.toMatchObject({
      code: "StackProtected",
      hint: expect.stringContaining("--no-enable-termination-protection --stack-name demo"),
    });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });

  test("is kept when it is not what the plan was made from", async () => {
    await deploy();
    const check = () => Promise.reject(new Error("it is not"));
    await expect(removeStack(ports(), { id: await idOf(), roleArn: undefined, check }, waiting)).rejects.toThrow(
      "it is not",
    );
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });
});

describe("what a run that was killed has begun", () => {
  test.each([
    ["a change set of setup", "eks-lambda-1", true],
    ["a change set of someone else", "review-me", false],
  ])("is known by its change sets: %s", async (_, name, expected) => {
    await begin(name);
    expect((await begunStack(ports(), "demo")) !== undefined).toBe(expected);
  });

  test("is neither a finished stack nor none", async () => {
    expect(await begunStack(ports(), "demo")).toBeUndefined();
    await deploy();
    expect(await begunStack(ports(), "demo")).toBeUndefined();
  });

  test("is deleted", async () => {
    await begin("eks-lambda-1");
    await removeBegun(ports(), { id: await idOf(), roleArn: undefined }, waiting);
    expect(await now()).toBeUndefined();
  });

  test("is kept when someone else has executed it meanwhile", async () => {
    const ids = await begin("eks-lambda-1");
    const execute = () => port().executeChangeSet(ids);
    const removal = { id: ids.stackId, roleArn: undefined };
    await expect(removeBegun(ports({ stack: execute }), removal, waiting)).rejects.toMatchObject({
      code: "StackChanged",
    });
    expect(await now()).toMatchObject({ status: "CREATE_COMPLETE" });
  });
});
