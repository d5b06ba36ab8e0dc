/** A failed stack leaves nothing behind, and setup names the resource and the reason. */
import { expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { readAwsAuth } from "./support/cluster.ts";
import { test } from "./support/world.ts";

test.for([
  ["LogGroup", "AWS::Logs::LogGroup"],
  ["FunctionRole", "AWS::IAM::Role"],
  ["Function", "AWS::Lambda::Function"],
] as const)("%s cannot be made", async ([logicalId, type], { world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  backend.faults.failResource(logicalId);
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^error the stack "${names.stack}" could not be created: ${logicalId} \\(${type}\\): .+ \\(StackFailed\\)\nhint {2}the incomplete stack was deleted; fix the reason and run setup again\n$`,
      "m",
    ),
  );
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  expect(await readAwsAuth(backend)).toBeUndefined();
});

test("an update that fails is rolled back, and the function works as before", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run(setup)).toMatchObject({ exit: 0 });
  backend.faults.failResource("LogGroup");
  const { exit, stderr } = await run(`${setup} --log-retention 7`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^error the stack "${names.stack}" could not be updated: LogGroup \\(AWS::Logs::LogGroup\\): .+ \\(StackFailed\\)\nhint {2}the stack is as it was before; fix the reason and run setup again\n$`,
      "m",
    ),
  );
  expect(await stackStatus(backend, names.stack)).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await run('invoke --event \'{"name":"web"}\'')).toMatchObject({ exit: 0 });
});

test("after a failed update without rollback, setup says how to return to the state before it", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run(setup)).toMatchObject({ exit: 0 });
  backend.faults.stackStatus(names.stack, "UPDATE_FAILED");
  await backend.writes();
  const { exit, stderr } = await run(`${setup} --memory 512`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^error the stack "${names.stack}" is in UPDATE_FAILED(: .+)? \\(StackBroken\\)\nhint {2}an update that disabled rollback failed; return to the state before it: aws cloudformation rollback-stack --stack-name ${names.stack} --region ${backend.region}, then run the command again\n$`,
      "m",
    ),
  );
  expect(await backend.writes()).toEqual([]);
});
