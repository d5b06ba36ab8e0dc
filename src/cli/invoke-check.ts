/** Checks the event that a command line makes. What is missing or misspelt is answered with the whole command, put right. */
import { actionOf, actions, type Chosen } from "../core/actions/index.ts";
import { actionNames, isActionName } from "../core/actions/names.ts";
import { advice, type Hint } from "../core/command.ts";
import { type EksLambdaError, restated, UsageError, usageError } from "../core/errors.ts";
import { knownResource, knownWords } from "../core/kind-words.ts";
import { nearest } from "../core/nearest.ts";
import { actionCalled } from "./action-words.ts";
import type { Words } from "./event.ts";
import type { Flags } from "./flag-table.ts";
import { withoutEffect } from "./idle-flags.ts";
import type { Fields } from "./invoke-wait.ts";
import { retyped } from "./typed.ts";

/** As `actionOf`. Throws `InvalidEvent`, `FlagWithoutEffect`. */
export function checkedAction(event: unknown, words: Words, flags: Flags): Chosen {
  try {
    if (flags.event === undefined) refuseIdle(words, flags);
    const chosen = actionOf(event);
    refuseOtherResource(chosen);
    refuseIncomplete(chosen);
    return chosen;
  } catch (error) {
    const isTyped = error instanceof UsageError && error.code === "InvalidEvent" && flags.event === undefined;
    throw isTyped ? withCorrection(error, words, Object(event)) : error;
  }
}

/** Flags for fields that the action does not have. */
function refuseIdle({ action }: Words, { filename, ...flags }: Flags): void {
  const name = action ?? "create";
  const fields = actions.get(name)?.fields;
  if (!fields) return;
  const idle = (["replicas", "image"] as const).find((one) => flags[one] !== undefined && !Object.hasOwn(fields, one));
  if (idle)
    throw withoutEffect(idle, `on \`${name}\``, `the fields of \`${name}\` are ${Object.keys(fields).join(", ")}`);
  if (filename === undefined || Object.hasOwn(fields, "manifests") || Object.hasOwn(fields, "manifest")) return;
  const [wrong, right] = action === undefined ? ["invoke", ["invoke", "apply"]] : [action, ["apply"]];
  const again = retyped({ wrong, right });
  throw withoutEffect("filename", `on \`${name}\``, again && advice`to write what the files have: ${again}`);
}

/** Throws `InvalidEvent` for what the action never acts on: allowing it would be refused, too. */
function refuseOtherResource({ name, event: { resource } }: Chosen): void {
  const known = actions.get(name)?.resources ?? [];
  if (typeof resource !== "string" || known.length === 0) return;
  if (known.some((one) => one === resource || one.split(".")[0] === resource)) return;
  throw usageError("InvalidEvent", `\`${name}\` does not act on "${resource}"`, `it acts on ${known.join(", ")}`);
}

const missing = (what: string) => usageError("InvalidEvent", `${what} is missing`);

/** Throws if an action that takes one of several fields has none of them. */
function refuseIncomplete({ name, event }: Chosen): void {
  const has = (...fields: readonly string[]) => fields.some((field) => Object.hasOwn(event, field));
  if (name === "set-image" && !has("image", "images")) throw missing("`image`");
  if (name === "delete" && !has("name", "manifests")) throw missing("`name`");
  if (name === "run-job" && !has("from", "manifest")) throw missing("`from`");
}

function withCorrection(error: EksLambdaError, words: Words, event: Fields): EksLambdaError {
  const hint = correction(words, event);
  return hint === undefined ? error : restated(error, error.message, { hint });
}

function correction(words: Words, event: Fields): Hint | undefined {
  const { action = "create", target } = words;
  if (!isActionName(action)) return ofAction(action);
  const { fields = {}, resources } = actions.get(action) ?? {};
  const unknown = Object.keys(event).find((field) => field !== "action" && !Object.hasOwn(fields, field));
  if (unknown !== undefined) return ofField(unknown, event[unknown], Object.keys(fields));
  const kinds = (resources ?? []).map((one) => one.replace(/\..*/, ""));
  const kind = action === "run-job" ? "cronjobs" : (kinds[0] ?? "deployments");
  const hasObject = ["name", "from", "manifest", "manifests"].some((field) => Object.hasOwn(event, field));
  if (action === "apply" && !hasObject) return retyped({ more: ["-f", "FILE"] });
  if (target === undefined) return hasObject ? undefined : retyped({ wrong: action, right: [action, `${kind}/NAME`] });
  const [word = "", name] = target.split("/");
  const known = knownResource(word);
  if (name === undefined) {
    const right = known === undefined ? `${kind}/${target}` : `${target}/NAME`;
    return hasObject ? lacking(action, event) : retyped({ wrong: target, right: [right] });
  }
  const meant = known === undefined ? nearest(word, kinds.length > 0 ? kinds : knownWords) : undefined;
  return meant === undefined ? lacking(action, event) : retyped({ wrong: target, right: [`${meant}/${name}`] });
}

/** The flag for what the action needs in addition to its object. */
function lacking(action: string, event: Fields): Hint | undefined {
  if (action === "scale" && !Object.hasOwn(event, "replicas")) return retyped({ more: ["--replicas", "NUMBER"] });
  const isWithout = action === "set-image" && !Object.hasOwn(event, "image") && !Object.hasOwn(event, "images");
  return isWithout ? retyped({ more: ["--image", "IMAGE"] }) : undefined;
}

function ofAction(action: string): Hint | undefined {
  if (action.includes("/") || knownResource(action) !== undefined) {
    const again = retyped({ wrong: action, right: ["status", action] });
    return again && advice`say what to do with it, for example ${again}`;
  }
  const meant = actionCalled(action) ?? nearest(action, actionNames.split(", "));
  return meant === undefined ? undefined : retyped({ wrong: action, right: [meant] });
}

function ofField(field: string, value: unknown, fields: readonly string[]): Hint | undefined {
  const meant = nearest(field, fields);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return meant === undefined ? undefined : retyped({ wrong: `${field}=${text}`, right: [`${meant}=${text}`] });
}
