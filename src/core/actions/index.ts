/**
 * The actions of the function. The handler dispatches on this table, `setup` derives the Role from its needs, and
 * `invoke` validates events with its fields. To add an action, write its file and add it here.
 */
import { type EksLambdaError, shown, usageError } from "../errors.ts";
import { create as createMethod } from "../kube/methods.ts";
import type { Need } from "../kube/need.ts";
import { resourceWith } from "../kube/resource.ts";
import type { Workload } from "../kube/workloads.ts";
import type { Action, Event } from "./action.ts";
import { check } from "./check.ts";
import { create } from "./create.ts";

/** Has only the methods that the actions use, which keeps the function small. */
const resource = resourceWith({ create: createMethod });

/** What the actions may act on. */
const deployments = resource<Workload>("apps/v1", "deployments");

export const actions = {
  create: create(deployments),
  check: check(allNeeds)(deployments),
} as const satisfies Readonly<Record<string, Action>>;

/** The rights that the function needs. */
export function allNeeds(): readonly Need[] {
  return Object.values(actions).flatMap(({ needs }) => needs);
}

/**
 * Returns the action that an event asks for, by default `create`. Throws `InvalidEvent`, which names the field and its
 * rule.
 */
export function actionOf(event: unknown): { readonly action: Action; readonly name: string; readonly event: Event } {
  const given = event ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw invalid("the event", given, "a JSON object, or nothing");
  const { action: name = "create", ...fields } = given as Event;
  const action = new Map<unknown, Action>(Object.entries(actions)).get(name);
  if (!action) throw invalid("`action`", name, `one of ${Object.keys(actions).join(", ")}`);
  for (const [field, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(action.fields, field) ? action.fields[field] : undefined;
    if (!rule) {
      const known = Object.keys(action.fields).join(", ");
      // Don't show the value: an event that is meant for something else may contain secrets.
      const unknown = `unknown field \`${field.slice(0, 100)}\`: the fields of \`${name}\` are ${known}`;
      throw usageError("InvalidEvent", unknown);
    }
    if (!rule.valid(value)) throw invalid(`\`${field}\``, value, rule.must);
  }
  return { action, name: String(name), event: fields };
}

const invalid = (what: string, value: unknown, must: string): EksLambdaError =>
  usageError("InvalidEvent", `${what} is ${shown(value)}; it must be ${must}`);
