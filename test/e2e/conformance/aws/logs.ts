/** CloudWatch Logs: log groups. */
import type { Group } from "../case.ts";
import { type AwsCase, awsCase, logs } from "./case.ts";
import { deployAll } from "./prepare.ts";

const logGroupName = "/aws/lambda/made";
const unknown = "/aws/lambda/none";
const byPrefix: AwsCase = {
  name: "log groups by the beginning of their names",
  call: logs("DescribeLogGroups", { logGroupNamePrefix: logGroupName }),
  shows: ["logGroupName", "retentionInDays", "arn"],
};

const cases: readonly AwsCase[] = [
  byPrefix,
  {
    name: "no log group begins like this",
    call: logs("DescribeLogGroups", { logGroupNamePrefix: unknown }),
    shows: ["logGroups"],
  },
  { name: "more log groups than a page has", call: logs("DescribeLogGroups", { limit: 51 }) },
  { name: "a log group that exists", call: logs("CreateLogGroup", { logGroupName }) },
  { name: "a retention", call: logs("PutRetentionPolicy", { logGroupName, retentionInDays: 3 }), shows: [] },
  { ...byPrefix, name: "a log group with a retention" },
  {
    name: "the retention of an unknown log group",
    call: logs("PutRetentionPolicy", { logGroupName: unknown, retentionInDays: 3 }),
  },
  {
    name: "events of a log group without any",
    call: logs("FilterLogEvents", { logGroupName, startTime: 0 }),
    shows: ["events"],
  },
  { name: "events of an unknown log group", call: logs("FilterLogEvents", { logGroupName: unknown }) },
  { name: "delete an unknown log group", call: logs("DeleteLogGroup", { logGroupName: unknown }) },
  { name: "delete a log group", call: logs("DeleteLogGroup", { logGroupName }), shows: [] },
  { ...byPrefix, name: "log groups after that", shows: ["logGroups"] },
];

export const logGroups: Group = {
  title: "AWS: CloudWatch Logs",
  intro: "Log groups, one of them a stack's, and their events.",
  prepare: deployAll,
  cases: cases.map(awsCase),
};
