/** CloudFormation validates a change set early, and says why only in its events. */
import { expect } from "vitest";
import { makeLogGroup, stackStatus } from "./support/aws.ts";
import { readAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";
import { heldBefore } from "./troubleshooting/given.ts";

const setup = "setup --yes --no-kubeconfig";

/** From the error on, with the ids of change sets left out. */
async function refused({ run }: World, env = {}): Promise<string> {
  const { exit, stderr } = await run(setup, { env });
  expect(exit).toBe(1);
  return stderr.slice(stderr.search(/^error /m)).replace(/arn:aws:cloudformation:\S+/g, "ARN");
}

/** The refused change set and its stack were deleted, and nothing else was made. */
async function nothingIsLeft({ backend, names }: World): Promise<void> {
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  expect(await readAwsAuth(backend)).toBeUndefined();
}

const named = ({
  names,
}: World) => `error CloudFormation refused the change set of "${names.stack}": Resource of type 'AWS::Logs::LogGroup' with identifier '${names.logGroup}' already exists. (NAME_CONFLICT_VALIDATION at /Resources/LogGroup) (StackFailed)
hint  an earlier stack or function left this log; if you do not need it, delete it: aws logs delete-log-group --log-group-name ${names.logGroup} --region ${names.region}
`;

test("the resource, its path and the check are named when it was made after the plan was shown", async ({ world }) => {
  await world.fresh();
  const env = await heldBefore("CreateChangeSet", makeLogGroup)(world);
  expect(await refused(world, env)).toBe(named(world));
  await nothingIsLeft(world);
});

test("the same where the caller may not see it while planning", async ({ world }) => {
  const { backend, fresh } = world;
  await fresh();
  await makeLogGroup(world);
  backend.faults.forbid("logs:DescribeLogGroups");
  expect(await refused(world)).toBe(named(world));
  await nothingIsLeft(world);
});

test("CloudFormation's own reason, where its events are forbidden, too", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await makeLogGroup(world);
  for (const action of ["logs:DescribeLogGroups", "cloudformation:DescribeEvents"]) backend.faults.forbid(action);
  expect(await refused(world)).toBe(
    `error CloudFormation refused the change set of "${names.stack}": The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information. (StackFailed)
hint  with the right to cloudformation:DescribeEvents setup prints which resource it is; the change set was ARN
`,
  );
  await nothingIsLeft(world);
});
