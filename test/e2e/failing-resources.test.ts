/** Each resource of the stack fails in turn: setup rolls back, leaves the cluster unchanged and reports the cause. */
import { expect } from "vitest";
import { putAwsAuth } from "../acceptance/support/cluster.ts";
import { test } from "../acceptance/support/world.ts";
import { stateOf } from "./support/state.ts";

const setup = "setup --yes";
const vpc = "--subnet-ids subnet-0a subnet-0b";

test.for([
  ["LogGroup", "AWS::Logs::LogGroup", ""],
  ["FunctionRole", "AWS::IAM::Role", ""],
  ["Function", "AWS::Lambda::Function", ""],
  ["SecurityGroup", "AWS::EC2::SecurityGroup", vpc],
] as const)("%s cannot be made: nothing is left", async ([logicalId, type, flags], { world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/nodes\n` });
  const before = await stateOf(world);
  backend.faults.failResource(logicalId);
  expect(await run(`${setup} ${flags}`)).toEqual({
    exit: 1,
    stdout: "",
    stderr: expect.stringMatching(failed(names.stack, "created", `${logicalId} (${type})`)),
  });
  expect(await stateOf(world)).toEqual(before);
});

test.for([
  ["LogGroup", "AWS::Logs::LogGroup", "--log-retention 7"],
  ["FunctionRole", "AWS::IAM::Role", "--permissions-boundary arn:aws:iam::123456789012:policy/boundary"],
  ["Function", "AWS::Lambda::Function", "--memory 512"],
  ["SecurityGroup", "AWS::EC2::SecurityGroup", vpc],
] as const)("%s cannot be changed: all is as before", async ([logicalId, type, flags], { world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run(setup)).toMatchObject({ exit: 0 });
  const before = await stateOf(world);
  backend.faults.failResource(logicalId);
  expect(await run(`${setup} ${flags}`)).toEqual({
    exit: 1,
    stdout: "",
    stderr: expect.stringMatching(failed(names.stack, "updated", `${logicalId} (${type})`)),
  });
  const [stack] = before.account.stacks;
  const stacks = [{ ...stack, StackStatus: "UPDATE_ROLLBACK_COMPLETE" }];
  expect(await stateOf(world)).toEqual({ ...before, account: { ...before.account, stacks } });
  expect(await run("invoke")).toMatchObject({ exit: 0 });
});

test("a move to another namespace that fails half-way is undone in the same run", async ({ world }) => {
  const { backend, run, fresh } = world;
  await fresh();
  expect(await run(setup)).toMatchObject({ exit: 0 });
  const before = await stateOf(world);
  backend.faults.failResource("Function");
  expect(await run(`${setup} --namespace kube-public`)).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("; what this run had changed was undone (StackFailed)"),
  });
  const [stack] = before.account.stacks;
  const stacks = [{ ...stack, StackStatus: "UPDATE_ROLLBACK_COMPLETE" }];
  expect(await stateOf(world)).toEqual({ ...before, account: { ...before.account, stacks } });
});

/** The first resource that failed, and CloudFormation's reason. */
const failed = (stack: string, done: string, resource: string): RegExp => {
  const literal = (text: string) => text.replace(/[()]/g, "\\$&");
  const [logicalId] = resource.split(" ");
  return new RegExp(
    `^error the stack "${stack}" could not be ${done}: ${literal(resource)}: .*"${logicalId} was told to fail".* \\(StackFailed\\)$`,
    "m",
  );
};
