/** A stack with an access entry, where EKS does not know its new role yet. */
import { describe, expect, test } from "vitest";
import { type Deployment, deployStack } from "../../../../src/core/stack/deploy.ts";
import { deployWithEntry } from "../../../../src/core/stack/new-role.ts";
import { isAbandoned, removeAbandoned } from "../../../../src/core/stack/remove.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { type Meddling, parameters, template, useAccount } from "./account.ts";

const { sandbox } = useSandbox({ authenticationMode: "API" });
const { now, port, ports, waited, waiting, writes } = useAccount(sandbox);

const byEntry = { ...parameters, MapByAccessEntry: "true" };
const renamed = { ...byEntry, RoleName: "other-role" };
const executed = ["CreateChangeSet", "ExecuteChangeSet"];
const empty = ["CreateChangeSet", "DeleteChangeSet"];

/** EKS refuses each role so often. */
const refuseNewRoles = (times: number) => Object.assign(sandbox().faults, { newRoleRefusals: times });

async function deploy(given: Partial<Deployment> = {}, meddling?: Meddling) {
  const known = ports(meddling);
  const planned = await now();
  const deployment = { stack: "demo", template, parameters: byEntry, tags: {}, roleArn: undefined, planned, ...given };
  const { length } = writes();
  const error = await deployWithEntry(known, deployment, waiting).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, slept: known.clock.slept.filter((ms) => ms >= 2_000), wrote: writes().slice(length) };
}
const resources = async () => {
  const found = await port().resources((await now())?.id ?? "");
  return found.map(({ logicalId, physicalId }) => `${logicalId} ${physicalId}`);
};
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

test("is created at once where EKS knows the role", async () => {
  expect(await deploy()).toEqual({ error: undefined, slept: [], wrote: executed });
  expect(await now()).toMatchObject({ status: "CREATE_COMPLETE", parameters: byEntry });
});

test.each([
  [1, [2_000], 1],
  [3, [2_000, 4_000, 8_000], 3],
])("gets its entry by an update when EKS has refused the role %d times", async (times, slept, failed) => {
  refuseNewRoles(times);
  const updates = [...Array.from({ length: failed }, () => executed), executed].flat();
  expect(await deploy()).toEqual({
    ...{ error: undefined, slept },
    wrote: [...executed, "DeleteStack", ...executed, ...updates],
  });
  expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: byEntry });
  expect(await resources()).toContain(`AccessEntry ${role("demo-role")}|demo`);
  expect(waited).toContain("EKS to know the new role");
});

test("stays without the entry where EKS refuses the role for two minutes, and the next run adds it", async () => {
  refuseNewRoles(100);
  const { error, slept } = await deploy();
  expect(slept.reduce((sum, ms) => sum + ms)).toBe(126_000);
  expect(error).toMatchObject({
    code: "RoleTooNew",
    message: `EKS still refuses the role ${role("demo-role")} after two minutes, as it does until it knows a new role`,
    hint: 'the stack "demo" is deployed without its access entry: run the command again, which adds it',
  });
  expect(await now()).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE", parameters });
  refuseNewRoles(0);
  expect(await deploy()).toEqual({ error: undefined, slept: [], wrote: executed });
  expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: byEntry });
});

describe("an update", () => {
  test("that renames the role makes the new one once, then its entry", async () => {
    await deploy();
    refuseNewRoles(2);
    expect(await deploy({ parameters: renamed })).toEqual({
      ...{ error: undefined, slept: [2_000, 4_000] },
      wrote: Array.from({ length: 5 }, () => executed).flat(),
    });
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: renamed });
    expect(await resources()).toEqual(
      expect.arrayContaining(["FunctionRole other-role", `AccessEntry ${role("other-role")}|demo`]),
    );
  });

  test("that adds the entry alone has nothing to do without it", async () => {
    await deploy({ parameters });
    refuseNewRoles(2);
    const { error, wrote } = await deploy();
    expect({ error, wrote }).toEqual({ error: undefined, wrote: [...executed, ...empty, ...executed, ...executed] });
    expect(await now()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: byEntry });
  });

  test("of someone else between the two is not overwritten", async () => {
    refuseNewRoles(1);
    let created = 0;
    const { cloudformation, clock } = ports();
    const deployment = { stack: "demo", template, parameters: byEntry, tags: {}, roleArn: undefined };
    const createChangeSet: typeof cloudformation.createChangeSet = async (request) => {
      if (++created === 3) {
        const theirs = { ...deployment, parameters: { ...parameters, LogRetentionDays: "7" }, planned: await now() };
        await deployStack(ports(), theirs, waiting);
      }
      return cloudformation.createChangeSet(request);
    };
    const planned = { ...deployment, planned: undefined };
    await expect(
      deployWithEntry({ cloudformation: { ...cloudformation, createChangeSet }, clock }, planned, waiting),
    ).rejects.toMatchObject({ code: "StackChanged" });
    expect(await now()).toMatchObject({ parameters: { LogRetentionDays: "7", MapByAccessEntry: "false" } });
  });
});

describe("another failure is told as it is:", () => {
  test("the entry fails for another reason", async () => {
    sandbox().faults.failResources.push("AccessEntry");
    expect(await deploy()).toMatchObject({
      error: { code: "StackFailed", message: expect.stringContaining("AccessEntry was told to fail") },
      wrote: [...executed, "DeleteStack"],
    });
  });

  test("the incomplete stack cannot be deleted", async () => {
    refuseNewRoles(1);
    sandbox().faults.forbid.push("cloudformation:DeleteStack");
    expect(await deploy()).toMatchObject({
      error: { code: "StackFailed", hint: expect.stringContaining("could not be deleted: aws cloudformation delete-") },
      wrote: [...executed, "DeleteStack"],
    });
    const left = await now();
    expect(left?.status).toBe("ROLLBACK_COMPLETE");
    expect(left && (await isAbandoned(ports(), left))).toBe(true);
    sandbox().faults.forbid.length = 0;
    await removeAbandoned(ports(), { id: left?.id ?? "", roleArn: undefined }, waiting);
    expect(await now()).toBeUndefined();
  });

  test("a stack that failed for another reason is not abandoned", async () => {
    sandbox().faults.failResources.push("FunctionRole");
    sandbox().faults.forbid.push("cloudformation:DeleteStack");
    await deploy();
    const left = await now();
    expect(left?.status).toBe("ROLLBACK_COMPLETE");
    expect(left && (await isAbandoned(ports(), left))).toBe(false);
    await expect(removeAbandoned(ports(), { id: left?.id ?? "", roleArn: undefined }, waiting)).rejects.toMatchObject({
      code: "StackChanged",
    });
    expect(await now()).toMatchObject({ status: "ROLLBACK_COMPLETE" });
  });
});
