/** A stack and the one way in which it changes: towards what is wanted, event by event, and back when that fails. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Data, now, sleep } from "../state.ts";
import { type Physical, type Place, resourceTypes } from "./resources.ts";
import { evaluate, holds, ordered, type Pairs, type Scope, type Template, transform } from "./template.ts";

/** What a stack is asked to be. */
export interface Wanted {
  readonly template: Template;
  readonly parameters: Pairs;
  readonly tags: readonly Data[];
  readonly capabilities: readonly string[];
}
export interface ChangeSet extends Wanted {
  readonly id: string;
  /** Why it failed. */
  readonly reason?: string | undefined;
}
type Resource = { readonly type: string; readonly properties: Data; readonly physical: Physical };

export interface Stack {
  readonly name: string;
  readonly id: string;
  readonly createdAt: string;
  status: string;
  reason?: string | undefined;
  wanted?: Wanted | undefined;
  outputs: Pairs;
  readonly resources: Map<string, Resource>;
  /** By name. */
  readonly changeSets: Map<string, ChangeSet>;
  /** As DescribeStackEvents shows them, the newest first. */
  readonly events: Data[];
}

/** Milliseconds for each resource: short, and long enough to be seen. */
const pace = 3;

const time = ({ world }: Place): string => new Date(now(world)).toISOString();

export function newStack(place: Place, name: string): Stack {
  const { region, world } = place;
  const id = `arn:aws:cloudformation:${region.name}:${world.account}:stack/${name}/${randomUUID()}`;
  const empty = { outputs: {}, resources: new Map(), changeSets: new Map(), events: [] };
  const stack: Stack = { name, id, createdAt: time(place), status: "", ...empty };
  region.stacks.push(stack);
  mark(place, stack, "REVIEW_IN_PROGRESS", "User Initiated");
  return stack;
}

/** What there would be, each behind what it needs. Throws `ValidationError`. */
export function plan({ region, world }: Place, { name, id }: Stack, wanted: Wanted) {
  const pseudo = { Region: region.name, AccountId: world.account, Partition: "aws", StackName: name, StackId: id };
  const values = Object.fromEntries(Object.entries(pseudo).map(([key, value]) => [`AWS::${key}`, value]));
  const template = transform(wanted.template);
  const all = { ...wanted.parameters, ...values };
  return { template, values: all, order: ordered(template, all) };
}

function event(place: Place, stack: Stack, id: string, type: string, status: string, reason?: string): void {
  stack.events.unshift({
    EventId: randomUUID(),
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: id,
    PhysicalResourceId: id === stack.name ? stack.id : (stack.resources.get(id)?.physical.id ?? ""),
    ResourceType: type,
    Timestamp: time(place),
    ResourceStatus: status,
    ...(reason && { ResourceStatusReason: reason }),
  });
}

function mark(place: Place, stack: Stack, status: string, reason?: string): void {
  Object.assign(stack, { status, reason });
  event(place, stack, stack.name, "AWS::CloudFormation::Stack", status, reason);
}

/** One step on one resource, with its events. Throws its failure. */
async function step(
  place: Place,
  stack: Stack,
  id: string,
  type: string,
  verb: string,
  act: () => void,
): Promise<void> {
  event(place, stack, id, type, `${verb}_IN_PROGRESS`);
  await sleep(pace);
  try {
    if (verb !== "DELETE" && place.world.faults.failResources.includes(id)) throw new Error("told to fail");
    act();
  } catch (error) {
    event(place, stack, id, type, `${verb}_FAILED`, (error as Error).message);
    throw Object.assign(error as Error, { id });
  }
  event(place, stack, id, type, `${verb}_COMPLETE`);
}

/** Makes, changes and removes until all is as wanted; `undefined` is nothing at all. Returns the outputs. */
async function converge(place: Place, stack: Stack, wanted: Wanted | undefined): Promise<Pairs> {
  const { resources } = stack;
  const { template, values, order } = wanted
    ? plan(place, stack, wanted)
    : { template: { Resources: {} } as Template, values: {}, order: [] };
  const scope: Scope = {
    template,
    values,
    resource(id, attribute) {
      const physical = resources.get(id)?.physical;
      return attribute ? physical?.attributes[attribute] : physical?.id;
    },
  };
  const remove = (id: string, { type, physical }: Resource) =>
    step(place, stack, id, type, "DELETE", () => resourceTypes[type]?.remove(physical.id, place));
  const replaced: (readonly [string, Resource])[] = [];
  try {
    for (const id of order) {
      const { Type: type = "", Properties } = template.Resources[id] ?? {};
      const properties = evaluate(Properties ?? {}, scope) as Data;
      const old = resources.get(id);
      const kind = resourceTypes[type];
      if (!kind || (old && isDeepStrictEqual(old.properties, properties))) continue;
      const another = old !== undefined && old.properties[kind.name] !== properties[kind.name];
      await step(place, stack, id, type, old ? "UPDATE" : "CREATE", () => {
        const name = String(properties[kind.name] ?? `${stack.name}-${id}`);
        resources.set(id, {
          type,
          properties,
          physical: kind.write(name, properties, place, old !== undefined && !another),
        });
      });
      if (old && another) replaced.push([id, old]);
    }
  } catch (error) {
    for (const [id, old] of replaced) {
      await remove(id, resources.get(id) ?? old);
      resources.set(id, old);
    }
    throw error;
  }
  if (stack.status.startsWith("UPDATE")) mark(place, stack, stack.status.replace("IN", "COMPLETE_CLEANUP_IN"));
  const gone = [...resources].filter(([id]) => !order.includes(id)).reverse();
  for (const [id, resource] of [...replaced, ...gone]) await remove(id, resource);
  for (const [id] of gone) resources.delete(id);
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) => holds(Condition, scope));
  return Object.fromEntries(outputs.map(([name, { Value }]) => [name, String(evaluate(Value, scope))]));
}

/** Creates or updates, and goes back when a resource fails. */
export async function deploy(place: Place, stack: Stack, wanted: Wanted): Promise<void> {
  const before = stack.wanted;
  const verb = before ? "UPDATE" : "CREATE";
  mark(place, stack, `${verb}_IN_PROGRESS`, "User Initiated");
  stack.wanted = wanted;
  try {
    stack.outputs = await converge(place, stack, wanted);
    mark(place, stack, `${verb}_COMPLETE`);
  } catch (error) {
    const back = before ? "UPDATE_ROLLBACK" : "ROLLBACK";
    const what = `The following resource(s) failed to ${verb.toLowerCase()}: [${(error as { id?: string }).id}].`;
    mark(place, stack, `${back}_IN_PROGRESS`, before ? what : `${what} Rollback requested by user.`);
    await finish(place, stack, before, back);
    // A stack that was never made keeps showing what it was to be.
    stack.wanted = before ?? wanted;
  }
}

export async function destroy(place: Place, stack: Stack): Promise<void> {
  mark(place, stack, "DELETE_IN_PROGRESS", "User Initiated");
  await finish(place, stack, undefined, "DELETE");
}

/** What cannot fail without needing a person. */
const finish = (place: Place, stack: Stack, wanted: Wanted | undefined, verb: string): Promise<void> =>
  converge(place, stack, wanted).then(
    () => mark(place, stack, `${verb}_COMPLETE`),
    (error: Error) => mark(place, stack, `${verb}_FAILED`, error.message),
  );
