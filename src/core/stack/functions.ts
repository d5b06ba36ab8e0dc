/** Lists a cluster's functions by the objects that their stacks own. */
import type { CloudFormation, Stack } from "../aws/cloudformation.ts";
import type { Lambda } from "../aws/lambda.ts";
import { hasCode } from "../errors.ts";
import { stackOfOwner } from "../kube/owner.ts";
import type { Kube } from "../kube/request.ts";
import type { Method } from "../mapping/modes.ts";
import { fieldOf } from "../parameters/deployed.ts";
import { settings } from "../parameters/settings.ts";
import { type RbacObject, showRules } from "../rbac/objects.ts";
import { type Owned, ownedObjects } from "../rbac/owned.ts";
import { functionNameOf } from "./found.ts";
import { nameInStack, rbacNames } from "./names.ts";
import { isAtRest } from "./status.ts";

export interface ListedFunction {
  /** `undefined` for the function without a name, or if its stack is gone. */
  readonly name: string | undefined;
  /** `ACCOUNT/REGION/STACK`, or its hash. */
  readonly owner: string;
  readonly stack: string | undefined;
  readonly functionName: string | undefined;
  /** The file of a function of the user's, as setup was told. `undefined` for the stock function. */
  readonly sourcePath: string | undefined;
  /** The Kubernetes users that its RoleBindings name. */
  readonly users: readonly string[];
  readonly namespaces: readonly string[];
  readonly access: Method | undefined;
  /** The version of eks-lambda that deployed it. `undefined` for an early version, which did not record it. */
  readonly version: string | undefined;
  /** `Active` or another state of Lambda or CloudFormation; or `no stack`, `no function`; `unknown`: the caller may not read it. */
  readonly state: string;
  /** `create deployments.apps @default` */
  readonly may: readonly string[];
  /** The only images that it may bring, as patterns. Empty: every image. */
  readonly images: readonly string[];
  /** The name under which its stack exports its ARN. */
  readonly exportName: string | undefined;
}

export interface Listed {
  readonly functions: readonly ListedFunction[];
  /** Objects that carry our labels and belong to no function and no grant. */
  readonly strangers: readonly RbacObject[];
}

export interface ListPorts {
  readonly kube: Kube;
  readonly cloudformation: Pick<CloudFormation, "stack">;
  readonly lambda: Pick<Lambda, "configuration">;
}

export interface ListedPlace {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

/** Throws `Forbidden` if the caller may not list Roles and RoleBindings in all namespaces. */
export async function functionsOf(ports: ListPorts, place: ListedPlace): Promise<Listed> {
  const { owned, rest } = await ownedObjects(ports.kube);
  const all = await Promise.all(owned.map((one) => withNames(ports, place, one)));
  const functions = all.filter(({ roles, bindings }) => roles.length + bindings.length > 0);
  return {
    functions: await Promise.all(functions.map((one) => describe(ports, place, one))),
    strangers: [...all.flatMap(({ strangers }) => strangers), ...rest],
  };
}

/** The names of the functions whose objects are in the cluster, without asking AWS for their stacks. */
export async function functionNames(kube: Kube, cluster: string): Promise<readonly string[]> {
  const { owned } = await ownedObjects(kube);
  return owned.flatMap(({ owner }) => nameInStack(cluster, owner.split("/").at(-1) ?? "") ?? []);
}

interface Found extends Owned {
  readonly stack: Stack | undefined;
  readonly strangers: readonly RbacObject[];
}

/** Leaves out objects under names that setup does not give: anyone who may write Roles can mark one with any owner. */
async function withNames(ports: ListPorts, place: ListedPlace, { owner, roles, bindings }: Owned): Promise<Found> {
  const stack = await stackOf(ports, place, owner);
  const name = fieldOf("name", stack?.parameters) ?? nameInStack(place.cluster, owner.split("/").at(-1) ?? "");
  const names = rbacNames(place.cluster, name, [stack?.parameters[settings.rbacName.parameter]]);
  const isNamed = ({ metadata }: RbacObject) => names.has(metadata.name);
  return {
    owner,
    stack,
    roles: roles.filter(isNamed),
    bindings: bindings.filter(isNamed),
    strangers: [...roles, ...bindings].filter((object) => !isNamed(object)),
  };
}

async function describe(ports: ListPorts, place: ListedPlace, { stack, ...owned }: Found): Promise<ListedFunction> {
  const functionName = stack && functionNameOf(stack, { stack: stack.name, region: place.region });
  return {
    name: fieldOf("name", stack?.parameters),
    owner: owned.owner,
    stack: stack?.name,
    functionName,
    sourcePath: fieldOf("entry", stack?.parameters),
    users: distinct(owned.bindings.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name))),
    namespaces: distinct([...owned.bindings, ...owned.roles].map(({ metadata }) => metadata.namespace ?? "*")),
    access: stack && (fieldOf("mapByAccessEntry", stack.parameters) ? "access-entry" : "aws-auth"),
    version: fieldOf("version", stack?.parameters),
    state: stack ? await stateOf(ports, stack, functionName) : "no stack",
    images: fieldOf("allowImage", stack?.parameters),
    exportName: fieldOf("exportName", stack?.parameters) || undefined,
    may: owned.roles.map(({ rules, metadata }) => `${showRules(rules)} @${metadata.namespace ?? "*"}`),
  };
}

const distinct = (all: readonly string[]): readonly string[] => [...new Set(all)].sort();

/** Only a stack for this cluster counts. */
async function stackOf({ cloudformation }: ListPorts, place: ListedPlace, owner: string): Promise<Stack | undefined> {
  const name = stackOfOwner(owner, place);
  const stack = name === undefined ? undefined : await cloudformation.stack(name);
  return fieldOf("cluster", stack?.parameters) === place.cluster ? stack : undefined;
}

async function stateOf({ lambda }: ListPorts, stack: Stack, functionName: string | undefined): Promise<string> {
  if (!isAtRest(stack)) return stack.status;
  try {
    const found = functionName === undefined ? undefined : await lambda.configuration(functionName);
    return found?.state ?? "no function";
  } catch (error) {
    if (hasCode(error, "AwsForbidden")) return "unknown";
    throw error;
  }
}
