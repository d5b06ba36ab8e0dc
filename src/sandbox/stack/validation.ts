/**
 * Early validation of a change set: names must not be taken.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
 */
import { randomUUID } from "node:crypto";
import { find } from "../aws/operation.ts";
import type { Data } from "../model.ts";
import { now, type World } from "../state.ts";
import { transformed } from "./changes.ts";
import type { Stack, Wanted } from "./model.ts";
import { nameOf } from "./stack.ts";
import { evaluate, ordered } from "./template.ts";

export const validationFailed =
  "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.";

/** The conflicts, as DescribeEvents returns them. A name that depends on a resource yet to be created is not checked. */
export function nameConflicts(world: World, stack: Stack, { template, parameters }: Wanted): readonly Data[] {
  const { resources } = stack;
  const operation = { StackId: stack.id, OperationId: randomUUID(), OperationType: "CREATE_CHANGESET" };
  const scope = { template, values: parameters, resource: (id: string) => resources.get(id) };
  return ordered(template, parameters).flatMap((id) => {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const type = transformed(Type);
    const name = nameOf(type, evaluate(Properties, scope) as Data);
    const isOurs = resources.get(id)?.name === name;
    if (name === undefined || isOurs || !find(world, type, name)) return [];
    return {
      ...{
        ...operation,
        EventId: randomUUID(),
        EventType: "VALIDATION_ERROR",
        Timestamp: new Date(now(world)).toISOString(),
      },
      LogicalResourceId: id,
      PhysicalResourceId: "",
      ResourceType: type,
      ValidationName: "NAME_CONFLICT_VALIDATION",
      ValidationFailureMode: "FAIL",
      ValidationStatus: "FAILED",
      ValidationStatusReason: `Resource of type '${type}' with identifier '${name}' already exists.`,
      ValidationPath: `/Resources/${id}`,
    };
  });
}
