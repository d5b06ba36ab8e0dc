/** Log groups of CloudWatch Logs, and their events. */

import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";
import { pagesOf } from "./pages.ts";

export interface LogGroup {
  readonly name: string;
  /** `undefined`: events never expire. */
  readonly retentionDays: number | undefined;
}

export interface LogEvent {
  /** Unique in the log group. */
  readonly id: string;
  /** Milliseconds since 1970, by the clock of the writer. */
  readonly time: number;
  /** The same by the clock of CloudWatch Logs. */
  readonly arrived: number;
  readonly message: string;
}

export interface Logs {
  /** Returns `undefined` if there is no such log group. */
  group(name: string): Promise<LogGroup | undefined>;
  /** Yields the group's events from a time on (milliseconds since 1970), oldest first. Throws `LogGroupNotFound`. */
  events(name: string, since: number): AsyncIterable<LogEvent>;
}

export function logs(options: AwsOptions): Logs {
  const client = new CloudWatchLogsClient(clientOptions(options));
  return {
    async group(name) {
      // Groups come in the order of their names, so that the first with this prefix is the one of this name.
      const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 });
      const { logGroups = [] } = await call("logs:DescribeLogGroups", client.send(command));
      const found = logGroups.find(({ logGroupName }) => logGroupName === name);
      return found && { name, retentionDays: found.retentionInDays };
    },
    async *events(logGroupName, startTime) {
      const ask = (nextToken: string | undefined) =>
        client.send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }));
      try {
        for await (const { events = [] } of pagesOf("logs:FilterLogEvents", ask, mostPages))
          for (const { eventId: id = "", timestamp: time = 0, ingestionTime: arrived = time, message = "" } of events)
            yield { id, time, arrived, message };
      } catch (error) {
        throw (error as Error).name === "ResourceNotFoundException" ? noGroup(logGroupName) : error;
      }
    },
  };
}

/** A page has up to 10,000 events, and none where CloudWatch Logs has searched for a while and found nothing. */
const mostPages = 10_000;

const noGroup = (name: string): EksLambdaError =>
  new EksLambdaError("LogGroupNotFound", `no log group "${name}" in this region`, {
    hint: advice`\`${command`eks-lambda setup`}\` restores the log group of its function; Lambda creates that of another one when it is invoked`,
  });
