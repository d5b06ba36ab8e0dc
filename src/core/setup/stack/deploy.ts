/** A stack's way through its states: change set, execution, failure and its cause. */
import type { ChangeSetRequest, CloudFormation, Stack, StackEvent } from "../../aws/cloudformation.ts";
import type { Clock } from "../../clock.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Waiting } from "../../plan.ts";

interface Ports {
  readonly cloudformation: CloudFormation;
  readonly clock: Clock;
}
type StackRequest = Omit<ChangeSetRequest, "name" | "type">;

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html, `StatusReason` */
const emptyChangeSet = /didn't contain changes|No updates are to be performed/i;

/** Milliseconds between two looks: soon at first, for stand-ins and small changes, then as CloudFormation likes it. */
const pause = (look: number): number => Math.min(100 * 1.5 ** look, 3_000);

/** IAM tells EKS of a role some seconds after CloudFormation. */
const roleTooNew = /could not be created: AccessEntry.*invalid.*principal/is;

const changeSetPrefix = "eks-lambda-";

/** Is there nothing of the stack but what a run left that was killed before it executed its change set? */
export async function isBegunAlone({ cloudformation }: Pick<Ports, "cloudformation">, name: string): Promise<boolean> {
  const stack = await cloudformation.stack(name);
  if (stack?.status !== "REVIEW_IN_PROGRESS") return false;
  const pending = await cloudformation.changeSets(stack.id);
  return pending.every((name) => name.startsWith(changeSetPrefix));
}

/** Creates or updates; a first creation that fails because its role is too new is tried once more. */
export async function deployStack(ports: Ports, request: StackRequest, waiting: Waiting): Promise<void> {
  try {
    await deployOnce(ports, request, waiting);
  } catch (error) {
    if (!(error instanceof EksLambdaError && roleTooNew.test(error.message))) throw error;
    await deployOnce(ports, request, waiting);
  }
}

/** Throws `StackFailed` with the first failed resource; a failed first creation is deleted. */
async function deployOnce(ports: Ports, request: StackRequest, waiting: Waiting): Promise<void> {
  const { cloudformation, clock } = ports;
  const before = await settled(ports, request.stack, waiting);
  const type = before && before.status !== "REVIEW_IN_PROGRESS" ? "UPDATE" : "CREATE";
  const name = changeSetPrefix + clock.now();
  waiting(`the change set of ${request.stack}`);
  await cloudformation.createChangeSet({ ...request, name, type });
  const { status, reason = "" } = await finishedChangeSet(ports, request.stack, name);
  if (status !== "CREATE_COMPLETE") {
    await cloudformation.deleteChangeSet(request.stack, name);
    if (emptyChangeSet.test(reason)) return;
    if (type === "CREATE") await removeStack(ports, request, waiting);
    throw new EksLambdaError("StackFailed", `CloudFormation refused the change set of "${request.stack}": ${reason}`);
  }
  await cloudformation.executeChangeSet(request.stack, name);
  const after = await settled(ports, request.stack, waiting);
  if (after && /^(CREATE|UPDATE)_COMPLETE$/.test(after.status)) return;
  throw await failure(ports, request, type, after, waiting);
}

/** Deletes, and waits until it is gone. Throws `StackFailed`. */
export async function removeStack(
  ports: Ports,
  { stack, roleArn }: Pick<ChangeSetRequest, "stack" | "roleArn">,
  waiting: Waiting,
): Promise<void> {
  const found = await settled(ports, stack, waiting);
  if (!found) return;
  await ports.cloudformation.deleteStack(stack, roleArn);
  const after = await settled(ports, found.id, waiting);
  if (!after) return;
  throw new EksLambdaError(
    "StackFailed",
    `the stack "${stack}" is in ${after.status} after its deletion: ${cause(await ports.cloudformation.events(found.id))}`,
    {
      hint: `mend that and run the command again; more in: aws cloudformation describe-stack-events --stack-name ${stack}`,
    },
  );
}

/** The stack when nothing is under way in it; tells which resource is waited for. */
export async function settled(
  { cloudformation, clock }: Ports,
  name: string,
  waiting: Waiting,
): Promise<Stack | undefined> {
  for (let look = 0; ; look++) {
    const stack = await cloudformation.stack(name);
    if (!stack || stack.status === "REVIEW_IN_PROGRESS" || !stack.status.endsWith("_IN_PROGRESS")) return stack;
    const [latest] = (await cloudformation.events(stack.id)).filter(({ status }) => status.endsWith("_IN_PROGRESS"));
    waiting(latest ? `${latest.logicalId} (${latest.status})` : `${name} (${stack.status})`);
    await clock.sleep(pause(look));
  }
}

async function finishedChangeSet({ cloudformation, clock }: Ports, stack: string, name: string) {
  for (let look = 0; ; look++) {
    const changeSet = await cloudformation.changeSet(stack, name);
    if (/^(CREATE_COMPLETE|FAILED)$/.test(changeSet.status)) return changeSet;
    await clock.sleep(pause(look));
  }
}

async function failure(ports: Ports, request: StackRequest, type: string, after: Stack | undefined, waiting: Waiting) {
  const reason = after ? cause(await ports.cloudformation.events(after.id)) : "it was deleted meanwhile";
  const cleaned = type === "CREATE" && after !== undefined && (await removed(ports, request, waiting));
  return new EksLambdaError(
    "StackFailed",
    `the stack "${request.stack}" could not be ${type === "CREATE" ? "created" : "updated"}: ${reason}`,
    {
      hint: outcome(after, cleaned, request.stack),
    },
  );
}

function outcome(after: Stack | undefined, cleaned: boolean, stack: string): string {
  const again = "mend the reason and run setup again";
  if (!after) return "run setup again";
  if (cleaned) return `what had been made is deleted again; ${again}`;
  if (after.status === "UPDATE_ROLLBACK_FAILED")
    return `it could not be put back as it was, either: its events tell why. Mend that, then: aws cloudformation continue-update-rollback --stack-name ${stack}`;
  if (after.status === "UPDATE_ROLLBACK_COMPLETE") return `the stack is as it was before; ${again}`;
  return `what had been made could not be deleted: aws cloudformation delete-stack --stack-name ${stack}; ${again}`;
}

/** Whether the clean-up worked; if not, the failure that led to it is what a person must know first. */
const removed = (...of: Parameters<typeof removeStack>): Promise<boolean> =>
  removeStack(...of).then(
    () => true,
    () => false,
  );

/** The first failure of the latest operation: later ones are its consequences. */
function cause(newestFirst: readonly StackEvent[]): string {
  const start = newestFirst.findIndex(
    ({ type, status }) => type === "AWS::CloudFormation::Stack" && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(status),
  );
  const latest = start < 0 ? newestFirst : newestFirst.slice(0, start);
  const first = latest
    .filter(({ status, type }) => status.endsWith("_FAILED") && type !== "AWS::CloudFormation::Stack")
    .at(-1);
  return first
    ? `${first.logicalId} (${first.type}): ${first.reason ?? first.status}`
    : "see its events for the reason";
}
