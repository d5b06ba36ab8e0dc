/**
 * What the status of a stack allows.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
 */

import { parseArn } from "../arn.ts";
import type { Stack, StackEvent } from "../aws/cloudformation.ts";
import { advice, type Command, command, type Hint, option } from "../command.ts";
import { EksLambdaError } from "../errors.ts";

/** True if the latest operation has ended and the stack's resources match its parameters. */
export const isAtRest = ({ status }: Pick<Stack, "status">): boolean =>
  /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$/.test(status);

interface Place {
  readonly stack: string;
  readonly region: string;
}

type Remedy = (place: Place) => Hint;

const aws = (operation: string, { stack, region }: Place): Command =>
  command`aws cloudformation ${operation} --stack-name ${stack} --region ${region}`;

const neverCreated: Remedy = (place) =>
  advice`its creation failed, and it can only be deleted: ${aws("delete-stack", place)}, then run setup again`;

/** Hints by the status of a stack that an ordinary update cannot change. */
const remedies: Readonly<Record<string, Remedy>> = {
  ROLLBACK_COMPLETE: neverCreated,
  ROLLBACK_FAILED: neverCreated,
  CREATE_FAILED: neverCreated,
  DELETE_FAILED: (place) =>
    advice`see its events for what could not be deleted, fix that, then: ${aws("delete-stack", place)}`,
  // CloudFormation takes updates of it only if they disable rollback, too.
  UPDATE_FAILED: (place) =>
    advice`an update that disabled rollback failed; return to the state before it: ${aws("rollback-stack", place)}, then run the command again`,
  UPDATE_ROLLBACK_FAILED: (place) =>
    advice`see its events for what could not be restored, fix that, then: ${aws("continue-update-rollback", place)}`,
  // CloudFormation has no operation that leads back.
  IMPORT_ROLLBACK_FAILED: (place) =>
    advice`an import of resources failed; see its events for what could not be restored; to start over: ${aws("delete-stack", place)}, then run setup again`,
};

/** How to bring the stack into a state in which setup can change it. `undefined` if it is in one. */
export const remedyOf = ({ id, name, status }: Stack): Hint | undefined =>
  remedies[status]?.({ stack: name, region: parseArn(id)?.region ?? "" });

/** Throws `StackBroken`. */
export function refuseBroken(stack: Stack): void {
  const hint = remedyOf(stack);
  if (hint === undefined) return;
  const { name, status, reason } = stack;
  throw new EksLambdaError("StackBroken", `the stack "${name}" is in ${status}${reason ? `: ${reason}` : ""}`, {
    hint,
  });
}

/** Termination protection says that this stack must stay. Throws `StackProtected`. */
export function refuseProtected(stack: Stack | undefined): void {
  if (!stack?.isProtected) return;
  const { id, name } = stack;
  throw new EksLambdaError("StackProtected", `the stack "${name}" has termination protection`, {
    hint: advice`to allow the deletion: ${command`aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name} ${option("--region", parseArn(id)?.region)}`}`,
  });
}

const operation = /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/;

/**
 * Describes the first failure of the latest operation, which causes the later ones. Where no resource failed, as with an
 * export that is in use, an event of the stack has the reason.
 */
export function causeOf(newestFirst: readonly StackEvent[]): string {
  const isStack = ({ type }: StackEvent) => type === "AWS::CloudFormation::Stack";
  const start = newestFirst.findIndex((event) => isStack(event) && operation.test(event.status));
  const latest = start < 0 ? newestFirst : newestFirst.slice(0, start);
  const first = latest.findLast((event) => event.status.endsWith("_FAILED") && !isStack(event));
  if (!first) return latest.findLast(isStack)?.reason?.replace(/\.\s*$/, "") ?? "see its events for the reason";
  return `${first.logicalId} (${first.type}): ${withoutVariables(first.reason ?? first.status)}`;
}

/** Lambda repeats all variables where they are too many: `…exceeded the 4KB limit. String measured: {"TABLE":"orders"}`. */
const withoutVariables = (reason: string): string => reason.replace(/ String measured:.*?(?= \(Service:|$)/s, "");
