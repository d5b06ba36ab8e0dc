/** Templates: YAML with CloudFormation's short tags, the SAM transform of one type, and the intrinsic functions. */
import { parse, type Tags, YAMLParseError } from "yaml";
import { AwsError } from "../aws/error.ts";
import type { Data } from "../state.ts";

export type Pairs = Readonly<Record<string, string>>;
type Named<T> = Readonly<Record<string, T>>;
type Parameter = { Default?: string | number; AllowedPattern?: string; AllowedValues?: unknown[]; MaxLength?: number };
type Declared = { Type: string; Condition?: string; DependsOn?: string | string[]; Properties?: Data };
type Output = { Value: unknown; Condition?: string };
type Sections = { Transform: string; Parameters: Named<Parameter>; Conditions: Data; Outputs: Named<Output> };
export type Template = { readonly Resources: Named<Declared> } & Readonly<Partial<Sections>>;

/** What intrinsic functions look up. `resource` is `Ref` without an attribute and `GetAtt` with one. */
export interface Scope {
  readonly template: Template;
  readonly values: Pairs;
  resource(logicalId: string, attribute?: string): unknown;
}

export const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

const shortTags = ["Ref", "Condition", "GetAtt", "Sub", "If", "Equals", "Not", "And", "Or", "Join", "Select", "Split"];
const long = (name: string, value: unknown): Data =>
  /^(Ref|Condition)$/.test(name) ? { [name]: value } : { [`Fn::${name}`]: value };
const customTags = shortTags.flatMap((name) =>
  [{}, { collection: "seq" }, { collection: "map" }].map((collection) => ({
    tag: `!${name}`,
    ...collection,
    resolve: (node: string | { toJSON(): unknown }) => long(name, typeof node === "string" ? node : node.toJSON()),
  })),
) as Tags;

export function parseTemplate(body: string): Template {
  try {
    const template = parse(body, { customTags }) as Template | null;
    if (!template?.Resources) throw new Error("At least one Resources member must be defined.");
    return template;
  } catch (error) {
    const { line, col } = (error instanceof YAMLParseError && error.linePos?.[0]) || {};
    const place = `YAML not well-formed. (line ${line}, column ${col})`;
    throw invalid(`Template format error: ${line ? place : (error as Error).message}`);
  }
}

/** Makes of each `AWS::Serverless::Function` that has inline code and a role the `AWS::Lambda::Function` that it is. */
export function transform(template: Template): Template {
  const entries = Object.entries(template.Resources).map(([id, resource]) => {
    const { InlineCode: ZipFile, ...properties } = resource.Properties ?? {};
    if (resource.Type !== "AWS::Serverless::Function") return [id, resource];
    const why = `Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [${id}] is invalid. 'InlineCode' is missing`;
    if (!ZipFile || !template.Transform) throw invalid(`Transform AWS::Serverless-2016-10-31 failed with: ${why}`);
    return [id, { ...resource, Type: "AWS::Lambda::Function", Properties: { ...properties, Code: { ZipFile } } }];
  });
  return { ...template, Resources: Object.fromEntries(entries) };
}

/** Given values over defaults. Throws `ValidationError` for those that are missing, unknown or not allowed. */
export function parametersOf({ Parameters = {} }: Template, given: Pairs): Pairs {
  const unknown = Object.keys(given).filter((name) => !(name in Parameters));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing = Object.keys(Parameters).filter((name) => (given[name] ?? Parameters[name]?.Default) === undefined);
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(", ")}] must have values`);
  const checked = ([name, { Default, AllowedPattern = "[^]*", AllowedValues, MaxLength }]: [string, Parameter]) => {
    const value = given[name] ?? String(Default);
    const matches = new RegExp(`^(?:${AllowedPattern})$`).test(value);
    if (!matches) throw invalid(`Parameter '${name}' must match pattern ${AllowedPattern}`);
    if (AllowedValues && !AllowedValues.map(String).includes(value))
      throw invalid(`Parameter '${name}' must be one of AllowedValues`);
    if (MaxLength && value.length > MaxLength)
      throw invalid(`Parameter '${name}' must contain at most ${MaxLength} characters`);
    return [name, value];
  };
  return Object.fromEntries(Object.entries(Parameters).map(checked));
}

const noValue = Symbol("AWS::NoValue");

/** The value of `Ref: name`, or of `GetAtt` when it is `name.attribute`. */
const reference = (name: string, { values, resource }: Scope): unknown =>
  name === "AWS::NoValue" ? noValue : (values[name] ?? resource(...(name.split(/\.(.*)/) as [string, string?])));

const functions: Named<(argument: never, scope: Scope) => unknown> = {
  Ref: reference,
  Condition: (name: string, scope) => holds(name, scope),
  "Fn::GetAtt": (name: string | string[], scope) => reference([name].flat().join("."), scope),
  "Fn::Sub": (text: string, scope) =>
    text.replace(/\$\{([^}!]+)\}/g, (_, name: string) => String(reference(name, scope))).replaceAll("${!", "${"),
  "Fn::If": ([name, yes, no]: [string, unknown, unknown], scope) => evaluate(holds(name, scope) ? yes : no, scope),
  "Fn::Equals": (pair: unknown[], scope) => new Set(pair.map((one) => String(evaluate(one, scope)))).size === 1,
  "Fn::Not": ([one]: [unknown], scope) => !evaluate(one, scope),
  "Fn::And": (all: unknown[], scope) => all.every((one) => evaluate(one, scope)),
  "Fn::Or": (all: unknown[], scope) => all.some((one) => evaluate(one, scope)),
  "Fn::Join": ([by, parts]: [string, unknown], scope) => (evaluate(parts, scope) as string[]).join(by),
  "Fn::Split": ([by, text]: [string, unknown], scope) => String(evaluate(text, scope)).split(by),
  "Fn::Select": ([index, list]: [number, unknown], scope) => (evaluate(list, scope) as unknown[])[Number(index)],
};

export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one) => evaluate(one, scope)).filter((one) => one !== noValue);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const run = entries.length === 1 ? functions[entries[0]?.[0] ?? ""] : undefined;
  if (run) return run(entries[0]?.[1] as never, scope);
  const evaluated = entries.map(([key, inner]) => [key, evaluate(inner, scope)] as const);
  return Object.fromEntries(evaluated.filter(([, inner]) => inner !== noValue));
}

/** Is the condition of that name true? None is. */
export const holds = (name: string | undefined, scope: Scope): boolean =>
  name === undefined || Boolean(evaluate(scope.template.Conditions?.[name], scope));

/** The logical ids whose conditions hold, each behind those that it needs. Throws `ValidationError`. */
export function ordered(template: Template, values: Pairs): readonly string[] {
  const order = new Set<string>();
  const visit = (id: string, path: readonly string[] = []) => {
    const { DependsOn = [], Properties, Condition, Type } = template.Resources[id] ?? {};
    if (!Type)
      throw invalid(
        `Template format error: Unresolved resource dependencies [${id}] in the Resources block of the template`,
      );
    if (path.includes(id)) throw invalid(`Circular dependency between resources: [${path.join(", ")}]`);
    const need = (other: string) => visit(other, [...path, id]);
    const scope = { template, values, resource: need };
    if (!holds(Condition, scope)) return;
    evaluate(Properties, scope);
    for (const other of [DependsOn].flat()) need(other);
    order.add(id);
  };
  for (const id of Object.keys(template.Resources)) visit(id);
  return [...order];
}
