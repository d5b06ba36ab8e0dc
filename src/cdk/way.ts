/**
 * What the function needs to get to the cluster, and to S3 with its answers. Objects depend on it, so that CloudFormation
 * deletes them first.
 */
import {
  CfnResource,
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  Stack,
  StringConcat,
  Tokenization,
} from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Dependable, type IConstruct, type IDependable } from "constructs";

export interface Way {
  readonly vpc: ec2.IVpc;
  /** The function's. */
  readonly from: ec2.Connections;
  /** The cluster's. */
  readonly to: ec2.Connections;
}

/**
 * The parts of the way that an object depends on: those in its stack, with the stacks that are nested in it, unless a part
 * depends on the object. Between other stacks, the app gives the order. CDK reads `dependencyRoots` after all aspects, when
 * all dependencies are known.
 */
export function partsFor(object: CfnResource, way: Way): IDependable {
  const parts: IConstruct[] = [];
  let isRead = false;
  const dependable = {};
  Dependable.implement(dependable, {
    get dependencyRoots() {
      if (isRead) return parts;
      // `dependsOn` reads it again, and gets the parts so far: objects that need each other's parts make no cycle.
      isRead = true;
      for (const part of partsIn(object, way)) if (!dependsOn(part, object)) parts.push(part);
      return parts;
    },
  });
  return dependable;
}

/**
 * The VPC's endpoints, without which the answer to a delete is lost, and the rules that let the function to them and to the
 * cluster. If the security groups of an imported cluster are unknown, these are all rules of the function.
 */
function partsIn(object: CfnResource, { vpc: { vpcId }, from, to }: Way): readonly CfnResource[] {
  const all = resourcesIn(stacksOf(object).at(-1));
  const endpoints = all
    .filter((one): one is ec2.CfnVPCEndpoint => one instanceof ec2.CfnVPCEndpoint)
    .filter((one) => one.vpcId === vpcId);
  const [own, clusters] = [from, to].map((each) => each.securityGroups.map(({ securityGroupId }) => securityGroupId));
  const ends = [...(clusters ?? []), ...endpoints.flatMap(({ securityGroupIds = [] }) => securityGroupIds)];
  const isOnWay = (source = "", target = "") => own?.includes(source) && (!clusters?.length || ends.includes(target));
  const rules = all.filter(
    (one) =>
      (one instanceof ec2.CfnSecurityGroupEgress && isOnWay(one.groupId, one.destinationSecurityGroupId)) ||
      (one instanceof ec2.CfnSecurityGroupIngress && isOnWay(one.sourceSecurityGroupId, one.groupId)),
  );
  return [...endpoints, ...rules];
}

/** Compares them in the innermost stack that has both, also in nested stacks. There, a dependency back would be a cycle. */
function dependsOn(one: CfnResource, other: CfnResource): boolean {
  const stack = stacksOf(one).find((each) => stacksOf(other).includes(each));
  const all = new Set([inStack(stack, one)]);
  // The loop also gets what is added to the Set in it.
  for (const each of all)
    for (const needed of contentsOf(each, stack).flatMap(neededBy)) all.add(inStack(stack, needed));
  return all.has(inStack(stack, other));
}

/** The resource itself, or the nested stack that has it, as a resource of this stack. None if it is elsewhere. */
function inStack(stack: Stack | undefined, one: CfnResource): CfnResource | undefined {
  const own = Stack.of(one);
  if (own === stack) return one;
  return own.nestedStackResource && inStack(stack, own.nestedStackResource);
}

/** The resource, and those of the nested stack that it is. */
function contentsOf(one: CfnResource | undefined, stack: Stack | undefined): readonly CfnResource[] {
  if (one?.cfnResourceType !== "AWS::CloudFormation::Stack") return one ? [one] : [];
  return resourcesIn(stack).filter((each) => inStack(stack, each) === one);
}

/** What it refers to, and what it, or a construct that it is in, depends on. */
function neededBy(one: CfnResource): readonly CfnResource[] {
  const told = one.node.scopes.flatMap(({ node }) => node.dependencies).flatMap(({ node }) => node.findAll());
  return [...referencesOf(one), ...told, ...one.obtainDependencies()].filter(isResource);
}

const isResource = (one: IConstruct): one is CfnResource => CfnResource.isCfnResource(one);

const resourcesIn = (one: IConstruct | undefined): readonly CfnResource[] =>
  one?.node.findAll().filter(isResource) ?? [];

/** The stack of the construct, the one that this is nested in, and so on. */
function stacksOf(one: IConstruct): readonly Stack[] {
  const stack = Stack.of(one);
  return [stack, ...(stack.nestedStackParent ? stacksOf(stack.nestedStackParent) : [])];
}

function referencesOf(one: CfnResource): readonly IConstruct[] {
  const resolver = new References();
  Tokenization.resolve(one._toCloudFormation(), { scope: one, resolver, preparing: true });
  return resolver.targets;
}

class References extends DefaultTokenResolver {
  readonly targets: IConstruct[] = [];

  constructor() {
    super(new StringConcat());
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) this.targets.push(token.target);
    return super.resolveToken(token, context, postProcessor);
  }
}
