/** Templates: YAML with CloudFormation's short tags, parameters, and the intrinsic functions that our templates use. */
import { parse, type Tags } from "yaml";
import { awsError } from "../aws/refusal.ts";
import type { Data, Pairs, Resource } from "../model.ts";
import { isPrintable, withBreaks } from "../yaml.ts";

type Named<T> = Readonly<Record<string, T>>;
type Policies = Partial<Record<"DeletionPolicy" | "UpdateReplacePolicy", string>>;
type Declared = { Type: string; Condition?: string; DependsOn?: string | string[]; Properties?: Data } & Policies;
type Sections = Partial<Record<"Parameters" | "Mappings" | "Conditions" | "Outputs", Named<Data>>> & {
  Transform?: string;
};
export type Template = Readonly<{ Resources: Named<Declared> } & Sections>;

/** What intrinsic functions can refer to. */
export type Scope = Readonly<{
  template: Template;
  values: Pairs;
  resource: (id: string) => Resource | undefined;
  /** The value of another stack's export. Throws if there is none. */
  exported?: (name: string) => string;
  /** May throw for an attribute that a resource lacks. */
  missing?: (resource: Resource, attribute: string) => void;
}>;

export const invalid = (message: string) => awsError("ValidationError", message);
const noValue = Symbol("AWS::NoValue");

/** Returns the value of `Ref: name` or `GetAtt: name.attribute`. */
function reference(path: string | readonly string[], { values, resource, missing }: Scope): unknown {
  const [name = "", attribute] = (typeof path === "string" ? path : path.join(".")).split(/\.(.*)/);
  if (name === "AWS::NoValue") return noValue;
  if (values[name] !== undefined) return values[name];
  const found = resource(name);
  if (!attribute || !found) return found?.name;
  if (found.attributes[attribute] === undefined) missing?.(found, attribute);
  return found.attributes[attribute];
}

/** To add a function, add an entry. It gets a short tag, too. */
const functions: Named<(argument: never, scope: Scope) => unknown> = {
  Ref: reference,
  Condition: (name: string, scope) => holds(name, scope),
  "Fn::GetAtt": reference,
  "Fn::Sub"(given: string | [string, Named<unknown>], scope) {
    const [text, own] = typeof given === "string" ? [given, {}] : given;
    return text.replace(/\$\{(!?)(.+?)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      return `${Object.hasOwn(own, name) ? evaluate(own[name], scope) : reference(name, scope)}`;
    });
  },
  "Fn::If": ([name, yes, no]: [string, unknown, unknown], scope) => evaluate(holds(name, scope) ? yes : no, scope),
  "Fn::Equals": (pair: unknown[], scope) => new Set(pair.map((one) => `${evaluate(one, scope)}`)).size === 1,
  "Fn::Not": ([one]: [unknown], scope) => !evaluate(one, scope),
  "Fn::And": (all: unknown[], scope) => all.every((one) => evaluate(one, scope)),
  "Fn::Or": (all: unknown[], scope) => all.some((one) => evaluate(one, scope)),
  "Fn::Join": ([by, list]: [string, unknown], scope) => [evaluate(list, scope)].flat().join(by),
  "Fn::Select": ([at, list]: [unknown, unknown], scope) => [evaluate(list, scope)].flat()[Number(evaluate(at, scope))],
  "Fn::FindInMap": (keys: unknown[], scope) =>
    keys.reduce((map: unknown, key) => (Object(map) as Data)[`${evaluate(key, scope)}`], scope.template.Mappings),
  "Fn::Base64": (text: unknown, scope) => btoa(`${evaluate(text, scope)}`),
  "Fn::GetAZs": (_: unknown, { values }) => ["a", "b", "c"].map((zone) => `${values["AWS::Region"]}${zone}`),
  "Fn::ImportValue": (name: unknown, scope) => scope.exported?.(`${evaluate(name, scope)}`),
  "Fn::Split": ([by, text]: [string, unknown], scope) => `${evaluate(text, scope)}`.split(by),
};

/** Reads `!GetAtt a.b` as `{"Fn::GetAtt": "a.b"}`. */
const customTags = Object.keys(functions).flatMap((name) => {
  const tag = name.replace(/^(Fn::)?/, "!");
  const resolve = (nested: { toJSON(): unknown }) => ({ [name]: nested.toJSON() });
  const nested = ["seq", "map"].map((collection) => ({ tag, collection, resolve }));
  return [{ tag, resolve: (text: string) => ({ [name]: text }) }, ...nested];
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

/** The account is bootstrapped for CDK, and has no other parameters in SSM. Only the template's rules use this one. */
const bootstrapVersion = /^\/cdk-bootstrap\/\w+\/version$/;

/** Merges given values over defaults. Throws `ValidationError` for missing and unknown parameters. */
export function parametersOf({ Parameters = {} }: Template, given: Pairs): Pairs {
  const unknown = Object.keys(given).filter((name) => !(name in Parameters));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const values = Object.entries(Parameters).map(([name, { Default, Type }]) => {
    const value = given[name] ?? Default;
    if (value === undefined) throw invalid(`Parameters: [${name}] must have values`);
    if (/^AWS::SSM::Parameter::/.test(`${Type}`) && !bootstrapVersion.test(`${value}`))
      throw invalid(`Unable to fetch parameters [${value}] from parameter store for this account.`);
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
export const ordered = (template: Template, values: Pairs): readonly string[] => [...needsOf(template, values).keys()];

/** The logical IDs that each resource depends on, itself depending on those before it. */
export function needsOf(template: Template, values: Pairs): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map<string, ReadonlySet<string>>();
  const visit = (id: string): undefined => {
    if (needs.has(id)) return;
    const { DependsOn = [], Properties, Condition } = template.Resources[id] ?? {};
    const own = new Set<string>();
    const resource = (other: string): undefined => {
      own.add(other);
      visit(other);
    };
    const scope = { template, values, resource };
    if (!holds(Condition, scope)) return;
    evaluate(Properties, scope);
    [DependsOn].flat().forEach(resource);
    needs.set(id, own);
  };
  for (const id of Object.keys(template.Resources)) visit(id);
  return needs;
}

/** The names of the exports that a template imports. */
export function importsOf(template: Template, values: Pairs): readonly string[] {
  const names = new Set<string>();
  const exported = (name: string): string => {
    names.add(name);
    return "";
  };
  const scope = { template, values, resource: () => undefined, exported };
  for (const id of ordered(template, values)) evaluate(template.Resources[id]?.Properties, scope);
  for (const { Value } of Object.values(template.Outputs ?? {})) evaluate(Value, scope);
  return [...names];
}
