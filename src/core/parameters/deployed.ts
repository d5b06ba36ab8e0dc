/** What a stack keeps, read once by the table of settings, and written again. */
import type { Pairs } from "../aws/cloudformation.ts";
import { option } from "../command.ts";
import { defaultUsername, functionName, rbacNameFor, stackName } from "../stack/names.ts";
import {
  flagName,
  type KeptName,
  kept,
  names,
  type OptionName,
  optionNames,
  type RuledName,
  ruled,
  type Setting,
  type SettingName,
  settings,
} from "./settings.ts";
import { separator } from "./texts.ts";

type ValueOf<K extends SettingName> = (typeof settings)[K] extends { readonly parse: (text: string) => infer T }
  ? T
  : (typeof settings)[K] extends { readonly flag: { readonly values: readonly (infer V)[] } }
    ? V
    : string;

/** The stack's parameters, read: a value for each setting that it keeps. */
export type Deployed = { readonly [K in KeptName]: ValueOf<K> };
export type Options = Pick<Deployed, OptionName>;

/** What decides the names that nobody chose. */
export interface Place {
  readonly cluster: string;
  readonly region: string;
  readonly name: string | undefined;
  /** The function only creates Deployments. */
  readonly onlyCreates: boolean;
}

const ofFunction = ({ cluster, region, name }: Place) => functionName(cluster, region, name);
const derived: Partial<Record<SettingName, (place: Place) => string>> = {
  cluster: ({ cluster }) => cluster,
  stack: ({ cluster, name }) => stackName(cluster, name),
  functionName: ofFunction,
  roleName: ofFunction,
  username: ({ name }) => defaultUsername(name),
  rbacName: ({ cluster, name, onlyCreates }) => rbacNameFor(cluster, name, onlyCreates),
};

const settingOf = (name: SettingName): Setting => settings[name];

/** The text of a setting that nobody chose. */
const initialOf = (name: SettingName, place: Place | undefined): string =>
  (place && derived[name]?.(place)) ?? settingOf(name).initial ?? "";

/** The value of a setting that has this text, in a flag or a stack. */
export const parsed = <K extends SettingName>(name: K, text: string): ValueOf<K> =>
  (settingOf(name).parse ?? String)(text) as ValueOf<K>;

const written = (name: SettingName, value: unknown): string => (settingOf(name).write ?? String)(value as never);

/** One value of a stack that is not read as a whole. An empty parameter is not set. */
export const fieldOf = <K extends KeptName>(name: K, parameters: Pairs = {}, place?: Place): ValueOf<K> =>
  parsed(name, parameters[settings[name].parameter] || initialOf(name, place));

/** Throws `InvalidNeed`. */
export function deployedIn(parameters: Pairs, { cluster, region }: Pick<Place, "cluster" | "region">): Deployed {
  const onlyCreates = fieldOf("entry", parameters) === undefined;
  return chosenBy({}, parameters, { cluster, region, name: fieldOf("name", parameters), onlyCreates });
}

/** What flags say. `undefined`: as the stack has it. `null`: as if never chosen. */
export type Chosen = {
  readonly [K in RuledName]:
    | ValueOf<K>
    | ((typeof settings)[K] extends { readonly emptied: true } ? null : never)
    | undefined;
};

/** The values of flags, or else of the stack, or else the defaults. */
export function chosenBy(given: Partial<Chosen>, parameters: Pairs | undefined, place: Place): Deployed {
  const told: Partial<Readonly<Record<KeptName, unknown>>> = given;
  const chosen = (name: KeptName) =>
    told[name] === undefined ? fieldOf(name, parameters, place) : (told[name] ?? fieldOf(name, {}, place));
  return Object.fromEntries(kept.map((name) => [name, chosen(name)])) as unknown as Deployed;
}

/** As the stack keeps them. Throws `TooManyRights`. */
export const parametersOf = (values: Partial<Deployed>): Pairs =>
  Object.fromEntries(
    kept.flatMap((name) => (name in values ? [[settings[name].parameter, written(name, values[name])]] : [])),
  );

/** The variables that the function gets by its parameters. */
export const variablesOf = (values: Deployed): Pairs =>
  Object.fromEntries(
    kept.flatMap((name) => {
      const { variable } = settingOf(name);
      return variable === undefined ? [] : [[variable, written(name, values[name])]];
    }),
  );

/** The names of the values that differ from those before. */
export const changed = (before: Deployed, now: Partial<Deployed>): readonly KeptName[] =>
  kept.filter((name) => name in now && written(name, now[name]) !== written(name, before[name]));

/** CloudFormation replaces a resource whose name changes, and deletes the old one with all that it has. */
export const renameWarnings = (before: Deployed, now: Partial<Deployed>): readonly string[] =>
  changed(before, now).flatMap((name) => settingOf(name).renamed?.(String(now[name]), String(before[name])) ?? []);

/** The options that differ from their defaults, in words. */
export const showOptions = (options: Options): readonly string[] =>
  optionNames.flatMap((name) => {
    const text = written(name, options[name]);
    return text === initialOf(name, undefined) ? [] : [settings[name].shown(text)];
  });

type Made = Partial<Deployed> & { readonly stack?: string };

/** The flags with which a command names or makes what has these values. */
export const flagsFrom = (command: "setup" | "teardown", values: Made, place: Place): readonly string[] =>
  names.flatMap((name) => {
    const { flag, isPrivate } = settingOf(name);
    if (!(name in values) || isPrivate || !flag?.in.includes(command)) return [];
    const text = written(name, values[name as keyof Made]);
    if (text === initialOf(name, place)) return [];
    return flag.takes?.endsWith("...>") ? [flagName(name), ...text.split(separator)] : option(flagName(name), text);
  });

/** The flags that take back those that were given, by the values before. */
export const flagsBack = (given: Chosen, before: Deployed): readonly string[] =>
  ruled.flatMap((name) => {
    if (given[name] === undefined || !(name in before)) return [];
    const was = written(name, before[name as keyof Deployed]);
    return given[name] !== null && written(name, given[name]) === was ? [] : option(flagName(name), was);
  });
