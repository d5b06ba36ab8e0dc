/** Creates or updates a stack by a change set, after checking that it does only what the plan says. */

import { isDeepStrictEqual } from "node:util";
import type { ChangeSet, ChangeSetIds, ChangeSetRequest, Stack } from "../aws/cloudformation.ts";
import { advice, adviceLines, command, type Hint } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { refusesRole } from "../mapping/new-role.ts";
import type { Waiting } from "../plan.ts";
import { discard, discardNew, withLeft } from "./discard.ts";
import { exportRefusal } from "./exports.ts";
import { remedyFor } from "./remedy.ts";
import { changeSetPrefix, removeStack } from "./remove.ts";
import { few, unplannedChanges } from "./resources.ts";
import { causeOf, isAtRest, refuseBroken, remedyOf } from "./status.ts";
import { refusalOf } from "./validation.ts";
import { pause, type StackPorts, waitForStack } from "./wait.ts";

export interface Deployment extends Omit<ChangeSetRequest, "name" | "type"> {
  /** The stack's name. */
  readonly stack: string;
  /** The stack that the plan was made from. */
  readonly planned: Stack | undefined;
  /** Deploy nothing where CloudFormation does not know how to revert drift. */
  readonly mustRevert?: boolean;
}

/** `unchanged`: CloudFormation found nothing to do, or cannot revert the drift. */
export type Outcome = "deployed" | "unchanged";

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html, `StatusReason` */
const emptyChangeSet = /didn't contain changes|No updates are to be performed/i;

/** Attempts while others change the stack. Each reads the stack again. */
const maxAttempts = 5;

/**
 * Retries if someone else was faster and left the stack as planned. Throws `StackFailed`, `RoleTooNew`, `StackBusy`,
 * `StackBroken`, `StackChanged`, `UnplannedChange`, `ExportInUse`, `ExportNameTaken`.
 */
export async function deployStack(ports: StackPorts, deployment: Deployment, waiting: Waiting): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deployOnce(ports, deployment, waiting);
    } catch (error) {
      if (!hasCode(error, "StackBusy") || attempt === maxAttempts) throw error;
      waiting(`another change of ${deployment.stack}`);
      await ports.clock.sleep(pause(attempt));
    }
  }
}

async function deployOnce(ports: StackPorts, deployment: Deployment, waiting: Waiting): Promise<Outcome> {
  const { cloudformation, clock } = ports;
  const { planned, mustRevert, ...request } = deployment;
  const before = finished(await waitForStack(ports, request.stack, waiting));
  if (before && isDeployed(before, deployment)) return "unchanged";
  refuseChanged(before, deployment);
  if (before) refuseBroken(before);
  waiting(`the change set of ${request.stack}`);
  const ids = await cloudformation.createChangeSet({
    ...request,
    stack: before?.id ?? request.stack,
    name: changeSetPrefix + clock.now(),
    type: before ? "UPDATE" : "CREATE",
  });
  const changeSet = await finishedChangeSet(ports, ids);
  if (mustRevert && !changeSet.revertsDrift) {
    await discard(ports, ids);
    return "unchanged";
  }
  if (changeSet.status !== "CREATE_COMPLETE") return refused(ports, { deployment, ids, changeSet }, waiting);
  await deleting(ports, ids, async () => {
    // Earlier updates are visible now; later ones delete the change set.
    if (!isPlanned(finished(await cloudformation.stack(ids.stackId)), deployment)) throw busy(request.stack);
    refuseUnplanned(changeSet, deployment);
  });
  await cloudformation.executeChangeSet(ids);
  const after = await waitForStack(ports, ids.stackId, waiting);
  if (after && isDone(after, deployment)) return "deployed";
  throw await failure(ports, { deployment, isNew: before === undefined, after }, waiting);
}

/** A stack in REVIEW_IN_PROGRESS has change sets but no resources. */
const finished = (stack: Stack | undefined): Stack | undefined =>
  stack?.status === "REVIEW_IN_PROGRESS" ? undefined : stack;

/** Deletes the change set if `check` throws. */
async function deleting(ports: StackPorts, ids: ChangeSetIds, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw withLeft(error, await discard(ports, ids));
  }
}

const sameAs = (stack: Stack, { parameters, tags }: Pick<Stack, "parameters" | "tags">): boolean =>
  isDeepStrictEqual([{ ...stack.parameters }, { ...stack.tags }], [{ ...parameters }, { ...tags }]);

/** True if another run of setup has already deployed it. Only CloudFormation knows whether there is drift. */
const isDeployed = (stack: Stack, deployment: Deployment): boolean =>
  !deployment.revertsDrift && /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status) && sameAs(stack, deployment);

/** Someone else's update may follow immediately. If it was rolled back, ours is in place. */
const isDone = (after: Stack, deployment: Deployment): boolean =>
  /^(CREATE|UPDATE)_COMPLETE$/.test(after.status) ||
  (after.status === "UPDATE_ROLLBACK_COMPLETE" && sameAs(after, deployment));

/** True if the stack is still as it was planned from. */
const isPlanned = (now: Stack | undefined, { planned }: Deployment): boolean =>
  now && planned ? now.id === planned.id && sameAs(now, planned) : now === planned;

const busy = (stack: string) =>
  new EksLambdaError("StackBusy", `someone else is changing the stack "${stack}"`, {
    hint: "run the command again when the other one has ended",
  });

/** Throws `StackChanged`. */
function refuseChanged(now: Stack | undefined, deployment: Deployment): void {
  if (isPlanned(now, deployment)) return;
  const { stack, planned } = deployment;
  const how = !now ? "deleted" : planned?.id === now.id ? "changed" : "created";
  throw new EksLambdaError("StackChanged", `someone else ${how} the stack "${stack}" after the plan was shown`, {
    hint: "run the command again to see the plan for the stack as it is now",
  });
}

/** CloudFormation makes a change set within seconds. */
const changeSetMs = 10 * 60_000;

/** Waits until CloudFormation has made or refused it. Throws `StackFailed` after ten minutes. */
export async function finishedChangeSet({ cloudformation, clock }: StackPorts, ids: ChangeSetIds): Promise<ChangeSet> {
  const end = clock.now() + changeSetMs;
  for (let look = 0; ; look++) {
    const changeSet = await cloudformation.changeSet(ids);
    if (/^(CREATE_COMPLETE|FAILED)$/.test(changeSet.status)) return changeSet;
    if (clock.now() >= end) {
      const message = `the change set ${ids.id} is still in ${changeSet.status} after ${changeSetMs / 60_000} minutes`;
      const left = await discard({ cloudformation }, ids);
      throw withLeft(
        new EksLambdaError("StackFailed", message, { hint: "nothing was changed: run setup again" }),
        left,
      );
    }
    await clock.sleep(pause(look));
  }
}

interface Proposed {
  readonly deployment: Deployment;
  readonly ids: ChangeSetIds;
  readonly changeSet: ChangeSet;
}

/** Accepts an empty change set. Throws `StackFailed` for any other that CloudFormation refused. */
async function refused(
  ports: StackPorts,
  { deployment, ids, changeSet }: Proposed,
  waiting: Waiting,
): Promise<"unchanged"> {
  const { stack, roleArn } = deployment;
  const isEmpty = emptyChangeSet.test(changeSet.reason ?? "");
  // Its events go with the change set.
  const refusal = isEmpty ? undefined : await refusalOf(ports.cloudformation, ids, changeSet);
  const left =
    refusal && !deployment.planned
      ? await discardNew(ports, { ids, id: ids.stackId, roleArn }, waiting)
      : await discard(ports, ids);
  if (!refusal) return "unchanged";
  const { reason, hint } = refusal;
  const message = `CloudFormation refused the change set of "${stack}": ${reason}`;
  const byExport = exportRefusal(reason, updateOf(deployment, ids.stackId));
  throw withLeft(new EksLambdaError(byExport?.code ?? "StackFailed", message, { hint: byExport?.hint ?? hint }), left);
}

const updateOf = ({ planned, parameters }: Deployment, id: string) => ({
  id,
  before: planned?.parameters,
  after: parameters,
});

/** Throws `UnplannedChange` if the change set would delete or replace resources that the plan does not. */
function refuseUnplanned({ changes }: ChangeSet, { planned, parameters, stack }: Deployment): void {
  const unplanned = unplannedChanges(changes, { before: planned?.parameters, after: parameters });
  if (unplanned.length === 0) return;
  throw new EksLambdaError(
    "UnplannedChange",
    `the update of the stack "${stack}" would do more than the plan shows: ${few(unplanned)}`,
    {
      hint: advice`nothing was changed; someone else changed the stack's template: ${command`aws cloudformation describe-stack-events --stack-name ${stack}`}`,
    },
  );
}

/** How an operation ended. */
interface Ended {
  readonly deployment: Deployment;
  readonly isNew: boolean;
  readonly after: Stack | undefined;
}

const neverCreated = /^(CREATE_FAILED|ROLLBACK_(COMPLETE|FAILED))$/;

/** Only EKS refused, and the stack is gone or as it was: it can be deployed without the access entry. */
export const isTooNew = (error: unknown): boolean => hasCode(error, "RoleTooNew");

/** Returns the error of a failed operation. Deletes a stack whose creation failed. */
async function failure(ports: StackPorts, { deployment, isNew, after }: Ended, waiting: Waiting) {
  const { stack, roleArn } = deployment;
  const reason = after ? causeOf(await ports.cloudformation.events(after.id)) : "it was deleted meanwhile";
  const isIncomplete = isNew && after !== undefined && neverCreated.test(after.status);
  const cleaned = isIncomplete && (await succeeds(removeStack(ports, { id: after.id, roleArn }, waiting)));
  const isClean = isNew ? cleaned : after !== undefined && isAtRest(after);
  const byExport = after && exportRefusal(reason, updateOf(deployment, after.id));
  return new EksLambdaError(
    byExport?.code ?? (isClean && refusesRole(reason) ? "RoleTooNew" : "StackFailed"),
    `the stack "${stack}" could not be ${isNew ? "created" : "updated"}: ${reason}`,
    {
      hint: adviceLines([
        byExport?.hint ?? remedyFor(reason, deployment.parameters),
        cleaned ? "the incomplete stack was deleted; fix the reason and run setup again" : outcome(after, stack),
      ]),
    },
  );
}

function outcome(after: Stack | undefined, stack: string): Hint {
  const again = "fix the reason and run setup again";
  if (!after) return "run setup again";
  if (neverCreated.test(after.status))
    return advice`the incomplete stack could not be deleted: ${command`aws cloudformation delete-stack --stack-name ${stack}`}; ${again}`;
  const remedy = remedyOf(after);
  return remedy ? advice`the stack is in ${after.status} now: ${remedy}` : `the stack is as it was before; ${again}`;
}

/** True if the clean-up worked. Ignores its error: the failure before it matters more. */
const succeeds = (cleanUp: Promise<void>): Promise<boolean> =>
  cleanUp.then(
    () => true,
    () => false,
  );
