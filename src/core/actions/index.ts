/**
 * The actions of the function. The handler dispatches on this table, `setup` derives the Role from their needs, and
 * `invoke` validates events with their fields. To add an action, write its file and add it here.
 */
import { type EksLambdaError, shown, usageError } from "../errors.ts";
import type { Action, Event } from "./action.ts";
import { apply } from "./apply.ts";
import { check } from "./check.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { get } from "./get.ts";
import { actionNames, isActionName } from "./names.ts";
import { restart } from "./restart.ts";
import { runJob } from "./run-job.ts";
import { scale } from "./scale.ts";
import { setImage } from "./set-image.ts";
import { status } from "./status.ts";
import { resume, suspend } from "./suspend.ts";
import { undo } from "./undo.ts";

export const actions = new Map<unknown, Action>();
// One statement each: `setup` leaves out the code of actions that were not allowed. See scripts/parts.mjs.
actions.set("create", create);
actions.set("set-image", setImage);
actions.set("undo", undo);
actions.set("restart", restart);
actions.set("scale", scale);
actions.set("suspend", suspend);
actions.set("resume", resume);
actions.set("apply", apply);
actions.set("delete", remove);
actions.set("run-job", runJob);
actions.set("status", status);
actions.set("get", get);
actions.set("check", check);

export interface Chosen {
  /** `undefined` if its code was left out, because it was not allowed. */
  readonly action: Pick<Action, "run"> | undefined;
  readonly name: string;
  readonly event: Event;
}

/**
 * Returns the action that an event asks for, by default `create`. Throws `InvalidEvent`, which names the field and its
 * rule.
 */
export function actionOf(event: unknown): Chosen {
  const given = messageOf(event) ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw invalid("the event", given, "a JSON object, or nothing");
  const { action: name = "create", ...fields } = given as Event;
  if (!isActionName(name)) throw invalid("`action`", name, `one of ${actionNames}`);
  const action = actions.get(name);
  if (!action) return { action: undefined, name: String(name), event: fields };
  for (const [field, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(action.fields, field) ? action.fields[field] : undefined;
    if (!rule) {
      const known = Object.keys(action.fields).join(", ");
      // Don't show the value: an event that is meant for something else may contain secrets.
      const unknown = `unknown field \`${field.slice(0, 100)}\`: the fields of \`${name}\` are ${known}`;
      throw usageError("InvalidEvent", unknown);
    }
    if (!rule.valid(value)) throw invalid(`\`${field}\``, rule.hidden ? typeof value : value, rule.must);
  }
  for (const [field, { must, required }] of Object.entries(action.fields))
    if (required && !Object.hasOwn(fields, field))
      throw usageError("InvalidEvent", `\`${field}\` is missing; it must be ${must}`);
  return { action, name: String(name), event: fields };
}

/** The event that SNS delivers, or the event itself. */
function messageOf(event: unknown): unknown {
  const message = (Object(event) as { Records?: { Sns?: { Message?: unknown } }[] }).Records?.[0]?.Sns?.Message;
  if (typeof message !== "string") return event;
  try {
    return JSON.parse(message);
  } catch {
    // Don't show it, for the same reason.
    throw usageError("InvalidEvent", "the message from SNS is not JSON", 'publish an event such as {"action":"check"}');
  }
}

const invalid = (what: string, value: unknown, must: string): EksLambdaError =>
  usageError("InvalidEvent", `${what} is ${shown(value)}; it must be ${must}`);
