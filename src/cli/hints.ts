/** Commands in hints repeat how this one was started, so that they can be typed as they stand. */
import { Advice, allQuoted, Command, type Hint, option, partsOf, quoted } from "../core/command.ts";
import { flagName } from "../core/parameters/settings.ts";
import { type CommandName, type Flags, flagTable, hasFlag } from "./flag-table.ts";

/** The flags that lead to the same function, which each command that has them repeats, in this order. */
const leading = [
  "name",
  "stack",
  "function",
  // Without it, setup refuses to replace a function of the user's by the stock function.
  "entry",
  "cluster",
  "region",
  "profile",
  "context",
  "allowOtherServer",
] as const;
/** Flags of that name with another meaning, or none without one more. */
const others: Partial<Record<CommandName, readonly string[]>> = {
  invoke: ["entry", "context", "allowOtherServer"],
  sandbox: leading,
};

const isCommand = (name: string): name is CommandName => Object.hasOwn(flagTable, name);

/** What a run finds out in addition to its flags. */
interface Learned {
  readonly name?: string | undefined;
  readonly entry?: string | undefined;
  /** The answer at a prompt. */
  readonly cluster?: string;
  /** However the cluster was chosen: commands of the AWS CLI name it. */
  readonly clusterName?: string;
}

const learned = new WeakMap<Flags, Learned>();

/** Keeps for hints what this run has found out. */
export const learn = (flags: Flags, more: Learned): unknown => learned.set(flags, { ...learned.get(flags), ...more });

/** The name and the file of the stack's function. */
export function learnFunction(flags: Flags, { name, entry }: Pick<Learned, "name" | "entry">): void {
  if (entry) learn(flags, { entry, ...(name && { name }) });
}

/** Flags count more. */
const known = (flags: Flags): Omit<Flags, keyof Learned> & Learned => ({ ...learned.get(flags), ...flags });

/** Commands of the AWS CLI whose service has a region, or at least takes the profile. */
const awsServices = /^(cloudformation|ec2|eks|iam|lambda|logs|s3)$/;
/** IAM has no regions, and the list of regions is for one that does not exist. */
const withoutRegion = /^aws (iam|ec2 describe-regions)\b/;

/** How this process was started. */
export interface Started {
  /** `process.argv[1]`: a link in `node_modules/.bin`, or the file in the package that a script there runs. */
  readonly script: string | undefined;
  /** `npm_config_user_agent`, which package managers set: `pnpm/10.4.1 npm/? node/v22.14.0 linux x64`. */
  readonly agent: string | undefined;
  /** The command with its flags. */
  readonly typed?: readonly string[];
}

const started = (): Started => ({
  script: process.argv[1],
  agent: process.env.npm_config_user_agent,
  typed: process.argv.slice(2),
});

/** The words before `eks-lambda`: of a project's own version, and of one that was fetched for this run. */
const runners: Readonly<Record<string, readonly [string, string]>> = {
  npm: ["npx", "npx"],
  pnpm: ["pnpm exec", "pnpm dlx"],
  yarn: ["yarn", "yarn dlx"],
  bun: ["bunx", "bunx"],
};

const managerOf = (agent = ""): string => /^\w+/.exec(agent)?.[0] ?? "";
const runnersOf = (agent: string | undefined) => runners[managerOf(agent)] ?? (["npx", "npx"] as const);

/** Returns `npx eks-lambda` for a command that npx started, and likewise for other package managers. */
function programOf({ script = "", agent }: Started): string {
  const path = script.replaceAll("\\", "/");
  const isLinked = path.includes("/node_modules/.bin/");
  if (!isLinked && !(managerOf(agent) && path.includes("/node_modules/eks-lambda/"))) return "eks-lambda";
  const [own, fetched] = runnersOf(agent);
  return `${/\/dlx(-[^/]+)?\//.test(path) ? fetched : own} eks-lambda`;
}

/**
 * Adds to each command in `hint` the flags of `given` that it lacks, and what starts it, such as `npx`. Commands of the
 * AWS CLI get region and profile, and `describe-cluster` the cluster's name. The package with a version, eks-lambda@1.2.3,
 * becomes the command that was typed, of that version.
 */
export function repeating(given: Flags, hint: Hint, by: Started = started()): Advice {
  return withCommands(hint, (one) => completed(given, one, by));
}

const withCommands = (hint: Hint, change: (one: Command) => Command): Advice =>
  new Advice(partsOf(hint).map((part) => (typeof part === "string" ? part : change(part))));

/** The hint with other words in its commands. */
export const withWords = (hint: Hint, change: (word: string, before: string) => string): Advice =>
  withCommands(hint, ({ words }) => new Command(words.map((one, at) => change(String(one), String(words[at - 1])))));

/** As `repeating`, for one command. */
export function completed(given: Flags, { words }: Command, by: Started = started()): Command {
  const all = words.map((word) => (typeof word === "string" ? word : completed(given, word, by)));
  const [first, second = "", third = ""] = all.map(String);
  if (first === "eks-lambda") {
    const name = [`${second} ${third}`, second].find(isCommand);
    const begun = 1 + (name?.split(" ").length ?? 0);
    return new Command([
      programOf(by),
      ...all.slice(1, begun),
      ...lacking(flagsFor(name, given), all),
      ...all.slice(begun),
    ]);
  }
  if (first?.startsWith("eks-lambda@") && all.length === 1) {
    const { typed = [], agent } = by;
    const name = typed.find(isCommand);
    const again = typed.map((word) => quoted(word));
    return new Command([runnersOf(agent)[1], first, ...again, ...lacking(flagsFor(name, given), again)]);
  }
  if (first !== "aws" || !awsServices.test(second)) return new Command(all);
  const begun = third === "wait" ? 4 : 3;
  const command = all.slice(0, begun).join(" ");
  const keys = withoutRegion.test(command) ? (["profile"] as const) : (["region", "profile"] as const);
  const flags = [
    ...(command === "aws eks describe-cluster" ? nameOf(given) : []),
    ...keys.flatMap((key) => flagOf(key, given)),
  ];
  return new Command([...all.slice(0, begun), ...lacking(flags, all), ...all.slice(begun)]);
}

/** True if the hint has this command of ours. */
export const names = (hint: Hint, name: string): boolean =>
  repeating({}, hint).parts.some((part) => typeof part !== "string" && part.words[1] === name);

/** What needs no name in the core's hints gets it here: the function's bundle stays small. */
function nameOf(given: Flags): readonly string[] {
  const { cluster, clusterName = cluster } = known(given);
  return clusterName === undefined ? [] : [allQuoted(option("--name", clusterName))];
}

const flagsFor = (name: CommandName | undefined, given: Flags): readonly string[] =>
  leading
    .filter((key) => name && hasFlag(name, key) && !others[name]?.includes(key))
    .flatMap((key) => flagOf(key, given));

function flagOf(key: (typeof leading)[number], given: Flags): readonly string[] {
  const value = known(given)[key];
  const flag = flagName(key);
  if (value === true) return [flag];
  return typeof value === "string" ? [allQuoted(option(flag, value))] : [];
}

/** The flags, each with its value, that the command does not have. */
const lacking = (flags: readonly string[], words: readonly (string | Command)[]): readonly string[] => {
  const has = new Set(words.map((word) => String(word).split(/[ =]/)[0]));
  return flags.filter((flag) => !has.has(flag.split(/[ =]/)[0]));
};
