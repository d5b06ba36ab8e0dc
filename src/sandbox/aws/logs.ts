/** CloudWatch Logs: log groups, without events. */

import type { Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { put, type World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { find } from "./operation.ts";
import { awsError } from "./refusal.ts";
import { make } from "./resources.ts";

const type = "AWS::Logs::LogGroup";

function groupOf(world: World, name: unknown): Resource {
  const group = find(world, type, name);
  if (!group) throw awsError("ResourceNotFoundException", "The specified log group does not exist.");
  return group;
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
const mostGroups = 50;

export const logs: Operations = {
  "logs:DescribeLogGroups"({ logGroupNamePrefix: prefix = "", limit = mostGroups, nextToken }, { world }) {
    if (Number(limit) > mostGroups)
      throw awsError(
        "InvalidParameterException",
        `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${mostGroups}`,
      );
    const all = [...world.state.resources.values()]
      .filter((one) => one.type === type && one.name.startsWith(`${prefix}`))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const start = Number(nextToken ?? 0);
    const end = start + Number(limit);
    return {
      logGroups: all
        .slice(start, end)
        .map(({ name, properties, createdAt }) => ({
          ...{ logGroupName: name, arn: arnOf(world, "logs", `log-group:${name}:*`), creationTime: createdAt },
          metricFilterCount: 0,
          storedBytes: 0,
          ...(properties.RetentionInDays !== undefined && { retentionInDays: Number(properties.RetentionInDays) }),
        })),
      ...(end < all.length && { nextToken: `${end}` }),
    };
  },
  "logs:CreateLogGroup"({ logGroupName: name }, { world }) {
    if (find(world, type, name))
      throw awsError("ResourceAlreadyExistsException", "The specified log group already exists");
    make(world, type, { name: `${name}`, properties: { LogGroupName: name } });
  },
  "logs:DeleteLogGroup"({ logGroupName: name }, { world }) {
    put(world.state, groupOf(world, name).key);
  },
  "logs:PutRetentionPolicy"({ logGroupName: name, retentionInDays: RetentionInDays }, { world }) {
    const old = groupOf(world, name);
    make(world, type, { name: old.name, properties: { ...old.properties, RetentionInDays }, old });
  },
};
