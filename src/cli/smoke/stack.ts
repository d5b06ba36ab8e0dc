/** Steps about a stack of CloudFormation with a custom resource, which the second function answers. */
import type { Stack } from "../../core/aws/cloudformation.ts";
import { advice, command, type Hint } from "../../core/command.ts";
import { EksLambdaError, hasCode, restated } from "../../core/errors.ts";
import { functionArnOf } from "../../core/partition.ts";
import type { Waiting } from "../../core/plan.ts";
import { recordedIn } from "../../core/smoke/recorded.ts";
import { colorIn, deploySmokeStack } from "../../core/smoke/stack.ts";
import { removeStack } from "../../core/stack/remove.ts";
import { linesOf, type Result, type Step } from "./step.ts";
import type { SmokeTest } from "./test.ts";

type Stacked = Pick<Result, "stack" | "color">;

/** Deploys it, and reads its ConfigMap. */
const deployed =
  (color: string, fails = false) =>
  async (test: SmokeTest, waiting: Waiting): Promise<Stacked> => {
    const { kube, names, place } = test;
    const functionArn = functionArnOf(place, names.functions[1].functionName);
    const stack = await deploySmokeStack(test, { names, functionArn, color, fails }, waiting);
    return { stack, color: await colorIn(kube, names) };
  };

async function removed(test: SmokeTest, waiting: Waiting): Promise<Stacked> {
  const { cloudformation, kube, names } = test;
  const found = await cloudformation.stack(names.stack);
  if (found)
    await removeStack(test, { id: found.id, roleArn: undefined }, waiting).catch((error: unknown) => {
      throw hasCode(error, "StackFailed") ? restated(error, error.message, { hint: withoutFunction(found) }) : error;
    });
  return { stack: undefined, color: await colorIn(kube, names) };
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
  (stack: string | undefined, color: string | undefined) =>
  (result: Result): boolean =>
    result.stack === stack && result.color === color;

/** What CloudFormation asks the function for in these steps, by its documentation. */
const asked = [
  ...["Create Settings", "Update Settings"],
  ...["Update Settings", "Create Refused", "Update Settings", "Delete Refused"],
  "Delete Settings",
].sort();

const eventsIn = ({ lines = [] }: Result) => recordedIn(lines);
const isAll = (lines: readonly string[]): boolean =>
  recordedIn(lines)
    .map(({ RequestType, LogicalResourceId }) => `${RequestType} ${LogicalResourceId}`)
    .sort()
    .join() === asked.join();

export const inStack: readonly Step[] = [
  {
    name: "stack created",
    what: "create a stack with a ConfigMap",
    run: deployed("red"),
    expected: "the stack is CREATE_COMPLETE, and the ConfigMap is there",
    isMet: is("CREATE_COMPLETE", "red"),
  },
  {
    name: "stack updated",
    what: "update the ConfigMap",
    run: deployed("green"),
    expected: "the stack is UPDATE_COMPLETE, and the ConfigMap has the new value",
    isMet: is("UPDATE_COMPLETE", "green"),
  },
  {
    name: "stack rolled back",
    what: "update it again, with an object that the cluster refuses",
    run: deployed("blue", true),
    expected: "the stack is UPDATE_ROLLBACK_COMPLETE, and the ConfigMap has the value from before",
    isMet: is("UPDATE_ROLLBACK_COMPLETE", "green"),
  },
  {
    name: "stack deleted",
    what: "delete the stack",
    run: removed,
    expected: "the ConfigMap is gone",
    isMet: is(undefined, undefined),
  },
  {
    name: "events",
    what: "read the events of CloudFormation in the function's log",
    run: (test, waiting) => linesOf(test, { of: 1, isEnough: isAll }, waiting),
    expected: `CloudFormation asked for ${asked.join(", ")}`,
    isMet: ({ lines = [] }) => isAll(lines),
    events: eventsIn,
  },
];

/** Of a test that failed or was killed. It comes before the teardown of the function that answers. */
export const stackRemoved: Step = { name: "stack removed", what: "delete the stack with the ConfigMap", run: removed };
