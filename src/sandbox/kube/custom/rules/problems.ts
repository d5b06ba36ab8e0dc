/** What the rules of a schema say of an object. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go */
import { Optional } from "@marcbachmann/cel-js";
import { isList, isMap, type Json } from "../../object.ts";
import { duplicate, type Problem, wrong } from "../../status.ts";
import { atIndex, atKey, type Correlation, isSame, oldItem } from "../correlate.ts";
import { ownValue, type Rule, type Schema } from "../schema.ts";
import { type Rules, rulesOf } from "./compile.ts";
import { reasonOf } from "./expression.ts";
import { limitOfObject, metered, type Outcome } from "./meter.ts";

const overRule =
  "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ";
const overObject = "validation failed due to running out of cost budget, no further validation rules will be run";
const longestMessage = 5 * 1024;

/** No other rule runs. */
class Stopped extends Error {}

interface Place {
  readonly path: string;
  readonly value: Json;
  readonly old: Json;
  readonly correlation: Correlation | undefined;
  /** What is around it did not change. */
  readonly isUnchanged: boolean;
}
type Inner = Pick<Place, "path" | "value" | "old"> & {
  readonly to: (outer: Correlation | undefined) => Correlation | undefined;
};

/** The problems of a whole object. */
export function problemsOfRules(value: Json, schema: Schema, old?: Json): readonly Problem[] {
  const rules = rulesOf(schema);
  if (!rules) return [];
  const problems: Problem[] = [];
  const correlation = old === undefined ? undefined : { value, old, schema };
  let spent = 0;

  function visit(one: Rules, place: Place): void {
    const { value: inner, path, old: before } = place;
    if (inner === null || inner === undefined) return;
    if (one.own.length > 0) evaluateAll(one, place);
    const { items } = one;
    if (isList(inner) && items)
      for (const [index, item] of inner.entries())
        visit(
          items,
          inside(place, {
            path: `${path}[${index}]`,
            value: item,
            old: oldItem(one.schema, item, before),
            to: (outer) => atIndex(outer, index),
          }),
        );
    if (!isMap(inner)) return;
    for (const [key, field] of Object.entries(inner)) {
      const own = one.properties.get(key);
      const rules = own ?? (ownValue(one.schema.properties, key) ? undefined : one.others);
      const at = own ? (path ? `${path}.${key}` : key) : `${path}[${key}]`;
      const old = isMap(before) ? ownValue(before, key) : undefined;
      if (rules) visit(rules, inside(place, { path: at, value: field, old, to: (outer) => atKey(outer, key) }));
    }
  }

  function inside({ correlation: outer, isUnchanged }: Place, { to, ...inner }: Inner): Place {
    const correlation = to(outer);
    return { ...inner, correlation, isUnchanged: correlation ? isSame(correlation) : isUnchanged };
  }

  /** What is measured, and the end of all rules if it was too much. */
  function measured(run: () => unknown, ended: (why: string) => void): Outcome {
    const outcome = metered(run);
    spent += outcome.spent;
    if (outcome.isTooExpensive) ended(overRule);
    else if (spent > limitOfObject) ended(overObject);
    else return outcome;
    throw new Stopped();
  }

  function evaluateAll({ own, schema: { type = "" }, read }: Rules, { path, value, old, isUnchanged }: Place): void {
    const isNew = old === undefined || old === null;
    /** Answers with many long texts cost, too. */
    const add = (what: string, at = path) => {
      spent += what.length;
      problems.push([at || "<nil>", what]);
    };
    const ended = (rule?: Rule) => (why: string) =>
      add(wrong(type, rule && why === overRule ? `${why}${textOf(rule)}` : overObject));
    const given = (json: Json) => measured(() => read(json), ended()).value;
    const [self, before] = [given(value), isNew ? undefined : given(old)];
    for (const { rule, holds, message } of own) {
      const isOptional = rule.optionalOldSelf === true;
      if (holds.usesOld && isNew && !isOptional) continue;
      const variables = { self, oldSelf: isOptional ? Optional.of(before) : (before ?? null) };
      const outcome = measured(() => holds.run(variables), ended(rule));
      const why = failureOf(outcome, rule);
      if (why) add(wrong(type, why));
      // What a rule without the old value says of an unchanged one was accepted before.
      if (why || outcome.value === true || (!holds.usesOld && isUnchanged)) continue;
      const at = rule.fieldPath ? `${path}${normalised(rule.fieldPath)}`.replace(/^\./, "") : path;
      const said = message && metered(() => message.run(variables));
      spent += said?.spent ?? 0;
      add(refusal(rule, { value, type, detail: textIn(said) ?? messageOf(rule) }), at);
    }
  }

  try {
    visit(rules, { path: "", value, old, correlation, isUnchanged: isSame(correlation) });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return problems;
}

const textOf = ({ message, rule }: Rule): string => (message || rule).trim();
const messageOf = (rule: Rule): string => rule.message?.trim() || `failed rule: ${textOf(rule)}`;

function failureOf({ error, value }: Outcome, rule: Rule): string | undefined {
  const why = error === undefined ? typeof value !== "boolean" && "no such overload" : reasonOf(error);
  if (!why) return undefined;
  return why === "no such overload"
    ? `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${textOf(rule)}`
    : `${why} evaluating rule: ${textOf(rule)}`;
}

/** Undefined for what cannot be a message. */
function textIn(said: Outcome | undefined): string | undefined {
  const text = typeof said?.value === "string" && !said.isTooExpensive ? said.value.trim() : "";
  return text === "" || text.includes("\n") || Buffer.byteLength(text) > longestMessage ? undefined : text;
}

interface Wrong {
  readonly value: Json;
  readonly type: string;
  readonly detail: string;
}
function refusal({ reason }: Rule, { value, type, detail }: Wrong): string {
  const isWhole = type === "object" || type === "array";
  if (reason === "FieldValueForbidden") return `Forbidden: ${detail}`;
  if (reason === "FieldValueRequired") return `Required value: ${detail}`;
  if (reason === "FieldValueDuplicate") return isWhole ? "Duplicate value" : duplicate(value);
  return isWhole ? `Invalid value: ${detail}` : wrong(value, detail);
}

/** `['a']` becomes `[a]` for a key of a map. */
const normalised = (path: string): string => path.replace(/\['((?:[^'\\]|\\.)*)'\]/g, "[$1]");
