/** Resources with our names that the stack did not make: CloudFormation would fail half-way, or change what belongs to others. */

import type { CloudFormation } from "../aws/cloudformation.ts";
import type { EventInvokeConfig } from "../aws/lambda.ts";
import { advice, adviceLines, type Command, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Target } from "../setup/target.ts";
import { type Actual, unknown } from "./actual.ts";
import { eventsInWords } from "./drift.ts";
import { logGroupOf } from "./log.ts";
import { hasResource } from "./resources.ts";

/** Throws `RoleNotOurs`, `FunctionNotOurs`, `EventInvokeConfigNotOurs`, `LogGroupNotOurs`, `StackChanged`. */
export async function refuseForeign(
  { cloudformation, target }: { readonly cloudformation: CloudFormation; readonly target: Target },
  { role, function: deployed, events, logGroup }: Actual,
): Promise<void> {
  const { found, roleName, functionName } = target;
  const has = (logicalId: string, name?: string) => hasResource(found?.resources ?? [], logicalId, name);
  const isRoleForeign = role !== undefined && !has("FunctionRole", roleName);
  const isFunctionForeign = deployed !== undefined && deployed !== unknown && !has("Function", functionName);
  const isEventsForeign = events !== undefined && events !== unknown && !has("EventInvokeConfig");
  const group = logGroupOf(functionName);
  const isGroupForeign = logGroup !== undefined && logGroup !== unknown && !has("LogGroup", group);
  if (!isRoleForeign && !isFunctionForeign && !isEventsForeign && !isGroupForeign) return;
  await refuseChanged(cloudformation, target);
  if (isRoleForeign) throw foreignRole(roleName, role.arn);
  if (isFunctionForeign) throw foreignFunction(target);
  if (isEventsForeign) throw foreignEvents(target, events);
  throw foreignLogGroup(target, group);
}

/** Throws `StackChanged`: the resources are those of a stack that another run created after we read it. */
async function refuseChanged(cloudformation: CloudFormation, { stack, found }: Target): Promise<void> {
  const now = await cloudformation.stack(stack);
  if (!now || now.status === "REVIEW_IN_PROGRESS" || now.id === found?.id) return;
  throw new EksLambdaError("StackChanged", `someone else has created the stack "${stack}" at the same time`, {
    hint: "run the command again to see the plan for the stack as it is now",
  });
}

const foreignRole = (roleName: string, arn: string) =>
  new EksLambdaError("RoleNotOurs", `the role "${roleName}" exists, but this stack did not create it: ${arn}`, {
    hint: roleRemedy(roleName),
  });

/** IAM deletes no role that has policies. */
export const roleRemedy = (name: string): Hint | undefined =>
  adviceLines([
    "choose another name with --role-name, or delete it if nothing uses it, its policies first:",
    advice`${command`aws iam list-role-policies --role-name ${name} --query PolicyNames --output text`} | xargs -rn1 ${command`aws iam delete-role-policy --role-name ${name} --policy-name`}`,
    advice`${command`aws iam list-attached-role-policies --role-name ${name} --query 'AttachedPolicies[].PolicyArn' --output text`} | xargs -rn1 ${command`aws iam detach-role-policy --role-name ${name} --policy-arn`}`,
    command`aws iam delete-role --role-name ${name}`,
  ]);

/** What to do about a function with our name. */
export const functionRemedy = (name: string, region: string): Hint =>
  advice`choose another name with --function-name, or delete it if nothing uses it: ${command`aws lambda delete-function --function-name ${name} --region ${region}`}`;

/** The command that deletes a log group. */
export const deleteLog = (name: string, region: string): Command =>
  command`aws logs delete-log-group --log-group-name ${name} --region ${region}`;

const foreignFunction = ({ functionName, functionArn, region }: Target) =>
  new EksLambdaError(
    "FunctionNotOurs",
    `the function "${functionName}" exists, but this stack did not create it: ${functionArn}`,
    { hint: functionRemedy(functionName, region) },
  );

const foreignEvents = ({ functionName, region }: Target, events: EventInvokeConfig) =>
  new EksLambdaError(
    "EventInvokeConfigNotOurs",
    `the function "${functionName}" has an EventInvokeConfig that this stack did not create: ${eventsInWords(events)}`,
    {
      hint: advice`leave out --event-age and --event-retries, or delete it, by the stack that created it if there is one: ${command`aws lambda delete-function-event-invoke-config --function-name ${functionName} --region ${region}`}`,
    },
  );

const foreignLogGroup = ({ region }: Target, name: string) =>
  new EksLambdaError(
    "LogGroupNotOurs",
    `the log group "${name}" exists, but this stack did not create it: an earlier stack or function left it`,
    {
      hint: advice`if you do not need this log, delete it: ${deleteLog(name, region)}; or choose another name with --function-name`,
    },
  );
