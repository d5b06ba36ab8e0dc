/** The stack: function, role and log group, compared by one `DescribeStacks` and written by a change set. */
import type { Pairs, Stack } from "../aws/cloudformation.ts";
import { EksLambdaError } from "../errors.ts";
import type { Config } from "./config.ts";
import { type Context, plan, type Resource, type Step } from "./plan.ts";
import { deployStack, removeStack, settled } from "./stack.ts";
import type { Target } from "./target.ts";
import { renderTemplate } from "./template.ts";

/** What tells one deployment of the stack from another. */
interface Deployed {
  readonly parameters: Pairs;
  readonly tags: Pairs;
}

export const stackStep: Step = {
  id: "stack",
  async plan(context, intent) {
    const { target, iam } = context;
    const [stack, roleArn] = await Promise.all([readStack(context), iam.roleArn(target.roleName)]);
    if (intent === "present" && roleArn !== undefined && stack?.outputs.RoleArn !== roleArn)
      throw foreignRole(target, roleArn);
    return [await plan("stack", stackResource(context, stack), intent)];
  },
};

function stackResource(context: Context, stack: Stack | undefined): Resource<Deployed> {
  const { target, assets } = context;
  const { body, hash } = renderTemplate(assets.template, assets.code);
  const wanted = deployedOf(target, stack, hash);
  return {
    target: target.stack,
    wanted,
    read: async () => stack && { parameters: stack.parameters, tags: stack.tags },
    show: showDeployed,
    summary: () => "function, role, log group",
    write: (after, waiting) => {
      const roleArn = target.config.cloudformationRoleArn;
      const names = { stack: target.stack, roleArn };
      return after
        ? deployStack(context, { ...names, template: body, ...after }, waiting)
        : removeStack(context, names, waiting);
    },
  };
}

/** What a flag does not say stays as the stack has it: a run without `--tags` takes no tag away. */
function deployedOf(
  { config, cluster, functionName, roleName }: Target,
  stack: Stack | undefined,
  hash: string,
): Deployed {
  const kept = (name: string, given: string | undefined, otherwise: string) =>
    given ?? stack?.parameters[name] ?? otherwise;
  return {
    parameters: {
      ClusterName: cluster.name,
      ClusterEndpoint: cluster.endpoint,
      ClusterCa: cluster.ca,
      ClusterNamespace: cluster.namespace,
      FunctionName: functionName,
      RoleName: roleName,
      PermissionsBoundary: kept("PermissionsBoundary", config.permissionsBoundary, ""),
      LogRetentionDays: kept("LogRetentionDays", config.logRetention, "30"),
      ContentHash: hash,
    },
    tags: { ...stack?.tags, ...config.tags },
  };
}

function showDeployed({ parameters, tags }: Deployed): string {
  const lines = (pairs: Pairs, prefix: string) =>
    Object.entries(pairs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${prefix}${name}: ${value}`);
  return [...lines(parameters, ""), ...lines(tags, "tag ")].join("\n");
}

/** The stack once nothing is under way in it, if it is ours and whole; a change set that was never executed is no stack. */
async function readStack(context: Context): Promise<Stack | undefined> {
  const { target } = context;
  const stack = await settled(context, target.stack, () => {});
  if (!stack || stack.status === "REVIEW_IN_PROGRESS") return undefined;
  const cluster = stack.parameters.ClusterName;
  if (cluster !== target.cluster.name || !("ContentHash" in stack.parameters)) throw foreignStack(target, cluster);
  const remedy = remedies[stack.status];
  if (remedy) throw brokenStack(target, stack, remedy);
  return stack;
}

const deleteIt = (config: Config, name: string, region: string) =>
  `aws cloudformation delete-stack --stack-name ${name} --region ${region}${config.cloudformationRoleArn ? ` --role-arn ${config.cloudformationRoleArn}` : ""}`;

const remedies: Readonly<Record<string, (config: Config, name: string, region: string) => string>> = {
  ROLLBACK_COMPLETE: (...of) =>
    `its creation failed, and it can only be deleted: ${deleteIt(...of)}, then run setup again`,
  ROLLBACK_FAILED: (...of) =>
    `its creation failed, and it can only be deleted: ${deleteIt(...of)}, then run setup again`,
  CREATE_FAILED: (...of) => `it can only be deleted: ${deleteIt(...of)}, then run setup again`,
  DELETE_FAILED: (...of) => `see its events for what could not be deleted, mend that, then: ${deleteIt(...of)}`,
  UPDATE_ROLLBACK_FAILED: (_, name, region) =>
    `see its events for what could not be restored, mend that, then: aws cloudformation continue-update-rollback --stack-name ${name} --region ${region}`,
};

const brokenStack = (target: Target, { status, reason }: Stack, remedy: (typeof remedies)[string]) =>
  new EksLambdaError("StackBroken", `the stack "${target.stack}" is in ${status}${reason ? `: ${reason}` : ""}`, {
    hint: remedy(target.config, target.stack, target.region),
  });

const foreignStack = ({ stack }: Target, cluster: string | undefined) =>
  new EksLambdaError(
    "StackNotOurs",
    cluster
      ? `the stack "${stack}" is that of another cluster, "${cluster}"`
      : `there is a stack "${stack}" that eks-lambda did not make`,
    { hint: "choose another name with --stack" },
  );

const foreignRole = ({ roleName }: Target, arn: string) =>
  new EksLambdaError("RoleNotOurs", `there is a role "${roleName}" that is not of this stack: ${arn}`, {
    hint: `choose another name with --role-name, or delete it if nothing uses it: aws iam delete-role --role-name ${roleName}`,
  });
