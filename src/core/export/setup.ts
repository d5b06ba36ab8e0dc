/** What `setup` would make, as files. */

import { mappableArn } from "../arn.ts";
import type { Hint } from "../command.ts";
import { advice, command } from "../command.ts";
import { methods } from "../mapping/modes.ts";
import type { PlanOptions } from "../plan.ts";
import type { ClusterContext } from "../setup/context.ts";
import { planAll } from "../setup/steps/index.ts";
import { wantedPairs } from "../setup/steps/rbac.ts";
import { codeOf, stackInput } from "../setup/steps/stack.ts";
import type { Destination, ExportedFile } from "./folder.ts";
import { samConfig } from "./sam-config.ts";
import { awsAuthFile, rbacFile } from "./texts.ts";

export interface Export {
  readonly files: readonly ExportedFile[];
  /** What to know before applying the files. */
  readonly warnings: readonly Hint[];
  /** The folder's name, if nobody chooses one. */
  readonly name: string;
}

/** The exporting person need not be allowed to make the changes. */
const byOthers: PlanOptions = { forbidden: "allow" };

/** Plans like setup, so that a conflict shows here and not in the hands of others. Throws what `setup` throws. */
export async function setupExport(context: ClusterContext, to: Destination): Promise<Export> {
  const planned = await planAll(context, "present", byOthers);
  const warnings = planned.flatMap(({ change }) => change.warnings ?? []);
  const files = to === "sam" ? await accountFiles(context) : clusterFiles(context);
  return { files, warnings, name: context.target.stack };
}

async function accountFiles(context: ClusterContext): Promise<readonly ExportedFile[]> {
  const { target } = context;
  const { cluster, stack, region, config, access } = target;
  const { template, ...input } = await stackInput(context);
  const code = { bucket: target.options.codeBucket };
  const kubectl = command`eks-lambda export --to kubectl`;
  const about = [
    `The account's half of a function for the cluster ${cluster.name}: function, role and log group.`,
    {
      "access-entry": advice`Its access entry maps the role to a user. The cluster's half gives it rights: ${kubectl}`,
      "aws-auth": advice`The cluster's half maps the role to a user and gives it rights: ${kubectl}`,
    }[access.method],
    "",
    "sam build && sam deploy",
  ];
  return [
    { path: "template.yml", text: template },
    { path: "dist/function/index.js", text: codeOf(context) },
    {
      path: "samconfig.toml",
      text: samConfig({ about, stack, region, ...input, roleArn: config.cloudformationRoleArn, code }),
    },
  ];
}

function clusterFiles({ target }: ClusterContext): readonly ExportedFile[] {
  const { cluster, access, username, roleArn, stack, region } = target;
  const pairs = wantedPairs(target);
  const about = [
    `The cluster's half of the stack ${stack} in ${region}: what its function may do, as the user "${username}".`,
    {
      "access-entry": "The stack's access entry maps the function's role to this user.",
      "aws-auth": "aws-auth.txt has the entry that maps the function's role to this user.",
    }[access.method],
    "kubectl apply --filename rbac.yaml",
  ];
  const rbac = rbacFile(about, [...pairs.map(({ role }) => role), ...pairs.map(({ binding }) => binding)]);
  if (methods[access.method].isInAccount) return [rbac];
  const proof = command`eks-lambda doctor --cluster ${cluster.name} --region ${region} --stack ${stack}`;
  return [rbac, awsAuthFile({ rolearn: mappableArn(roleArn), username, cluster: cluster.name, region, proof })];
}
