/** The recipes in docs/recipes.md, as a person uses them: their commands, and their templates with parameters. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { inputOf, matches, type Target } from "./eventbridge.ts";
import { repositoryFile } from "./run.ts";

// biome-ignore lint/suspicious/noExplicitAny: properties of resources of many types
type Properties = Readonly<Record<string, any>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}
export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default?: string; readonly AllowedPattern?: string }>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}
type Parameters = Readonly<Record<string, string>>;

const pseudo = {
  "AWS::Partition": "aws",
  "AWS::Region": "us-east-1",
  "AWS::AccountId": "123456789012",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "recipe",
};

const read = (path: string): Promise<string> => readFile(repositoryFile(path), "utf8");

export const readPage = (): Promise<string> => read("docs/recipes.md");

/** A template with its functions resolved. A resource's name stands for what CloudFormation gives it. */
export async function readTemplate(name: string, given: Parameters = {}): Promise<Template> {
  const text = await read(`docs/recipes/${name}.yml`);
  const { Parameters, Resources } = parse(text, { customTags: tags((key) => `<${key}>`) }) as Template;
  const defaults = Object.entries(Parameters).map(([key, { Default }]) => [key, given[key] ?? Default]);
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(Parameters, key));
  if (unknown.length > 0) throw new Error(`${name} has no parameter ${unknown.join(", ")}`);
  const values: Readonly<Record<string, string | undefined>> = { ...pseudo, ...Object.fromEntries(defaults) };
  const resolved = (key: string): string => {
    if (Object.hasOwn(values, key)) return values[key] ?? `<${key}>`;
    const [resource = ""] = key.split(".");
    if (Object.hasOwn(Resources, resource)) return key;
    throw new Error(`${name} refers to ${key}, which it does not have`);
  };
  return parse(text, { customTags: tags(resolved) }) as Template;
}

const tags = (value: (key: string) => string) => [
  { tag: "!Ref", resolve: value },
  { tag: "!GetAtt", resolve: value },
  { tag: "!Sub", resolve: (text: string) => text.replace(/\$\{([^}]+)\}/g, (_, key: string) => value(key)) },
];

export const resourcesOf = ({ Resources }: Template, type: string): readonly Properties[] =>
  Object.values(Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));

/** What a template's rule sends to its target for an event; `undefined` if the event does not match. */
export function sentBy(template: Template, event: unknown): unknown {
  const [rule] = resourcesOf(template, "AWS::Events::Rule");
  if (!rule || !matches(rule.EventPattern, event)) return undefined;
  const [target] = rule.Targets as readonly Target[];
  return inputOf(target ?? {}, event);
}

/** The flags of `setup` by the function's `--name`, as the page has them. */
export const setupFlags = (page: string): ReadonlyMap<string, string> =>
  new Map(
    [...page.matchAll(/^eks-lambda setup (--name (\S+) .*)$/gm)].map(([, flags = "", name = ""]) => [name, flags]),
  );
