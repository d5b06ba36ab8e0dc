/** A stack and the one way in which it changes: towards what is wanted, event by event, and back when that fails. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Data, now, sleep } from "../state.ts";
import { type Physical, type Place, resourceTypes } from "./resources.ts";
import { evaluate, holds, ordered, type Pairs, type Scope, type Template, transform } from "./template.ts";

/** What a stack is asked to be. */
export type Wanted = { readonly template: Template; readonly parameters: Pairs; readonly tags: readonly Data[] };
/** `reason`: why it failed. */
export type ChangeSet = { readonly id: string; readonly reason: string | undefined; readonly wanted: Wanted };
type Resource = { readonly type: string; readonly properties: Data; readonly physical: Physical };

export interface Stack {
  readonly place: Place;
  readonly name: string;
  readonly id: string;
  readonly createdAt: string;
  status: string;
  reason?: string | undefined;
  wanted?: Wanted | undefined;
  outputs: Pairs;
  readonly resources: Map<string, Resource>;
  readonly changeSets: Map<string, ChangeSet>;
  /** As DescribeStackEvents shows them, the newest first. */
  readonly events: Data[];
}

/** Milliseconds for each resource: short, and long enough to be seen. */
const pace = 3;

export function newStack(place: Place, name: string): Stack {
  const { region, world } = place;
  const id = `arn:aws:cloudformation:${region.name}:${world.account}:stack/${name}/${randomUUID()}`;
  const createdAt = new Date(now(world)).toISOString();
  const empty = { status: "", outputs: {}, resources: new Map(), changeSets: new Map(), events: [] };
  const stack: Stack = { place, name, id, createdAt, ...empty };
  region.stacks.push(stack);
  mark(stack, "REVIEW_IN_PROGRESS", "User Initiated");
  return stack;
}

/** What there would be, each behind what it needs. Throws `ValidationError`. */
export function plan({ place: { region, world }, name, id }: Stack, wanted: Wanted) {
  const pseudo = { Region: region.name, AccountId: world.account, Partition: "aws", StackName: name, StackId: id };
  const named = Object.entries(pseudo).map(([key, value]) => [`AWS::${key}`, value]);
  const values: Pairs = { ...wanted.parameters, ...Object.fromEntries(named) };
  const template = transform(wanted.template);
  return { template, values, order: ordered(template, values) };
}

function event(
  { place, id, name, resources, events }: Stack,
  of: string,
  type: string,
  status: string,
  reason?: string,
) {
  const PhysicalResourceId = of === name ? id : (resources.get(of)?.physical.id ?? "");
  const Timestamp = new Date(now(place.world)).toISOString();
  const what = { LogicalResourceId: of, PhysicalResourceId, ResourceType: type, ResourceStatus: status };
  const why = reason && { ResourceStatusReason: reason };
  events.unshift({ EventId: randomUUID(), StackId: id, StackName: name, Timestamp, ...what, ...why });
}

function mark(stack: Stack, status: string, reason?: string): void {
  Object.assign(stack, { status, reason });
  event(stack, stack.name, "AWS::CloudFormation::Stack", status, reason);
}

/** One step on one resource, with its events. Throws its failure. */
async function step(stack: Stack, id: string, type: string, verb: string, act: () => void): Promise<void> {
  event(stack, id, type, `${verb}_IN_PROGRESS`);
  await sleep(pace);
  try {
    if (verb !== "DELETE" && stack.place.world.faults.failResources.includes(id)) throw new Error("told to fail");
    act();
    event(stack, id, type, `${verb}_COMPLETE`);
  } catch (error) {
    event(stack, id, type, `${verb}_FAILED`, (error as Error).message);
    throw Object.assign(error as Error, { id });
  }
}

const remove = (stack: Stack, id: string, { type, physical }: Resource): Promise<void> =>
  step(stack, id, type, "DELETE", () => resourceTypes[type]?.remove(physical.id, stack.place));

const nothing: Wanted = { template: { Resources: {} }, parameters: {}, tags: [] };

/** Makes, changes and removes until all is as wanted. Returns the outputs. */
async function converge(stack: Stack, wanted: Wanted): Promise<Pairs> {
  const { resources, place } = stack;
  const { template, values, order } = plan(stack, wanted);
  const resource: Scope["resource"] = (id, attribute) => {
    const physical = resources.get(id)?.physical;
    return attribute ? physical?.attributes[attribute] : physical?.id;
  };
  const scope: Scope = { template, values, resource };
  const replaced: (readonly [string, Resource])[] = [];
  try {
    for (const id of order) {
      const { Type: type = "", Properties = {} } = template.Resources[id] ?? {};
      const [properties, old, kind] = [evaluate(Properties, scope) as Data, resources.get(id), resourceTypes[type]];
      if (!kind || isDeepStrictEqual(old?.properties, properties)) continue;
      const made = old !== undefined && old.properties[kind.name] === properties[kind.name];
      await step(stack, id, type, old ? "UPDATE" : "CREATE", () => {
        const physical = kind.write(String(properties[kind.name] ?? `${stack.name}-${id}`), properties, place, made);
        resources.set(id, { type, properties, physical });
      });
      if (old && !made) replaced.push([id, old]);
    }
  } catch (error) {
    for (const [id, old] of replaced) {
      await remove(stack, id, resources.get(id) ?? old);
      resources.set(id, old);
    }
    throw error;
  }
  if (stack.status.startsWith("UPDATE")) mark(stack, stack.status.replace("IN", "COMPLETE_CLEANUP_IN"));
  const gone = [...resources].filter(([id]) => !order.includes(id)).reverse();
  for (const [id, one] of [...replaced, ...gone]) await remove(stack, id, one);
  for (const [id] of gone) resources.delete(id);
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) => holds(Condition, scope));
  return Object.fromEntries(outputs.map(([name, { Value }]) => [name, String(evaluate(Value, scope))]));
}

/** Creates or updates, and goes back when a resource fails. */
export async function deploy(stack: Stack, wanted: Wanted): Promise<void> {
  const before = stack.wanted;
  const [verb, back] = before ? ["UPDATE", "UPDATE_ROLLBACK"] : ["CREATE", "ROLLBACK"];
  mark(stack, `${verb}_IN_PROGRESS`, "User Initiated");
  stack.wanted = wanted;
  try {
    stack.outputs = await converge(stack, wanted);
    mark(stack, `${verb}_COMPLETE`);
  } catch (error) {
    const what = `The following resource(s) failed to ${verb?.toLowerCase()}: [${(error as { id?: string }).id}].`;
    mark(stack, `${back}_IN_PROGRESS`, before ? what : `${what} Rollback requested by user.`);
    await finish(stack, before ?? nothing, `${back}`);
    // A stack that was never made keeps showing what it was to be.
    stack.wanted = before ?? wanted;
  }
}

export async function destroy(stack: Stack): Promise<void> {
  mark(stack, "DELETE_IN_PROGRESS", "User Initiated");
  await finish(stack, nothing, "DELETE");
}

/** What cannot fail without needing a person. */
const finish = (stack: Stack, wanted: Wanted, verb: string): Promise<void> =>
  converge(stack, wanted).then(
    () => mark(stack, `${verb}_COMPLETE`),
    (error: Error) => mark(stack, `${verb}_FAILED`, error.message),
  );
