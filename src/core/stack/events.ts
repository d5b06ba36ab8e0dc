/** Finds out why an operation on a stack failed. */
import type { StackEvent } from "../aws/cloudformation.ts";

const operation = /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/;

/** Describes the first failure of the latest operation, which causes the later ones. */
export function causeOf(newestFirst: readonly StackEvent[]): string {
  const isStack = ({ type }: StackEvent) => type === "AWS::CloudFormation::Stack";
  const start = newestFirst.findIndex((event) => isStack(event) && operation.test(event.status));
  const latest = start < 0 ? newestFirst : newestFirst.slice(0, start);
  const first = latest.filter((event) => event.status.endsWith("_FAILED") && !isStack(event)).at(-1);
  if (!first) return "see its events for the reason";
  return `${first.logicalId} (${first.type}): ${first.reason ?? first.status}`;
}
