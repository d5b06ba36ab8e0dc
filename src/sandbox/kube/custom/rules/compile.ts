/** The rules of a schema, compiled. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go */
import type { Environment } from "@marcbachmann/cel-js";
import { type Problem, unsupported, wrong } from "../../status.ts";
import { othersOf, type Rule, type Schema } from "../schema.ts";
import { compile, type Expression, newEnvironment, Wrong } from "./expression.ts";
import { type Typed, type Types, typedBy } from "./types.ts";

export interface Compiled {
  readonly rule: Rule;
  readonly holds: Expression;
  readonly message: Expression | undefined;
}
/** The rules of a schema and of what is inside it. */
export interface Rules {
  readonly schema: Schema;
  readonly read: Typed["read"];
  readonly own: readonly Compiled[];
  readonly items: Rules | undefined;
  readonly others: Rules | undefined;
  readonly properties: ReadonlyMap<string, Rules>;
  /** Of rules that do not compile, by their paths in the schema. */
  readonly refused: readonly Problem[];
}

/** Where a schema is in its definition. */
interface Place {
  readonly types: Types;
  readonly at: string;
  /** What is in it has no old values of its own. */
  readonly atomic?: string | undefined;
}
function hasRules(schema: Schema | undefined): boolean {
  if (!schema) return false;
  const { items, properties = {}, "x-kubernetes-validations": rules = [] } = schema;
  return rules.length > 0 || [items, othersOf(schema), ...Object.values(properties)].some(hasRules);
}

const known = new WeakMap<Schema, { readonly rules: Rules | undefined }>();
/** Undefined for a schema without rules. Throws 501 for what the sandbox does not have. */
export function rulesOf(schema: Schema): Rules | undefined {
  const earlier = known.get(schema);
  if (earlier) return earlier.rules;
  const types: Types = { environment: newEnvironment(), known: new Map() };
  // All at once: an environment takes no more types when there are rules.
  if (hasRules(schema)) declare(schema, types, true);
  const rules = hasRules(schema) ? compiled(schema, { types, at: "" }, true) : undefined;
  known.set(schema, { rules });
  return rules;
}

const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true;
function declare(schema: Schema, types: Types, isWhole: boolean): void {
  const { items, properties = {}, "x-kubernetes-validations": rules = [] } = schema;
  if (rules.length > 0) typedBy(schema, types, isWhole);
  for (const inner of [items, othersOf(schema), ...Object.values(properties)])
    if (inner && hasRules(inner)) declare(inner, types, isEmbedded(inner));
}

/** Of what is inside, nobody can say which old value it had. */
const isAtomic = ({ type, "x-kubernetes-list-type": list }: Schema): boolean => type === "array" && list !== "map";

function compiled(schema: Schema, { types, at: path, atomic }: Place, isWhole = false): Rules {
  const { items, properties = {}, "x-kubernetes-validations": rules = [] } = schema;
  const inside = (inner: Schema | undefined, at: string) =>
    hasRules(inner) && inner
      ? compiled(
          inner,
          { types, at: `${path}.${at}`, atomic: atomic ?? (isAtomic(schema) ? path : undefined) },
          isEmbedded(inner),
        )
      : undefined;
  const fields = Object.entries(properties).flatMap(([key, inner]) => {
    const found = inside(inner, `properties[${key}]`);
    return found ? [[key, found] as const] : [];
  });
  const [ofItems, ofOthers] = [inside(items, "items"), inside(othersOf(schema), "additionalProperties")];
  const self = rules.length > 0 ? typedBy(schema, types, isWhole) : undefined;
  const environmentFor = environmentsOf(types.environment, self);
  const results = rules.map((rule, at) =>
    compileRule(rule, () => environmentFor(rule.optionalOldSelf === true), {
      at: `${path}.x-kubernetes-validations[${at}]`,
      atomic,
    }),
  );
  const all = [ofItems, ofOthers, ...fields.map(([, found]) => found)];
  return {
    ...{ schema, read: self?.read ?? (() => undefined), items: ofItems, others: ofOthers, properties: new Map(fields) },
    own: results.flatMap((one) => ("rule" in one ? [one] : [])),
    refused: [...all.flatMap((one) => one?.refused ?? []), ...results.flatMap((one) => ("rule" in one ? [] : one))],
  };
}

const reasons = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

function compileRule(
  rule: Rule,
  environment: () => Environment,
  { at, atomic }: Omit<Place, "types">,
): Compiled | readonly Problem[] {
  const { rule: source = "", message = "", messageExpression, reason, optionalOldSelf } = rule;
  if (source.trim() === "") return [[`${at}.rule`, "Required value: rule is not specified"]];
  const problems: Problem[] = [];
  if (message.trim().includes("\n"))
    problems.push([`${at}.message`, wrong(message, "message must not contain line breaks")]);
  else if (message && !message.trim())
    problems.push([`${at}.message`, wrong(message, "message must be non-empty if specified")]);
  else if (source.trim().includes("\n") && !message)
    problems.push([`${at}.message`, "Required value: message must be specified if rule contains line breaks"]);
  if (reason !== undefined && !reasons.includes(reason)) problems.push([`${at}.reason`, unsupported(reason, reasons)]);

  const attempt = (field: "rule" | "messageExpression", wanted: string): Expression | undefined => {
    const why = (text: string) => problems.push([`${at}.${field}`, `Invalid value: ${JSON.stringify(rule)}: ${text}`]);
    try {
      const expression = compile(rule[field] ?? "", environment());
      if (expression.type === wanted || expression.type === "dyn") return expression;
      why(field === "rule" ? "cel expression must evaluate to a bool" : "messageExpression must evaluate to a string");
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      why(field === "rule" ? error.message : `messageExpression ${error.message}`);
    }
    return undefined;
  };
  const holds = attempt("rule", "bool");
  if (holds && !holds.usesOld && optionalOldSelf !== undefined)
    problems.push([`${at}.optionalOldSelf`, wrong(optionalOldSelf, "may not be set if oldSelf is not used in rule")]);
  if (holds?.usesOld && atomic !== undefined) {
    const within = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${atomic.slice(1)}`;
    problems.push([`${at}.rule`, wrong(source, within)]);
  }
  const said = holds && messageExpression ? attempt("messageExpression", "string") : undefined;
  return holds && problems.length === 0 ? { rule, holds, message: said } : problems;
}

/** With the old value as it is, and as an optional one. */
function environmentsOf(types: Environment, self: Typed | undefined): (isOptional: boolean) => Environment {
  const made = new Map<boolean, Environment>();
  return (isOptional) => {
    const environment = made.get(isOptional) ?? types.clone();
    if (self && !made.has(isOptional))
      environment
        .registerVariable("self", self.name)
        .registerVariable("oldSelf", isOptional ? `optional<${self.name}>` : self.name);
    made.set(isOptional, environment);
    return environment;
  };
}
