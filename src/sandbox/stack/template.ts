/** Templates: YAML with CloudFormation's short tags, parameters, and the intrinsic functions that our templates use. */
import { parse, type Tags } from "yaml";
import { awsError } from "../aws/refusal.ts";
import type { Data, Pairs, Resource } from "../model.ts";
import { isPrintable, withBreaks } from "../yaml.ts";

type Named<T> = Readonly<Record<string, T>>;
type Declared = { Type: string; Condition?: string; DependsOn?: string | string[]; Properties?: Data };
type Sections = Partial<Record<"Parameters" | "Conditions" | "Outputs", Named<Data>>> & { Transform?: string };
export type Template = Readonly<{ Resources: Named<Declared> } & Sections>;

/** What intrinsic functions can refer to. */
export type Scope = Readonly<{ template: Template; values: Pairs; resource: (id: string) => Resource | undefined }>;

export const invalid = (message: string) => awsError("ValidationError", message);
const noValue = Symbol("AWS::NoValue");

/** Returns the value of `Ref: name` or `GetAtt: name.attribute`. */
function reference(path: string | readonly string[], { values, resource }: Scope): unknown {
  const [name = "", attribute] = (typeof path === "string" ? path : path.join(".")).split(/\.(.*)/);
  if (name === "AWS::NoValue") return noValue;
  return values[name] ?? (attribute ? resource(name)?.attributes[attribute] : resource(name)?.name);
}

/** To add a function, add an entry. It gets a short tag, too. */
const functions: Named<(argument: never, scope: Scope) => unknown> = {
  Ref: reference,
  Condition: (name: string, scope) => holds(name, scope),
  "Fn::GetAtt": reference,
  "Fn::Sub": (text: string, scope) => text.replace(/\$\{(.+?)\}/g, (_, name: string) => `${reference(name, scope)}`),
  "Fn::If": ([name, yes, no]: [string, unknown, unknown], scope) => evaluate(holds(name, scope) ? yes : no, scope),
  "Fn::Equals": (pair: unknown[], scope) => new Set(pair.map((one) => `${evaluate(one, scope)}`)).size === 1,
  "Fn::Not": ([one]: [unknown], scope) => !evaluate(one, scope),
  "Fn::And": (all: unknown[], scope) => all.every((one) => evaluate(one, scope)),
  "Fn::Or": (all: unknown[], scope) => all.some((one) => evaluate(one, scope)),
  "Fn::Split": ([by, text]: [string, unknown], scope) => `${evaluate(text, scope)}`.split(by),
};

/** Reads `!GetAtt a.b` as `{"Fn::GetAtt": "a.b"}`. */
const customTags = Object.keys(functions).flatMap((name) => {
  const tag = name.replace(/^(Fn::)?/, "!");
  const ofList = { tag, collection: "seq", resolve: (list: { toJSON(): unknown }) => ({ [name]: list.toJSON() }) };
  return [{ tag, resolve: (text: string) => ({ [name]: text }) }, ofList];
}) as Tags;

/** The last one: setup sends the same text whenever it plans. */
let read: Readonly<{ body: string; template: Template }> | undefined;

export function parseTemplate(body: string): Template {
  if (read?.body !== body) read = { body, template: parsed(body) };
  return read.template;
}

function parsed(body: string): Template {
  if (!isPrintable(body)) throw invalid("Template format error: unprintable characters are not allowed");
  try {
    const template = parse(withBreaks(body), { customTags }) as Template | null;
    if (template?.Resources) return template;
  } catch (error) {
    throw invalid(`Template format error: YAML not well-formed. (${/line \d+, column \d+/.exec(`${error}`)})`);
  }
  throw invalid("Template format error: At least one Resources member must be defined.");
}

/** Merges given values over defaults. Throws `ValidationError` for missing and unknown parameters. */
export function parametersOf({ Parameters = {} }: Template, given: Pairs): Pairs {
  const unknown = Object.keys(given).filter((name) => !(name in Parameters));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const values = Object.entries(Parameters).map(([name, { Default }]) => {
    const value = given[name] ?? Default;
    if (value === undefined) throw invalid(`Parameters: [${name}] must have values`);
    return [name, `${value}`];
  });
  return Object.fromEntries(values);
}

export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => evaluate(one, scope)).filter((one) => one !== noValue);
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  const [[name = "", argument] = []] = entries;
  if (Object.hasOwn(functions, name)) return functions[name]?.(argument as never, scope);
  const evaluated = entries.map(([key, inner]) => [key, evaluate(inner, scope)] as const);
  return Object.fromEntries(evaluated.filter(([, inner]) => inner !== noValue));
}

/** True if the condition holds, or if there is none. */
export const holds = (name: string | undefined, scope: Scope): boolean =>
  name === undefined || Boolean(evaluate(scope.template.Conditions?.[name], scope));

/** Returns the logical IDs of the resources to create, each after those that it depends on. */
export function ordered(template: Template, values: Pairs): readonly string[] {
  const order = new Set<string>();
  const visit = (id: string): undefined => {
    const { DependsOn = [], Properties, Condition } = template.Resources[id] ?? {};
    const scope = { template, values, resource: visit };
    if (!holds(Condition, scope)) return;
    evaluate(Properties, scope);
    for (const other of [DependsOn].flat()) visit(other);
    order.add(id);
  };
  for (const id of Object.keys(template.Resources)) visit(id);
  return [...order];
}
