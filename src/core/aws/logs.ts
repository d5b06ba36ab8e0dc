/** Log groups of CloudWatch Logs, and their events. */

import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export interface LogGroup {
  readonly name: string;
  /** `undefined`: events never expire. */
  readonly retentionDays: number | undefined;
}

export interface LogEvent {
  /** Unique in the log group. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
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
      let nextToken: string | undefined;
      do {
        const command = new FilterLogEventsCommand({ logGroupName, startTime, nextToken });
        const page: FilterLogEventsCommandOutput = await call("logs:FilterLogEvents", client.send(command)).catch(
          (error) => {
            throw error.name === "ResourceNotFoundException" ? noGroup(logGroupName) : error;
          },
        );
        for (const { eventId: id = "", timestamp: time = 0, message = "" } of page.events ?? [])
          yield { id, time, message };
        nextToken = page.nextToken;
      } while (nextToken);
    },
  };
}

const noGroup = (name: string): EksLambdaError =>
  new EksLambdaError("LogGroupNotFound", `no log group "${name}" in this region`, {
    hint: advice`\`${command`eks-lambda setup`}\` restores the log group of its function; Lambda creates that of another one when it is invoked`,
  });
