/** A stack and the one way in which it changes: towards what is wanted, event by event, and back when that fails. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Refusal } from "../aws/account.ts";
import { make } from "../aws/resources.ts";
import type { Clock } from "../clock.ts";
import { type Data, type Pairs, put, type Resource, type World } from "../state.ts";
import { transformed } from "./changes.ts";
import { evaluate, holds, ordered, type Template } from "./template.ts";

/** What a stack is asked to be. */
export type Wanted = { readonly template: Template; readonly parameters: Pairs; readonly tags: Pairs };

export interface ChangeSet {
  readonly id: string;
  readonly wanted: Wanted;
  /** It compares with what there is, not with what the stack made: DeploymentMode REVERT_DRIFT. */
  readonly revertsDrift: boolean;
  /** What early validation found, as DescribeEvents shows it. */
  readonly validationErrors: readonly Data[];
}

export interface Stack {
  readonly clock: Clock;
  readonly name: string;
  readonly id: string;
  status: string;
  /** Ends when the last operation has. */
  operation: Promise<void>;
  wanted?: Wanted;
  outputs: Pairs;
  /** Termination protection. */
  isProtected: boolean;
  /** By logical id, as the stack made them: what happens to them elsewhere is not seen here. A change is another map, so that an earlier one can be come back to. */
  resources: ReadonlyMap<string, Resource>;
  /** By name. */
  readonly changeSets: Map<string, ChangeSet>;
  /** As DescribeStackEvents shows them, the newest first. */
  readonly events: Data[];
}

/** `kind` is `stack` or `changeSet`. */
export const arnOf = ({ region, account }: World, kind: string, name: string): string =>
  `arn:aws:cloudformation:${region}:${account}:${kind}/${name}/${randomUUID()}`;

export function newStack(world: World, name: string): Stack {
  const id = arnOf(world, "stack", name);
  const { clock } = world;
  const nothing = { outputs: {}, resources: new Map(), changeSets: new Map(), events: [] };
  const stack: Stack = { clock, name, id, status: "", operation: Promise.resolve(), isProtected: false, ...nothing };
  world.state.stacks.push(stack);
  mark(stack, "REVIEW_IN_PROGRESS");
  return stack;
}

/** The name that its properties give a resource; when that changes, another resource is made. */
export function nameOf(type: string, { ClusterName, PrincipalArn, ...properties }: Data): string | undefined {
  if (type === "AWS::EKS::AccessEntry")
    return PrincipalArn === undefined ? undefined : `${PrincipalArn}|${ClusterName}`;
  return (properties.RoleName ?? properties.LogGroupName ?? properties.FunctionName) as string | undefined;
}

function tell({ events }: Stack, id: string, ResourceType: string, ResourceStatus: string, reason?: string): void {
  const why = reason && { ResourceStatusReason: reason };
  events.unshift({ EventId: randomUUID(), LogicalResourceId: id, ResourceType, ResourceStatus, ...why });
}

function mark(stack: Stack, status: string, reason?: string): void {
  stack.status = status;
  tell(stack, stack.name, "AWS::CloudFormation::Stack", status, reason);
}

/** CloudFormation's names of what its handlers throw. */
const handlerErrors: Readonly<Record<number, string>> = { 404: "NotFound", 409: "AlreadyExists" };

const handlerError = (message: string, code: string): Error =>
  new Error(
    `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`,
  );

/** A service's refusal as CloudFormation tells it. */
function handlerFailure(type: string, { status, message }: Refusal): Error {
  const [, name = ""] = type.split("::");
  const service = name.charAt(0) + name.slice(1).toLowerCase();
  const about = `Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()}`;
  return handlerError(`${message} (${about})`, handlerErrors[status] ?? "InvalidRequest");
}

/** What is done to one resource, with its events. Throws its failure. */
async function step(stack: Stack, id: string, type: string, verb: string, act: () => void): Promise<void> {
  tell(stack, id, type, `${verb}_IN_PROGRESS`);
  await stack.clock.sleep(3); // Short, and long enough to be seen.
  try {
    act();
    tell(stack, id, type, `${verb}_COMPLETE`);
  } catch (error) {
    const failure = "status" in (error as Error) ? handlerFailure(type, error as Refusal) : (error as Error);
    tell(stack, id, type, `${verb}_FAILED`, failure.message);
    throw failure;
  }
}

/** Source: "Get AWS values using pseudo parameters" in the CloudFormation User Guide. */
const pseudoParameters = ({ account, region }: World, { id, name }: Stack): Pairs => ({
  "AWS::AccountId": account,
  "AWS::Partition": "aws",
  "AWS::Region": region,
  "AWS::StackId": id,
  "AWS::StackName": name,
  "AWS::URLSuffix": "amazonaws.com",
});

/** Makes, changes and then removes until all is as wanted. */
async function converge(world: World, stack: Stack, { wanted, revertsDrift }: ChangeSet): Promise<void> {
  const { template, parameters } = wanted;
  const values = { ...parameters, ...pseudoParameters(world, stack) };
  const before = stack.resources;
  const scope = { template, values, resource: (id: string) => stack.resources.get(id) };
  const order = ordered(template, values);
  for (const id of order) {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const properties = evaluate(Properties, scope) as Data;
    const recorded = before.get(id);
    const live = recorded && world.state.resources.get(recorded.key);
    const old = revertsDrift ? live : recorded;
    const type = transformed(Type);
    if (isDeepStrictEqual(old?.properties, properties)) continue;
    await step(stack, id, type, old ? "UPDATE" : "CREATE", () => {
      if (world.faults.failResources.includes(id)) throw toldToFail(id);
      const name = nameOf(type, properties) ?? `${stack.name}-${id}`;
      const isSame = old?.name === name;
      if (isSame && !live) throw gone(type, name);
      const made = make(world, type, name, properties, isSame ? live : undefined);
      stack.resources = new Map(stack.resources).set(id, made);
    });
  }
  const kept = new Map([...stack.resources].filter(([id]) => order.includes(id)));
  for (const [id, { key, type }] of [...before].reverse())
    if (kept.get(id)?.key !== key) await step(stack, id, type, "DELETE", () => put(world.state, key));
  stack.resources = kept;
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, output]) =>
    holds(output.Condition as string | undefined, scope),
  );
  stack.outputs = Object.fromEntries(outputs.map(([name, { Value }]) => [name, `${evaluate(Value, scope)}`]));
}

/** What was there before an operation: the stack's record, and the account, which may differ from it. */
interface Before {
  readonly resources: Stack["resources"];
  readonly account: ReadonlyMap<string, Resource>;
}

/** Puts all that was made or changed since back to what it was. */
async function restore(world: World, stack: Stack, { resources, account }: Before): Promise<void> {
  for (const [id, one] of [...stack.resources].reverse()) {
    const old = resources.get(id);
    if (one === old) continue;
    await step(stack, id, one.type, old ? "UPDATE" : "DELETE", () => {
      put(world.state, one.key);
      const live = old && account.get(old.key);
      if (live) put(world.state, live.key, live);
    });
  }
  stack.resources = resources;
}

const toldToFail = (id: string): Error => handlerError(`${id} was told to fail`, "GeneralServiceException");

const gone = (type: string, name: string): Error =>
  handlerError(`Resource of type '${type}' with identifier '${name}' was not found.`, "NotFound");

/** Creates or updates, and goes back when a resource fails. */
export async function deploy(world: World, stack: Stack, changeSet: ChangeSet): Promise<void> {
  const { wanted } = changeSet;
  const { wanted: before, resources } = stack;
  const account = new Map(world.state.resources);
  const [verb, back] = before ? ["UPDATE", "UPDATE_ROLLBACK"] : ["CREATE", "ROLLBACK"];
  mark(stack, `${verb}_IN_PROGRESS`, "User Initiated");
  stack.wanted = wanted;
  try {
    await converge(world, stack, changeSet);
    mark(stack, `${verb}_COMPLETE`);
  } catch {
    const [failed = {}] = stack.events;
    const why = `The following resource(s) failed to ${verb.toLowerCase()}: [${failed.LogicalResourceId}]. `;
    mark(stack, `${back}_IN_PROGRESS`, before ? why : `${why}Rollback requested by user.`);
    await restore(world, stack, { resources, account });
    mark(stack, `${back}_COMPLETE`);
    // A stack that was never made keeps showing what it was to be.
    stack.wanted = before ?? wanted;
  }
}

/** What cannot be deleted stays, and the stack with it. */
export async function destroy(world: World, stack: Stack): Promise<void> {
  mark(stack, "DELETE_IN_PROGRESS", "User Initiated");
  for (const [id, { key, type }] of [...stack.resources].reverse()) {
    const remove = () => {
      if (world.faults.failResources.includes(`${id} DELETE`)) throw toldToFail(`${id} DELETE`);
      put(world.state, key);
      stack.resources = new Map([...stack.resources].filter(([other]) => other !== id));
    };
    await step(stack, id, type, "DELETE", remove).catch(() => {});
  }
  mark(stack, stack.resources.size > 0 ? "DELETE_FAILED" : "DELETE_COMPLETE");
}
