/** Clusters and roles, existing and unknown. */
import type { Group } from "../case.ts";
import { type AwsCase, awsCase, eks, iam, sts } from "./case.ts";
import { deployAll } from "./prepare.ts";

const assume = (role: string) => {
  const RoleArn = `arn:aws:iam::123456789012:role/${role}`;
  const form = { Action: "AssumeRole", Version: "2011-06-15", RoleArn, RoleSessionName: "any" };
  return { ...sts("AssumeRole"), form };
};

const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

const cases: readonly AwsCase[] = [
  { name: "list clusters", call: eks("GET", "/clusters"), shows: ["clusters"] },
  { name: "describe a cluster", call: eks("GET", "/clusters/demo"), shows: ["name", "status", "authenticationMode"] },
  { name: "describe an unknown cluster", call: eks("GET", "/clusters/none") },
  {
    name: "an access entry in mode CONFIG_MAP",
    call: eks("GET", "/clusters/demo/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmade"),
  },
  {
    name: "an access entry of an unknown cluster",
    call: eks("GET", "/clusters/none/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmade"),
  },
  {
    name: "another authentication mode of an unknown cluster",
    call: eks("POST", "/clusters/none/update-config", { accessConfig: { authenticationMode: "API" } }),
  },
  { name: "get a role", call: iam("GetRole", { RoleName: "made" }), shows: ["RoleName", "Arn", "Path"] },
  {
    known: "moto's words; the sandbox has IAM's",
    name: "get an unknown role",
    call: iam("GetRole", { RoleName: "none" }),
  },
  {
    name: "create a role",
    call: iam("CreateRole", { RoleName: "new", Path: "/team/", AssumeRolePolicyDocument: trust }),
    shows: ["RoleName", "Arn", "Path"],
  },
  {
    name: "create a role with tags",
    call: iam("CreateRole", {
      ...{ RoleName: "tagged", AssumeRolePolicyDocument: trust },
      ...{ "Tags.member.1.Key": "team", "Tags.member.1.Value": "web" },
    }),
    shows: ["RoleName", "Key", "Value"],
  },
  { name: "the tags of a role", call: iam("GetRole", { RoleName: "tagged" }), shows: ["RoleName", "Key", "Value"] },
  { name: "delete a role", call: iam("DeleteRole", { RoleName: "tagged" }), shows: [] },
  {
    known: "moto's words; the sandbox has IAM's",
    name: "delete a role that is gone",
    call: iam("DeleteRole", { RoleName: "tagged" }),
  },
  { name: "create a role that exists", call: iam("CreateRole", { RoleName: "made", AssumeRolePolicyDocument: trust }) },
  {
    name: "put a role's policy",
    call: iam("PutRolePolicy", {
      ...{ RoleName: "made", PolicyName: "log" },
      PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}',
    }),
    shows: [],
  },
  {
    name: "a role's policy",
    call: iam("GetRolePolicy", { RoleName: "made", PolicyName: "log" }),
    shows: ["RoleName", "PolicyName"],
  },
  { name: "delete a role that has a policy", call: iam("DeleteRole", { RoleName: "made" }) },
  { name: "delete a role's policy", call: iam("DeleteRolePolicy", { RoleName: "made", PolicyName: "log" }), shows: [] },
  {
    known: "moto's words; the sandbox has IAM's",
    name: "an unknown policy of a role",
    call: iam("GetRolePolicy", { RoleName: "made", PolicyName: "none" }),
  },
  { name: "assume a role", call: assume("made"), shows: ["Arn"] },
  { name: "assume an unknown role", call: assume("none") },
];

export const account: Group = {
  title: "AWS: EKS, IAM, STS",
  intro: "Clusters and roles that exist, and others.",
  prepare: deployAll,
  cases: cases.map(awsCase),
};
