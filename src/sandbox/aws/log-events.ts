/** CloudWatch Logs: the events of log groups. */
import type { LogEvent } from "../model.ts";
import { now, type World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { find } from "./operation.ts";
import { awsError } from "./refusal.ts";

const type = "AWS::Logs::LogGroup";

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const mostEvents = 10_000;
const known = new Set(["logGroupName", "startTime", "endTime", "limit", "nextToken"]);

let count = 0;

/** Adds each line of an invocation's log as an event. Like the role of the function, cannot create the group. */
export function record(world: World, groupName: string, log: string): void {
  const group = find(world, type, groupName);
  if (!group) return;
  const { logEvents } = world.state;
  const events = logEvents.get(group.key) ?? [];
  logEvents.set(group.key, events);
  const timestamp = now(world);
  const logStreamName = `${new Date(timestamp).toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]sandbox`;
  for (const line of log.split("\n").filter(Boolean)) {
    count += 1;
    const eventId = `${count}`.padStart(56, "0");
    events.push({ eventId, logStreamName, timestamp, ingestionTime: timestamp, message: `${line}\n` });
  }
}

export const logEvents: Operations = {
  "logs:FilterLogEvents"(input, { world }) {
    const unknown = Object.keys(input).find((name) => !known.has(name));
    if (unknown) throw awsError("InvalidParameterException", `the sandbox does not support ${unknown}`);
    const { logGroupName, startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = mostEvents, nextToken } = input;
    const group = find(world, type, logGroupName);
    if (!group) throw awsError("ResourceNotFoundException", "The specified log group does not exist.");
    const all: readonly LogEvent[] = (world.state.logEvents.get(group.key) ?? []).filter(
      ({ timestamp }) => timestamp >= Number(startTime) && timestamp <= Number(endTime),
    );
    const start = Number(nextToken ?? 0);
    const end = start + Math.min(Number(limit), mostEvents);
    return { events: all.slice(start, end), searchedLogStreams: [], ...(end < all.length && { nextToken: `${end}` }) };
  },
};
