/** The events of CloudFormation that the second function logs, as a report shows them. */
import { redacted } from "./redact.ts";

/** Of each, a report says only which events have the same. */
const ids = ["StackId", "RequestId", "PhysicalResourceId"] as const;

export type Recorded = Readonly<Record<(typeof ids)[number] | "RequestType" | "LogicalResourceId", unknown>>;

const start = '{"recorded":';

/** The events in lines of the log, each once: Lambda may deliver one again. */
export function recordedIn(lines: readonly string[]): readonly Recorded[] {
  const events = lines.filter((line) => line.startsWith(start)).map((line): Recorded => JSON.parse(line).recorded);
  return events.filter(({ RequestId }, at) => events.findIndex((one) => one.RequestId === RequestId) === at);
}

/** Without names, and with a number in place of each id. `known`: values that must not be in it. */
export function shownEvents(events: readonly Recorded[], known: readonly (string | undefined)[]): readonly object[] {
  const seen: Readonly<Record<string, string[]>> = Object.fromEntries(ids.map((key) => [key, []]));
  const numberOf = (values: string[], value: string): string => {
    if (!values.includes(value)) values.push(value);
    return `#${values.indexOf(value) + 1}`;
  };
  const shown = (key: string, value: unknown): unknown => {
    if (typeof value !== "string") return value;
    return seen[key] ? numberOf(seen[key], value) : redacted(value, known);
  };
  return events.map((event): object => JSON.parse(JSON.stringify(event, shown)));
}
