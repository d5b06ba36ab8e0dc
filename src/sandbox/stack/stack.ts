/** A stack and the one way in which it changes: towards what is wanted, event by event, and back when that fails. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { make } from "../aws/resources.ts";
import type { Clock } from "../clock.ts";
import { type Data, type Pairs, put, type Resource, type World } from "../state.ts";
import { transformed } from "./changes.ts";
import { evaluate, ordered, type Template } from "./template.ts";

/** What a stack is asked to be. */
export type Wanted = { readonly template: Template; readonly parameters: Pairs; readonly tags: Pairs };

export interface ChangeSet {
  readonly id: string;
  readonly wanted: Wanted;
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
  /** By logical id; a change is another map, so that an earlier one can be come back to. */
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
  const stack: Stack = { clock, name, id, status: "", operation: Promise.resolve(), ...nothing };
  world.state.stacks.push(stack);
  mark(stack, "REVIEW_IN_PROGRESS");
  return stack;
}

/** The name that its properties give a resource; when that changes, another resource is made. */
function nameOf(type: string, { ClusterName, PrincipalArn, ...properties }: Data): string | undefined {
  if (type === "AWS::EKS::AccessEntry") return `${PrincipalArn}|${ClusterName}`;
  return (properties.RoleName ?? properties.LogGroupName ?? properties.FunctionName) as string | undefined;
}

function tell({ events }: Stack, id: string, ResourceType: string, ResourceStatus: string, reason?: string): void {
  const why = reason && { ResourceStatusReason: reason };
  events.unshift({ EventId: randomUUID(), LogicalResourceId: id, ResourceType, ResourceStatus, ...why });
}

function mark(stack: Stack, status: string): void {
  stack.status = status;
  tell(stack, stack.name, "AWS::CloudFormation::Stack", status);
}

/** What is done to one resource, with its events. Throws its failure. */
async function step(stack: Stack, id: string, type: string, verb: string, act: () => void): Promise<void> {
  tell(stack, id, type, `${verb}_IN_PROGRESS`);
  await stack.clock.sleep(3); // Short, and long enough to be seen.
  try {
    act();
    tell(stack, id, type, `${verb}_COMPLETE`);
  } catch (error) {
    tell(stack, id, type, `${verb}_FAILED`, (error as Error).message);
    throw error;
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
async function converge(world: World, stack: Stack, { template, parameters }: Wanted): Promise<void> {
  const values = { ...parameters, ...pseudoParameters(world, stack) };
  const before = stack.resources;
  const scope = { template, values, resource: (id: string) => stack.resources.get(id) };
  const order = ordered(template, values);
  for (const id of order) {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const [properties, old] = [evaluate(Properties, scope) as Data, before.get(id)];
    const type = transformed(Type);
    if (isDeepStrictEqual(old?.properties, properties)) continue;
    await step(stack, id, type, old ? "UPDATE" : "CREATE", () => {
      if (world.faults.failResources.includes(id)) throw new Error("told to fail");
      const name = nameOf(type, properties) ?? `${stack.name}-${id}`;
      const made = make(world, type, name, properties, old?.name === name ? old : undefined);
      stack.resources = new Map(stack.resources).set(id, made);
    });
  }
  const kept = new Map([...stack.resources].filter(([id]) => order.includes(id)));
  for (const [id, { key, type }] of [...before].reverse())
    if (kept.get(id)?.key !== key) await step(stack, id, type, "DELETE", () => put(world.state, key));
  stack.resources = kept;
  const outputs = Object.entries(template.Outputs ?? {});
  stack.outputs = Object.fromEntries(outputs.map(([name, { Value }]) => [name, `${evaluate(Value, scope)}`]));
}

/** Puts all that was made or changed since back to what it was. */
async function restore(world: World, stack: Stack, before: Stack["resources"]): Promise<void> {
  for (const [id, one] of [...stack.resources].reverse()) {
    const old = before.get(id);
    if (one === old) continue;
    await step(stack, id, one.type, old ? "UPDATE" : "DELETE", () => {
      put(world.state, one.key);
      if (old) put(world.state, old.key, old);
    });
  }
  stack.resources = before;
}

/** Creates or updates, and goes back when a resource fails. */
export async function deploy(world: World, stack: Stack, wanted: Wanted): Promise<void> {
  const { wanted: before, resources } = stack;
  const [verb, back] = before ? ["UPDATE", "UPDATE_ROLLBACK"] : ["CREATE", "ROLLBACK"];
  mark(stack, `${verb}_IN_PROGRESS`);
  stack.wanted = wanted;
  try {
    await converge(world, stack, wanted);
    mark(stack, `${verb}_COMPLETE`);
  } catch {
    mark(stack, `${back}_IN_PROGRESS`);
    await restore(world, stack, resources);
    mark(stack, `${back}_COMPLETE`);
    // A stack that was never made keeps showing what it was to be.
    stack.wanted = before ?? wanted;
  }
}

/** What cannot be deleted stays, and the stack with it. */
export async function destroy(world: World, stack: Stack): Promise<void> {
  mark(stack, "DELETE_IN_PROGRESS");
  for (const [id, { key, type }] of [...stack.resources].reverse()) {
    const remove = () => {
      if (world.faults.failResources.includes(`${id} DELETE`)) throw new Error("told to fail");
      put(world.state, key);
      stack.resources = new Map([...stack.resources].filter(([other]) => other !== id));
    };
    await step(stack, id, type, "DELETE", remove).catch(() => {});
  }
  mark(stack, stack.resources.size > 0 ? "DELETE_FAILED" : "DELETE_COMPLETE");
}
