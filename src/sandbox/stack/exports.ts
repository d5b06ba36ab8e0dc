/**
 * Outputs of a stack, and those that other stacks import.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
import type { Data, Pairs, Resource } from "../model.ts";
import type { World } from "../state.ts";
import type { Stack } from "./model.ts";
import { evaluate, holds, invalid, type Scope, type Template } from "./template.ts";

/** Throws if no stack exports this. */
export function exportNamed({ state }: World, name: string): string {
  const found = state.stacks.find(({ exports }) => Object.hasOwn(exports, name));
  if (!found) throw invalid(`No export named ${name} found.`);
  return found.exports[name] ?? "";
}

export const importersOf = ({ state }: World, name: string): readonly string[] =>
  state.stacks.filter(({ imports }) => imports.includes(name)).map((stack) => stack.name);

/** A custom resource's attributes that its answer called secret. */
const masked = (one: Resource): Resource => ({
  ...one,
  attributes: Object.fromEntries(Object.keys(one.attributes).map((name) => [name, "*****"])),
});

export function outputsOf(template: Template, given: Scope): Pick<Stack, "outputs" | "exports"> {
  const resource = (id: string) => {
    const found = given.resource(id);
    return found?.noEcho ? masked(found) : found;
  };
  const scope = { ...given, resource };
  const shown = Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) =>
    holds(Condition as string | undefined, scope),
  );
  const named = shown.flatMap(([, { Value, Export }]) =>
    Export ? [[`${evaluate((Export as Data).Name, scope)}`, `${evaluate(Value, scope)}`]] : [],
  );
  const outputs = Object.fromEntries(shown.map(([name, { Value }]) => [name, `${evaluate(Value, scope)}`]));
  return { outputs, exports: Object.fromEntries(named) };
}

/** Throws if the stack would take an export's name from another, or change or remove one that is in use. */
export function refuseExports(world: World, stack: Stack, exports: Pairs): void {
  for (const name of Object.keys(exports)) {
    const other = world.state.stacks.find((one) => one !== stack && Object.hasOwn(one.exports, name));
    if (other) throw invalid(`Export with name ${name} is already exported by stack ${other.name}`);
  }
  for (const [name, value] of Object.entries(stack.exports)) {
    const users = importersOf(world, name);
    if (users.length > 0 && exports[name] !== value)
      throw invalid(inUse(name in exports ? "update" : "delete", name, users));
  }
}

const inUse = (verb: "update" | "delete", name: string, users: readonly string[]): string =>
  `Cannot ${verb} export ${name} as it is in use by ${users.join(", ")}`;

/** Why the stack cannot be deleted, if one of its exports is in use. Source: aws-cdk, issues 604 and 33395 */
export function heldExport(world: World, stack: Stack): string | undefined {
  for (const name of Object.keys(stack.exports)) {
    const users = importersOf(world, name);
    if (users.length > 0) return `Delete canceled. ${inUse("delete", name, users)}.`;
  }
  return undefined;
}
