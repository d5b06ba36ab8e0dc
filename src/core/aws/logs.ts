/** Log groups of CloudWatch Logs. */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export interface LogGroup {
  readonly name: string;
  /** `undefined`: events never expire. */
  readonly retentionDays: number | undefined;
}

export interface Logs {
  /** Returns `undefined` if there is no such log group. */
  group(name: string): Promise<LogGroup | undefined>;
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
  };
}
