/** What `grant` would make, as files. */

import { advice, command } from "../command.ts";
import { usageError } from "../errors.ts";
import type { GrantContext } from "../grant/context.ts";
import { awsAuthMark, grantId, grantKey, grantName } from "../grant/marks.ts";
import { objectsOf } from "../grant/objects.ts";
import { type GrantPlan, type GrantWish, planGrant } from "../grant/plan.ts";
import { methods } from "../mapping/modes.ts";
import type { Destination, ExportedFile } from "./folder.ts";
import { samConfig } from "./sam-config.ts";
import type { Export } from "./setup.ts";
import { awsAuthFile, rbacFile } from "./texts.ts";
import { yamlText } from "./yaml-text.ts";

/** Throws what `planGrant` throws, and `NothingToExport` if grant makes nothing in the account. */
export async function grantExport(context: GrantContext, wish: GrantWish, to: Destination): Promise<Export> {
  const plan = await planGrant(context, wish, { forbidden: "allow" });
  const { warnings, planned, role } = plan;
  return {
    files: to === "sam" ? accountFiles(context, plan) : clusterFiles(context, plan),
    warnings: [...warnings, ...planned.flatMap(({ change }) => change.warnings ?? [])],
    name: grantName(role.arn),
  };
}

function accountFiles(
  { cluster, region }: GrantContext,
  { role, user, declaration }: GrantPlan,
): readonly ExportedFile[] {
  const nothing = {
    "access-entry": undefined,
    "aws-auth": `the cluster "${cluster.name}" maps roles in aws-auth`,
    others: `${role.principal} is mapped to "${user.username}" already`,
  }[declaration.mapping];
  if (nothing !== undefined)
    throw usageError(
      "NothingToExport",
      `nothing to create in the account: ${nothing}`,
      "export the cluster's half: --to kubectl",
    );
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Maps an IAM role to a user of the EKS cluster ${cluster.name} (eks-lambda grant)`,
    Resources: {
      AccessEntry: {
        Type: "AWS::EKS::AccessEntry",
        Properties: {
          ClusterName: cluster.name,
          PrincipalArn: role.principal,
          Username: user.username,
          Type: "STANDARD",
          Tags: [{ Key: grantKey, Value: grantId(role.arn) }],
        },
      },
    },
  };
  const about = [
    `The account's half of a grant for ${role.principal}: its access entry in the cluster ${cluster.name}.`,
    advice`The cluster's half gives it rights: ${command`eks-lambda export --to kubectl`}`,
    "",
    "sam deploy",
  ];
  const none = { parameters: {}, tags: {}, roleArn: undefined };
  return [
    { path: "template.yml", text: yamlText(template) },
    { path: "samconfig.toml", text: samConfig({ about, stack: grantName(role.arn), region, ...none }) },
  ];
}

function clusterFiles(
  { cluster, region }: GrantContext,
  { role, user, declaration }: GrantPlan,
): readonly ExportedFile[] {
  const { roles, bindings } = objectsOf(declaration);
  const by = {
    "aws-auth": "aws-auth.txt has the entry that maps the role to this user.",
    "access-entry": advice`An access entry maps the role to this user: ${command`eks-lambda export --to sam`}`,
    others: "The cluster maps the role to this user already.",
  };
  const about = [
    `What ${role.principal} may do in the cluster ${cluster.name}, as the user "${user.username}".`,
    by[declaration.mapping],
    "kubectl apply --filename rbac.yaml",
  ];
  const rbac = rbacFile(about, [...roles, ...bindings]);
  if (declaration.mapping === "others" || methods[declaration.mapping].isInAccount) return [rbac];
  const proof = command`eks-lambda doctor --cluster ${cluster.name} --region ${region} --role ${role.principal}`;
  const entry = { rolearn: role.arn, username: user.username, cluster: cluster.name, region };
  return [rbac, awsAuthFile({ ...entry, mark: [awsAuthMark(role.arn), role.principal], proof })];
}
