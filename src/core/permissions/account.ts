/**
 * What the caller and CloudFormation may do in AWS. docs/permissions.md is compared with these tables. To add a right,
 * add it here.
 */
import { anyRole } from "../smoke/names.ts";
import { codePrefix } from "../stack/code.ts";
import type { Place, Purpose, Row } from "./policy.ts";

const always = () => true;
const writes = ({ readsOnly, grants }: Purpose) => !readsOnly && !grants;

const arn = (service: string, { partition, region, account }: Place, resource: string): string =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;
const role = ({ partition, account }: Place, name: string): string => `arn:${partition}:iam::${account}:role/${name}`;

const clusters = (place: Place) => arn("eks", place, `cluster/${place.cluster}`);
const entries = (place: Place) => arn("eks", place, `access-entry/${place.entries}`);
const stacks = (place: Place) => arn("cloudformation", place, `stack/${place.stack}`);
const functions = (place: Place) => arn("lambda", place, `function:${place.functionName}`);
const code = ({ partition, codeBucket }: Place) => [`arn:${partition}:s3:::${codeBucket}/${codePrefix}*`];
const logGroups = (place: Place) => place.logGroups.map((name) => arn("logs", place, `log-group:/aws/lambda/${name}`));

/** Who runs `eks-lambda`. */
export const caller: readonly Row[] = [
  {
    sid: "FindCluster",
    actions: ["eks:ListClusters"],
    resources: () => "*",
    isNeeded: ({ findsCluster }) => findsCluster,
  },
  {
    sid: "ReadCluster",
    actions: ["eks:DescribeAccessEntry", "eks:DescribeCluster", "eks:ListAccessEntries"],
    resources: (place) => [entries(place), clusters(place)],
    isNeeded: always,
  },
  {
    sid: "ReadStack",
    actions: [
      "cloudformation:DescribeStackEvents",
      "cloudformation:DescribeStacks",
      "cloudformation:ListStackResources",
    ],
    resources: (place) => [stacks(place)],
    isNeeded: ({ grants }) => !grants,
  },
  {
    sid: "ReadRole",
    actions: ["iam:GetRole"],
    resources: (place) => [place.role, ...place.granted].map((name) => role(place, name)),
    isNeeded: always,
  },
  {
    sid: "DeployStack",
    actions: [
      "cloudformation:CreateChangeSet",
      "cloudformation:DeleteChangeSet",
      "cloudformation:DeleteStack",
      "cloudformation:DescribeChangeSet",
      "cloudformation:DescribeEvents",
      "cloudformation:ExecuteChangeSet",
      "cloudformation:ListChangeSets",
    ],
    resources: (place) => [
      stacks(place),
      // AWS's own transform, in its account.
      `arn:${place.partition}:cloudformation:${place.region}:aws:transform/Serverless-2016-10-31`,
    ],
    isNeeded: writes,
  },
  {
    sid: "CallFunction",
    actions: ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"],
    resources: (place) => [functions(place)],
    isNeeded: writes,
  },
  {
    sid: "SeeDriftOfRole",
    actions: ["iam:GetRolePolicy"],
    resources: (place) => [role(place, place.role)],
    isNeeded: ({ grants }) => !grants,
  },
  {
    sid: "SeeDriftOfEntry",
    actions: ["eks:ListAssociatedAccessPolicies"],
    resources: (place) => [entries(place)],
    isNeeded: always,
  },
  {
    sid: "SeeDriftOfLog",
    actions: ["logs:DescribeLogGroups"],
    resources: () => "*",
    isNeeded: ({ grants }) => !grants,
  },
  {
    sid: "OnlyToSeeNetwork",
    actions: ["ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules"],
    resources: () => "*",
    isNeeded: ({ isInVpc }) => isInVpc,
  },
  {
    sid: "OnlyForEventOptions",
    actions: ["lambda:GetFunctionEventInvokeConfig"],
    resources: (place) => [functions(place)],
    isNeeded: ({ hasEvents }) => hasEvents,
  },
  {
    sid: "OnlyForEnableAccessEntries",
    actions: ["eks:DescribeUpdate", "eks:UpdateClusterConfig"],
    resources: (place) => [clusters(place)],
    isNeeded: (purpose) => writes(purpose) && purpose.enablesAccessEntries,
  },
  { sid: "OnlyForCodeBucket", actions: ["s3:GetObject"], resources: code, isNeeded: ({ uploadsCode }) => uploadsCode },
  {
    sid: "OnlyForCodeUpload",
    actions: ["s3:PutObject"],
    resources: code,
    isNeeded: (purpose) => writes(purpose) && purpose.uploadsCode,
  },
  {
    sid: "OnlyForExportName",
    actions: ["cloudformation:ListExports", "cloudformation:ListImports"],
    resources: () => "*",
    isNeeded: ({ exportsArn }) => exportsArn,
  },
  {
    sid: "OnlyForGrant",
    actions: ["eks:CreateAccessEntry", "eks:DeleteAccessEntry", "eks:TagResource"],
    resources: (place) => [entries(place), clusters(place)],
    isNeeded: ({ grants, smokes, hasEntry }) => (grants || smokes) && hasEntry,
  },
  { sid: "OnlyForLogs", actions: ["logs:FilterLogEvents"], resources: logGroups, isNeeded: ({ smokes }) => smokes },
  {
    sid: "OnlyForSmoke",
    actions: ["iam:CreateRole", "iam:DeleteRole", "iam:TagRole"],
    resources: (place) => [role(place, anyRole)],
    isNeeded: ({ smokes }) => smokes,
  },
  {
    sid: "OnlyForCloudFormationRole",
    actions: ["iam:PassRole"],
    resources: (place) => [role(place, place.cloudformationRole)],
    passedTo: "cloudformation.amazonaws.com",
    isNeeded: (purpose) => writes(purpose) && purpose.passesRole,
  },
];

/** Who creates what is in the stack. */
export const cloudformation: readonly Row[] = [
  {
    sid: "FindLogGroup",
    actions: ["logs:DescribeIndexPolicies", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"],
    resources: () => "*",
    isNeeded: always,
  },
  {
    sid: "LogGroup",
    actions: [
      "logs:CreateLogGroup",
      "logs:DeleteDataProtectionPolicy",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:GetDataProtectionPolicy",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ],
    resources: logGroups,
    isNeeded: always,
  },
  {
    sid: "Role",
    actions: [
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePermissionsBoundary",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "iam:ListRoleTags",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    resources: (place) => [role(place, place.role)],
    isNeeded: always,
  },
  {
    sid: "RoleForLambda",
    actions: ["iam:PassRole"],
    resources: (place) => [role(place, place.role)],
    passedTo: "lambda.amazonaws.com",
    isNeeded: always,
  },
  {
    sid: "Function",
    actions: [
      "lambda:CreateFunction",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionRecursionConfig",
      "lambda:GetFunctionScalingConfig",
      "lambda:GetRuntimeManagementConfig",
      "lambda:ListTags",
      "lambda:PutFunctionConcurrency",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ],
    resources: (place) => [functions(place)],
    isNeeded: always,
  },
  {
    sid: "OnlyForEventOptions",
    actions: [
      "lambda:DeleteFunctionEventInvokeConfig",
      "lambda:GetFunctionEventInvokeConfig",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:UpdateFunctionEventInvokeConfig",
    ],
    resources: (place) => [functions(place)],
    isNeeded: ({ hasEvents }) => hasEvents,
  },
  {
    sid: "OnlyForCodeBucket",
    actions: ["s3:GetObject", "s3:GetObjectVersion"],
    resources: code,
    isNeeded: ({ uploadsCode }) => uploadsCode,
  },
  {
    sid: "AccessEntry",
    actions: [
      "eks:CreateAccessEntry",
      "eks:DeleteAccessEntry",
      "eks:DescribeAccessEntry",
      "eks:DisassociateAccessPolicy",
      "eks:ListAssociatedAccessPolicies",
      "eks:TagResource",
      "eks:UntagResource",
      "eks:UpdateAccessEntry",
    ],
    resources: (place) => [entries(place), clusters(place)],
    isNeeded: ({ hasEntry }) => hasEntry,
  },
  {
    sid: "ReadNetwork",
    actions: [
      "ec2:DescribeInstances",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
    ],
    resources: () => "*",
    isNeeded: ({ isInVpc }) => isInVpc,
  },
  {
    sid: "OnlyInVpc",
    actions: [
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateSecurityGroup",
      "ec2:CreateTags",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteTags",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
      "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
      "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
    ],
    resources: (place) => [
      arn("ec2", place, "security-group-rule/*"),
      arn("ec2", place, "security-group/*"),
      arn("ec2", place, `vpc/${place.vpc}`),
    ],
    isNeeded: ({ hasOwnSecurityGroup }) => hasOwnSecurityGroup,
  },
];
