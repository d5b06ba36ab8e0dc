/** Explains why CloudFormation refused a change set before creating anything. */

import { parseArn } from "../arn.ts";
import type { ChangeSet, ChangeSetIds, CloudFormation, ValidationFailure } from "../aws/cloudformation.ts";
import { advice, adviceLines, type Hint } from "../command.ts";
import { deleteLog, functionRemedy, roleRemedy } from "./foreign.ts";

export interface ChangeSetRefusal {
  readonly reason: string;
  /** `undefined` if no fix is known. */
  readonly hint: Hint | undefined;
}

/**
 * For a failed early validation, `StatusReason` names only the check; DescribeEvents has the resources. Where the caller
 * may not call that, or the endpoint does not know it, the reason stays as it is.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
 */
export async function refusalOf(
  cloudformation: Pick<CloudFormation, "validationFailures">,
  ids: ChangeSetIds,
  { reason = "" }: Pick<ChangeSet, "reason">,
): Promise<ChangeSetRefusal> {
  if (!/EarlyValidation|DescribeEvents/.test(reason)) return { reason, hint: undefined };
  const failures = await cloudformation.validationFailures(ids).catch(() => []);
  if (failures.length === 0) return { reason, hint: eventsHint(ids) };
  const region = parseArn(ids.id)?.region ?? "";
  const hints = failures.flatMap((failure) => remedyFor(failure, region) ?? []);
  return { reason: failures.map(inWords).join("\n"), hint: adviceLines(hints) };
}

const inWords = ({ reason, name, path }: ValidationFailure): string =>
  `${reason} (${[name, path].filter((part) => part !== "").join(" at ")})`;

const eventsHint = ({ id }: ChangeSetIds): string =>
  `with the right to cloudformation:DescribeEvents setup prints which resource it is; the change set was ${id}`;

type Remedy = (name: string, region: string) => Hint | undefined;

const remedies: Readonly<Record<string, Remedy>> = {
  "AWS::Logs::LogGroup": (name, region) =>
    advice`an earlier stack or function left this log; if you do not need it, delete it: ${deleteLog(name, region)}`,
  "AWS::Lambda::Function": functionRemedy,
  "AWS::IAM::Role": roleRemedy,
};

function remedyFor({ type, reason }: ValidationFailure, region: string): Hint | undefined {
  const [, name] = /with identifier '([^']+)' already exists/.exec(reason) ?? [];
  return name === undefined ? undefined : remedies[type]?.(name, region);
}
