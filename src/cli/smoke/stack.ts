/** Steps about a stack of CloudFormation with a custom resource, which the second function answers. */
import type { Stack } from "../../core/aws/cloudformation.ts";
import { advice, command, type Hint } from "../../core/command.ts";
import { EksLambdaError, hasCode, restated } from "../../core/errors.ts";
import { functionArnOf } from "../../core/partition.ts";
import type { Waiting } from "../../core/plan.ts";
import { type Recorded, recordedIn } from "../../core/smoke/recorded.ts";
import { colorIn, deploySmokeStack } from "../../core/smoke/stack.ts";
import { removeStack } from "../../core/stack/remove.ts";
import { linesOf, type Result, type Step, second, untilLogged } from "./step.ts";
import type { SmokeTest } from "./test.ts";

type Seen = Pick<Result, "color">;

interface Deploying {
  readonly color: string;
  readonly fails: boolean;
  readonly comesTo: string;
}

/** Deploys it, and reads its ConfigMap. */
const deployed =
  (deploying: Deploying) =>
  async (test: SmokeTest, waiting: Waiting): Promise<Seen> => {
    const { kube, names, place } = test;
    const functionArn = functionArnOf(place, names.functions[second].functionName);
    await deploySmokeStack(test, { names, functionArn, ...deploying }, waiting);
    return { color: await colorIn(kube, names) };
  };

async function removed(test: SmokeTest, waiting: Waiting): Promise<Seen> {
  const { cloudformation, kube, names } = test;
  const found = await cloudformation.stack(names.stack);
  if (found)
    await removeStack(test, { id: found.id, roleArn: undefined }, waiting).catch((error: unknown) => {
      throw hasCode(error, "StackFailed") ? restated(error, error.message, { hint: withoutFunction(found) }) : error;
    });
  return { color: await colorIn(kube, names) };
}

const withoutFunction = ({ name }: Stack): Hint =>
  advice`to delete it without an answer of the function: ${command`aws cloudformation delete-stack --stack-name ${name} --deletion-mode FORCE_DELETE_STACK`}; the ConfigMap goes with the namespace`;

/** Throws `SmokeFailed` while the stack is there: without the function, CloudFormation could not delete it. */
export async function refuseAnswering({ cloudformation, names }: SmokeTest): Promise<void> {
  if ((await cloudformation.stack(names.stack)) === undefined) return;
  throw new EksLambdaError(
    "SmokeFailed",
    `the function is needed to delete the stack ${names.stack}, which is still there`,
  );
}

const is =
  (expected: string | undefined) =>
  ({ color }: Result): boolean =>
    color === expected;

/** What CloudFormation asks the function for in these steps, by its documentation. */
const asked = [
  ...["Create Settings", "Update Settings"],
  ...["Update Settings", "Create Refused", "Update Settings", "Delete Refused"],
  "Delete Settings",
].sort();

const isAll = (lines: readonly string[]): boolean =>
  recordedIn(lines)
    .map(({ RequestType, LogicalResourceId }) => `${RequestType} ${LogicalResourceId}`)
    .sort()
    .join() === asked.join();

/** What the function got so far, for the report of a step that fails. */
const evidence = async (test: SmokeTest): Promise<readonly Recorded[]> => recordedIn(await linesOf(test, second));

export const inStack: readonly Step[] = [
  {
    name: "stack created",
    what: "create a stack with a ConfigMap",
    run: deployed({ color: "red", fails: false, comesTo: "CREATE_COMPLETE" }),
    expected: "the ConfigMap is there",
    isMet: is("red"),
    evidence,
  },
  {
    name: "stack updated",
    what: "update the ConfigMap",
    run: deployed({ color: "green", fails: false, comesTo: "UPDATE_COMPLETE" }),
    expected: "the ConfigMap has the new value",
    isMet: is("green"),
    evidence,
  },
  {
    name: "stack rolled back",
    what: "update it again, with an object that the cluster refuses",
    run: deployed({ color: "blue", fails: true, comesTo: "UPDATE_ROLLBACK_COMPLETE" }),
    expected: "the ConfigMap has the value from before",
    isMet: is("green"),
    evidence,
  },
  {
    name: "stack deleted",
    what: "delete the stack",
    run: removed,
    expected: "the ConfigMap is gone",
    isMet: is(undefined),
    evidence,
  },
  {
    name: "events",
    what: "read the events of CloudFormation in the function's log",
    run: (test, waiting) => untilLogged(test, { of: second, isEnough: isAll }, waiting),
    expected: `CloudFormation asked for ${asked.join(", ")}`,
    isMet: ({ lines = [] }) => isAll(lines),
    events: ({ lines = [] }) => recordedIn(lines),
  },
];

/** Deletes the stack of a test that failed or was killed. The function goes later, because it must answer the deletion. */
export const stackRemoved: Step = { name: "stack removed", what: "delete the stack with the ConfigMap", run: removed };
