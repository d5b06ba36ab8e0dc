/** Deploys, rolls back and deletes stacks. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { eventInvokeConfig, eventsOf, make } from "../aws/resources.ts";
import type { Data, Pairs, Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { put, type World } from "../state.ts";
import { transformed } from "./changes.ts";
import { isCustom, texts } from "./custom.ts";
import { removeCustom, restoreCustom, settleCustom } from "./custom-steps.ts";
import { failedSince, failIfTold, handlerError, mark, record, type Step, step } from "./events.ts";
import { exportNamed, heldExport, outputsOf, refuseExports } from "./exports.ts";
import type { ChangeSet, Stack, Wanted } from "./model.ts";
import { eachAfter } from "./order.ts";
import { evaluate, importsOf, needsOf, type Scope, type Template } from "./template.ts";

/** `kind`: `stack` or `changeSet`. */
export const uniqueArn = (world: World, kind: string, name: string): string =>
  arnOf(world, "cloudformation", `${kind}/${name}/${randomUUID()}`);

export function newStack(world: World, name: string): Stack {
  const id = uniqueArn(world, "stack", name);
  const { clock } = world;
  const nothing = { outputs: {}, exports: {}, imports: [], resources: new Map(), changeSets: new Map(), events: [] };
  const stack: Stack = { clock, name, id, status: "", operation: Promise.resolve(), isProtected: false, ...nothing };
  world.state.stacks.push(stack);
  mark(stack, "REVIEW_IN_PROGRESS", "User Initiated");
  return stack;
}

/** The name that the properties give a resource. A new name replaces the resource. */
export function nameOf(type: string, { ClusterName, PrincipalArn, ...properties }: Data): string | undefined {
  if (type === "AWS::EKS::AccessEntry")
    return PrincipalArn === undefined ? undefined : `${PrincipalArn}|${ClusterName}`;
  if (type === eventInvokeConfig) return eventsOf(`${properties.FunctionName}`);
  return (properties.RoleName ?? properties.LogGroupName ?? properties.FunctionName) as string | undefined;
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

/** What a stack's template refers to. */
function scopeOf(world: World, stack: Stack, { template, parameters }: Wanted): Scope {
  const values = { ...parameters, ...pseudoParameters(world, stack) };
  const resource = (id: string) => stack.resources.get(id);
  const missing = (one: Resource, attribute: string): void => {
    if (!isCustom(one.type)) return;
    const [id] = [...stack.resources].find(([, other]) => other.key === one.key) ?? [];
    const what = `${attribute} attribute in object ${stack.id}|${id}|${one.requestId}`;
    throw new Error(`CustomResource attribute error: Vendor response doesn't contain ${what}`);
  };
  return { template, values, resource, exported: (name) => exportNamed(world, name), missing };
}

interface Deployment extends ChangeSet {
  /** What the stack is so far. */
  readonly was: Wanted | undefined;
}

/** Creates and changes resources, then deletes those that the template no longer has. Returns what the stack says then. */
async function converge(world: World, stack: Stack, { wanted, was, revertsDrift }: Deployment) {
  const { template } = wanted;
  const before = stack.resources;
  const scope = scopeOf(world, stack, wanted);
  const needs = needsOf(template, scope.values);
  stack.imports = importsOf(template, scope.values);
  await eachAfter([...needs.keys()], {
    after: (id) => needs.get(id) ?? [],
    isFree: (id) => isCustom(`${template.Resources[id]?.Type}`),
    async act(id) {
      const { Type = "", Properties = {} } = template.Resources[id] ?? {};
      const recorded = before.get(id);
      const type = transformed(Type);
      const properties = evaluated(Properties, { scope, stack, id, type, verb: recorded ? "UPDATE" : "CREATE" });
      if (isCustom(type)) return settleCustom(world, stack, { id, type, properties: texts(properties) as Data });
      const live = recorded && world.state.resources.get(recorded.key);
      const old = revertsDrift ? live : recorded;
      if (isDeepStrictEqual(old?.properties, properties)) return;
      await step(stack, { id, type, verb: old ? "UPDATE" : "CREATE" }, () => {
        failIfTold(world.faults.failResources, id);
        const name = nameOf(type, properties) ?? `${stack.name}-${id}`;
        const isSame = old?.name === name;
        if (isSame && !live) throw gone(type, name);
        const made = make(world, type, { name, properties, old: isSame ? live : undefined });
        stack.resources = new Map(stack.resources).set(id, made);
      });
    },
  });
  const outputs = outputsOf(template, scope);
  refuseExports(world, stack, outputs.exports);
  const kept = new Map([...stack.resources].filter(([id]) => needs.has(id)));
  const unneeded = [...before].filter(([id, { key }]) => kept.get(id)?.key !== key);
  if (was) mark(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  stack.resources = kept;
  Object.assign(stack, outputs);
  if (!was) return undefined;
  const policies = { removed: was.template, replaced: template };
  return cleanUp(world, stack, { unneeded, wanted: was, policies });
}

/** CloudFormation tries three times. */
const attempts = 3;

/**
 * Deletes what an update no longer needs. What cannot be deleted is no longer in the stack; returns what the stack says then.
 * Source: "Resource removed from stack but not deleted" in the CloudFormation User Guide, Troubleshooting.
 */
async function cleanUp(world: World, stack: Stack, { unneeded, ...removal }: Removed): Promise<string | undefined> {
  let left = unneeded;
  const removed = (id: string) => {
    left = left.filter(([other]) => other !== id);
  };
  for (let attempt = 0; attempt < attempts && left.length > 0; attempt++)
    await remove(world, stack, { ...removal, unneeded: left, removed }).catch(() => {});
  return left.length > 0 ? "Update successful. One or more resources could not be deleted." : undefined;
}

/** Evaluates properties. A failure is the resource's. */
function evaluated(properties: Data, { scope, stack, ...failing }: Step & { scope: Scope; stack: Stack }): Data {
  try {
    return evaluate(properties, scope) as Data;
  } catch (error) {
    record(stack, failing, { status: `${failing.verb}_FAILED`, reason: (error as Error).message });
    throw error;
  }
}

interface Removed {
  readonly unneeded: readonly (readonly [id: string, Resource])[];
  /** The template by which they were made. */
  readonly wanted: Wanted;
  /** The templates that say what becomes of a resource that was removed or replaced. */
  readonly policies: Partial<Record<"removed" | "replaced", Template>>;
  /** Of a stack that could not be created. */
  readonly onCreate?: boolean;
  readonly removed?: (id: string) => void;
}

/** Deletes resources, each after those that depend on it. Throws if one of them could not be deleted. */
async function remove(world: World, stack: Stack, { unneeded, wanted, policies, onCreate, removed }: Removed) {
  const byId = new Map(unneeded);
  const needs = needsOf(wanted.template, scopeOf(world, stack, wanted).values);
  const order = [...needs.keys()];
  const ids = [...byId.keys()].sort((one, other) => order.indexOf(other) - order.indexOf(one));
  await eachAfter(ids, {
    after: (id) => ids.filter((other) => needs.get(other)?.has(id)),
    isFree: (id) => isCustom(`${byId.get(id)?.type}`),
    goesOn: true,
    async act(id) {
      const one = byId.get(id);
      if (!one) return;
      const { removed: old, replaced } = policies;
      const policy =
        old && (!replaced || !(id in replaced.Resources))
          ? old.Resources[id]?.DeletionPolicy
          : replaced?.Resources[id]?.UpdateReplacePolicy;
      if (policy === "Retain" || (policy === "RetainExceptOnCreate" && !onCreate)) {
        record(stack, { ...one, id }, { status: "DELETE_SKIPPED" });
      } else {
        await step(stack, { ...one, id, verb: "DELETE" }, () => {
          failIfTold(world.faults.failResources, `${id} DELETE`);
          if (isCustom(one.type)) return removeCustom(world, stack, { ...one, id });
          return put(world.state, one.key);
        });
      }
      removed?.(id);
    },
  });
}

/** The state before an operation: the stack's record, and the account, which may differ from it. */
interface Before {
  readonly wanted: Wanted | undefined;
  readonly resources: Stack["resources"];
  readonly account: ReadonlyMap<string, Resource>;
}

/** Restores every resource that was created or changed since. Returns those to delete. */
async function restore(world: World, stack: Stack, { resources, account }: Before) {
  const changed = [...stack.resources].filter(([id, one]) => one !== resources.get(id));
  const unneeded: [string, Resource][] = [];
  const restored = new Map(resources);
  await eachAfter(changed.map(([id]) => id).reverse(), {
    after: () => [],
    isFree: (id) => isCustom(`${stack.resources.get(id)?.type}`),
    goesOn: true,
    async act(id) {
      const one = stack.resources.get(id);
      const old = resources.get(id);
      if (!one) return;
      if (isCustom(one.type)) {
        const back = old && old.name === one.name ? await restoreCustom(world, stack, { id, one, old }) : old;
        if (back) restored.set(id, back);
        if (back?.key !== one.key) unneeded.push([id, one]);
        return;
      }
      if (!old) return void unneeded.push([id, one]);
      await step(stack, { id, type: one.type, verb: "UPDATE" }, () => {
        put(world.state, one.key);
        const live = account.get(old.key);
        if (live) put(world.state, live.key, live);
      });
    },
  });
  return { restored, unneeded };
}

const gone = (type: string, name: string): Error =>
  handlerError(`Resource of type '${type}' with identifier '${name}' was not found.`, "NotFound");

/** Creates or updates the stack, and rolls back if a resource fails. */
export async function deploy(world: World, stack: Stack, changeSet: ChangeSet): Promise<void> {
  const { wanted } = changeSet;
  const { wanted: before, resources, imports } = stack;
  const account = new Map(world.state.resources);
  const verb = before ? "UPDATE" : "CREATE";
  mark(stack, `${verb}_IN_PROGRESS`, "User Initiated");
  stack.wanted = wanted;
  const begun = stack.events.length;
  try {
    mark(stack, `${verb}_COMPLETE`, await converge(world, stack, { ...changeSet, was: before }));
  } catch (error) {
    const failed = failedSince(stack, begun);
    const list = `The following resource(s) failed to ${verb.toLowerCase()}: [${failed.join(", ")}]. `;
    const why = failed.length > 0 ? list : `${(error as Error).message}. `;
    await rollBack(world, stack, { why, failed: wanted, wanted: before, resources, account });
    stack.imports = imports;
    // A stack whose creation failed still shows the template and parameters it was given.
    stack.wanted = before ?? wanted;
  }
}

interface Failed extends Before {
  readonly why: string;
  /** What could not be deployed. */
  readonly failed: Wanted;
}

async function rollBack(world: World, stack: Stack, { why, failed: wanted, ...before }: Failed): Promise<void> {
  const back = before.wanted ? "UPDATE_ROLLBACK" : "ROLLBACK";
  mark(stack, `${back}_IN_PROGRESS`, before.wanted ? why : `${why}Rollback requested by user.`);
  const begun = stack.events.length;
  try {
    const { restored, unneeded } = await restore(world, stack, before);
    const removal = { unneeded, wanted, policies: { removed: wanted.template }, onCreate: true };
    if (before.wanted) {
      mark(stack, `${back}_COMPLETE_CLEANUP_IN_PROGRESS`);
      await cleanUp(world, stack, removal);
    } else await remove(world, stack, { ...removal, removed: (id) => forget(stack, id) });
    stack.resources = restored;
    mark(stack, `${back}_COMPLETE`);
  } catch {
    const verb = before.wanted ? "update" : "delete";
    const failed = failedSince(stack, begun).join(", ");
    mark(stack, `${back}_FAILED`, `The following resource(s) failed to ${verb}: [${failed}]. `);
  }
}

function forget(stack: Stack, id: string): void {
  stack.resources = new Map([...stack.resources].filter(([other]) => other !== id));
}

/**
 * Deletes the stack, unless its exports are in use. If a resource cannot be deleted, it stays, and the stack is DELETE_FAILED.
 */
export async function destroy(world: World, stack: Stack): Promise<void> {
  const { wanted, status } = stack;
  mark(stack, "DELETE_IN_PROGRESS", "User Initiated");
  const held = heldExport(world, stack);
  if (held !== undefined) return mark(stack, status, held);
  const begun = stack.events.length;
  const removal = { unneeded: [...stack.resources], removed: (id: string) => forget(stack, id) };
  if (wanted)
    await remove(world, stack, { ...removal, wanted, policies: { removed: wanted.template } }).catch(() => {});
  if (stack.resources.size === 0) {
    stack.exports = {};
    stack.imports = [];
    return mark(stack, "DELETE_COMPLETE");
  }
  const failed = failedSince(stack, begun).join(", ");
  mark(stack, "DELETE_FAILED", `The following resource(s) failed to delete: [${failed}]. `);
}
