/** Deploys, rolls back and deletes stacks. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Refusal } from "../aws/refusal.ts";
import { eventInvokeConfig, eventsOf, make } from "../aws/resources.ts";
import type { Data, Pairs, Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { put, type World } from "../state.ts";
import { transformed } from "./changes.ts";
import type { ChangeSet, Stack } from "./model.ts";
import { evaluate, holds, ordered } from "./template.ts";

/** `kind`: `stack` or `changeSet`. */
export const uniqueArn = (world: World, kind: string, name: string): string =>
  arnOf(world, "cloudformation", `${kind}/${name}/${randomUUID()}`);

export function newStack(world: World, name: string): Stack {
  const id = uniqueArn(world, "stack", name);
  const { clock } = world;
  const nothing = { outputs: {}, resources: new Map(), changeSets: new Map(), events: [] };
  const stack: Stack = { clock, name, id, status: "", operation: Promise.resolve(), isProtected: false, ...nothing };
  world.state.stacks.push(stack);
  mark(stack, "REVIEW_IN_PROGRESS");
  return stack;
}

/** The name that the properties give a resource. A new name replaces the resource. */
export function nameOf(type: string, { ClusterName, PrincipalArn, ...properties }: Data): string | undefined {
  if (type === "AWS::EKS::AccessEntry")
    return PrincipalArn === undefined ? undefined : `${PrincipalArn}|${ClusterName}`;
  if (type === eventInvokeConfig) return eventsOf(`${properties.FunctionName}`);
  return (properties.RoleName ?? properties.LogGroupName ?? properties.FunctionName) as string | undefined;
}

/** The resource of an event, by its logical ID. */
interface Subject {
  readonly id: string;
  readonly type: string;
}

interface Happening {
  readonly status: string;
  readonly reason?: string | undefined;
}

function record({ events }: Stack, { id, type }: Subject, { status, reason }: Happening): void {
  const why = reason && { ResourceStatusReason: reason };
  const event = { EventId: randomUUID(), LogicalResourceId: id, ResourceType: type, ResourceStatus: status, ...why };
  events.unshift(event);
}

function mark(stack: Stack, status: string, reason?: string): void {
  stack.status = status;
  record(stack, { id: stack.name, type: "AWS::CloudFormation::Stack" }, { status, reason });
}

/** CloudFormation's codes for errors of its resource handlers. */
const handlerErrors: Readonly<Record<number, string>> = { 404: "NotFound", 409: "AlreadyExists" };

const handlerError = (message: string, code: string): Error =>
  new Error(
    `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`,
  );

/** A service's refusal, as CloudFormation reports it. */
function handlerFailure(type: string, { status, message }: Refusal): Error {
  const [, name = ""] = type.split("::");
  const service = name.charAt(0) + name.slice(1).toLowerCase();
  const about = `Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()}`;
  return handlerError(`${message} (${about})`, handlerErrors[status] ?? "InvalidRequest");
}

interface Step extends Subject {
  readonly verb: "CREATE" | "UPDATE" | "DELETE";
}

/** Changes one resource, and records its events. Throws its failure. */
async function step(stack: Stack, { verb, ...subject }: Step, act: () => void): Promise<void> {
  record(stack, subject, { status: `${verb}_IN_PROGRESS` });
  await stack.clock.sleep(3); // Long enough for a caller to observe the state.
  try {
    act();
    record(stack, subject, { status: `${verb}_COMPLETE` });
  } catch (error) {
    const failure = "status" in (error as Error) ? handlerFailure(subject.type, error as Refusal) : (error as Error);
    record(stack, subject, { status: `${verb}_FAILED`, reason: failure.message });
    throw failure;
  }
}

/** Source: "Get AWS values using pseudo parameters" in the CloudFormation User Guide. */
const pseudoParameters = ({ account, partition, region }: World, { id, name }: Stack): Pairs => ({
  "AWS::AccountId": account,
  "AWS::Partition": partition.name,
  "AWS::Region": region,
  "AWS::StackId": id,
  "AWS::StackName": name,
  "AWS::URLSuffix": partition.domain,
});

/** Creates and changes resources, then deletes those that the template no longer has. */
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
    await step(stack, { id, type, verb: old ? "UPDATE" : "CREATE" }, () => {
      if (world.faults.failResources.includes(id)) throw toldToFail(id);
      const name = nameOf(type, properties) ?? `${stack.name}-${id}`;
      const isSame = old?.name === name;
      if (isSame && !live) throw gone(type, name);
      const made = make(world, type, { name, properties, old: isSame ? live : undefined });
      stack.resources = new Map(stack.resources).set(id, made);
    });
  }
  const kept = new Map([...stack.resources].filter(([id]) => order.includes(id)));
  for (const [id, { key, type }] of [...before].reverse())
    if (kept.get(id)?.key !== key) await step(stack, { id, type, verb: "DELETE" }, () => put(world.state, key));
  stack.resources = kept;
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, output]) =>
    holds(output.Condition as string | undefined, scope),
  );
  stack.outputs = Object.fromEntries(outputs.map(([name, { Value }]) => [name, `${evaluate(Value, scope)}`]));
}

/** The state before an operation: the stack's record, and the account, which may differ from it. */
interface Before {
  readonly resources: Stack["resources"];
  readonly account: ReadonlyMap<string, Resource>;
}

/** Restores every resource that was created or changed since. */
async function restore(world: World, stack: Stack, { resources, account }: Before): Promise<void> {
  for (const [id, one] of [...stack.resources].reverse()) {
    const old = resources.get(id);
    if (one === old) continue;
    await step(stack, { id, type: one.type, verb: old ? "UPDATE" : "DELETE" }, () => {
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

/** Creates or updates the stack, and rolls back if a resource fails. */
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
    // A stack whose creation failed still shows the template and parameters it was given.
    stack.wanted = before ?? wanted;
  }
}

/** Deletes the stack. If a resource cannot be deleted, it stays, and the stack is DELETE_FAILED. */
export async function destroy(world: World, stack: Stack): Promise<void> {
  mark(stack, "DELETE_IN_PROGRESS", "User Initiated");
  for (const [id, { key, type }] of [...stack.resources].reverse()) {
    const remove = () => {
      if (world.faults.failResources.includes(`${id} DELETE`)) throw toldToFail(`${id} DELETE`);
      put(world.state, key);
      stack.resources = new Map([...stack.resources].filter(([other]) => other !== id));
    };
    await step(stack, { id, type, verb: "DELETE" }, remove).catch(() => {});
  }
  mark(stack, stack.resources.size > 0 ? "DELETE_FAILED" : "DELETE_COMPLETE");
}
