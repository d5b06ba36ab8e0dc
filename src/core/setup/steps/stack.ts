/** The stack: function, role, log group and access entry, compared by parameters and tags. */
import type { Pairs, Stack } from "../../aws/cloudformation.ts";
import { EksLambdaError } from "../../errors.ts";
import { plan, type Resource } from "../../plan.ts";
import type { AccountStep, Context } from "../../setup/context.ts";
import { isDead } from "../access.ts";
import { deployStack } from "../stack/deploy.ts";
import { ourStack } from "../stack/found.ts";
import { begunStack, removeBegun, removeStack } from "../stack/remove.ts";
import { hasResource } from "../stack/resources.ts";
import { renderTemplate } from "../stack/template.ts";
import { reachable, type Target } from "../target.ts";

interface Deployed {
  readonly parameters: Pairs;
  readonly tags: Pairs;
}

export const stackStep: AccountStep = {
  id: "stack",
  async plan(context, intent) {
    const entry = intent === "present" ? await refuseForeign(context) : undefined;
    const planned = await plan("stack", stackResource(context, entry === "adopted"), intent);
    const begun = intent === "absent" && !planned.apply ? await begunStack(context, context.target.stack) : undefined;
    if (!begun) return [planned];
    const change = { ...planned.change, action: "delete", summary: "left by a run that was killed" } as const;
    const removal = { id: begun.id, roleArn: context.target.config.cloudformationRoleArn };
    return [{ change, apply: (waiting) => removeBegun(context, removal, waiting) }];
  },
};

function stackResource(context: Context, adopted: boolean): Resource<Deployed> {
  const { target, assets } = context;
  const { found, config } = target;
  const { body, hash } = renderTemplate(assets.template, assets.code);
  const entry = target.access.method === "access-entry" && !adopted;
  return {
    target: target.stack,
    get wanted() {
      return deployedOf(target, entry, { ContentHash: hash, Version: assets.version });
    },
    read: async () => found,
    show: showDeployed,
    summary: () =>
      [
        "function, role, log group",
        ...(entry ? ["access entry"] : []),
        ...(target.placement ? [`in ${target.placement.vpcId || "a VPC"}: ${target.placement.reason}`] : []),
      ].join(", "),
    async write(after, waiting) {
      const roleArn = config.cloudformationRoleArn;
      const place = { stack: target.stack, cluster: target.cluster.name, region: target.region };
      if (after) {
        const deployment = { stack: target.stack, template: body, ...after, roleArn, planned: found };
        await deployStack(context, deployment, waiting);
      } else if (found) {
        const check = (now: Stack) => ourStack(context.cloudformation, now, place);
        await removeStack(context, { id: found.id, roleArn, check }, waiting);
      }
    },
  };
}

/** Values without a flag stay as they are in the stack: a run without `--tags` removes no tags. */
function deployedOf(target: Target, accessEntry: boolean, release: Pairs): Deployed {
  const { config, found } = target;
  const cluster = reachable(target);
  const kept = (name: string, given: string | undefined, otherwise: string) =>
    given ?? found?.parameters[name] ?? otherwise;
  return {
    parameters: {
      Name: target.name ?? "",
      ClusterName: cluster.name,
      ClusterEndpoint: cluster.endpoint,
      ClusterCa: cluster.ca,
      ClusterNamespace: cluster.namespace,
      KubernetesUsername: target.username,
      RbacName: target.rbacName,
      MapByAccessEntry: String(accessEntry),
      FunctionName: target.functionName,
      RoleName: target.roleName,
      SubnetIds: target.placement?.subnetIds ?? "",
      SecurityGroupIds: target.placement?.securityGroupIds ?? "",
      VpcId: target.placement?.vpcId ?? "",
      ClusterSecurityGroupId: target.placement?.clusterSecurityGroupId ?? "",
      PermissionsBoundary: kept("PermissionsBoundary", config.permissionsBoundary, ""),
      LogRetentionDays: kept("LogRetentionDays", config.logRetention, "30"),
      ...release,
    },
    tags: { ...found?.tags, ...config.tags },
  };
}

function showDeployed({ parameters, tags }: Deployed): string {
  const lines = (pairs: Pairs, prefix: string) =>
    Object.entries(pairs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${prefix}${name}: ${value}`);
  return [...lines(parameters, ""), ...lines(tags, "tag ")].join("\n");
}

/**
 * Refuses a role and an access entry with our names that the stack did not create. Throws `RoleNotOurs`,
 * `AccessEntryNotOurs`, `StackChanged`.
 */
async function refuseForeign(context: Context): Promise<"adopted" | undefined> {
  const { target, iam, eks } = context;
  const { found, access, cluster, roleName } = target;
  const made = found?.resources ?? [];
  const madeEntry = hasResource(made, "AccessEntry");
  const [role, entry] = await Promise.all([
    iam.role(roleName),
    access.entriesCount && !madeEntry ? eks.accessEntry(cluster.name, target.roleArn) : undefined,
  ]);
  const roleArn = role?.arn;
  if (roleArn !== undefined && !hasResource(made, "FunctionRole", roleName)) {
    await refuseChanged(context);
    throw foreignRole(roleName, roleArn);
  }
  if (!entry) return undefined;
  if (role && !isDead(entry, role) && entry.username === target.username && entry.groups.length === 0) return "adopted";
  throw foreignEntry(target, entry);
}

/** Throws `StackChanged` if the role is from a stack that another run has created since. */
async function refuseChanged({ cloudformation, target: { stack, found } }: Context): Promise<void> {
  const now = await cloudformation.stack(stack);
  if (!now || now.status === "REVIEW_IN_PROGRESS" || now.id === found?.id) return;
  throw new EksLambdaError("StackChanged", `someone else has created the stack "${stack}" at the same time`, {
    hint: "run the command again to see the plan for the stack as it is now",
  });
}

const foreignRole = (roleName: string, arn: string) =>
  new EksLambdaError("RoleNotOurs", `the role "${roleName}" exists, but this stack did not create it: ${arn}`, {
    hint: `choose another name with --role-name, or delete it if nothing uses it: aws iam delete-role --role-name ${roleName}`,
  });

const foreignEntry = (
  { cluster, roleArn, region }: Target,
  { username, groups }: { username: string; groups: readonly string[] },
) =>
  new EksLambdaError(
    "AccessEntryNotOurs",
    `there is an access entry for ${roleArn} already, with username "${username}" and groups [${groups.join(", ")}], made for something else or for an earlier role of that name`,
    {
      hint: `delete it, setup makes its own: aws eks delete-access-entry --cluster-name ${cluster.name} --principal-arn ${roleArn} --region ${region}`,
    },
  );
