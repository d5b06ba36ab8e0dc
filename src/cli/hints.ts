/** Commands in hints repeat how this one was started, so that they can be typed as they stand. */
import { flagName } from "../core/flag-name.ts";
import { shellWord } from "../core/shell-word.ts";

/** The flags that lead to the same function. */
export interface Repeated {
  name?: string | undefined;
  readonly stack?: string;
  readonly function?: string;
  /** Without it, setup refuses to replace a function of the user's by the stock function. */
  entry?: string | undefined;
  cluster?: string;
  /** Of the cluster that no flag names. */
  readonly clusterName?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly context?: string;
  readonly allowOtherServer?: boolean;
}

/** In this order, the flags that all commands have, and those of commands for a function. */
const always = ["cluster", "region", "profile", "context", "allowOtherServer"] as const;
const ofFunction = ["name", "stack", ...always] as const;
/** They do not connect to the API server, where a context would lead. */
const deployed = ["name", "stack", "function", "cluster", "region", "profile"] as const;
const taking: Readonly<Record<string, readonly (keyof Repeated)[]>> = {
  setup: ["name", "stack", "entry", ...always],
  teardown: ofFunction,
  invoke: deployed,
  doctor: ofFunction,
  logs: deployed,
  list: always,
  grant: always,
  revoke: always,
  export: ofFunction,
  permissions: [...ofFunction].filter((key) => key !== "context" && key !== "allowOtherServer"),
  token: ["cluster", "region", "profile"],
  "aws-auth restore": always,
  sandbox: [],
};

/** A command, and what belongs to it: up to a quote, another command, or a word that ends it. */
const command = new RegExp(
  `\\beks-lambda (${Object.keys(taking).join("|")})\\b((?:(?!\\beks-lambda )[^\\n\`;,])*)`,
  "g",
);

/** This very command, of another version of the package: the last word of a line, and no part of a path. */
const ofVersion = /(?<= )eks-lambda@[\w.+-]+$/gm;

/** A command of the AWS CLI, and what follows it. */
const awsCommand = /\baws (?:cloudformation|ec2|eks|iam|lambda|logs|s3) (?:wait )?[a-z-]+(?=([^\n`;]*))/g;
/** IAM has no regions, and the list of regions is for one that does not exist. */
const withoutRegion = /^aws (?:iam|ec2 describe-regions)\b/;

/** Adds the name and the file of the stack's function to the flags, for hints. Flags that were given stay. */
export function remember(given: Pick<Repeated, "name" | "entry">, { name, entry }: Pick<Repeated, "name" | "entry">) {
  if (!entry) return;
  given.entry ??= entry;
  if (name) given.name ??= name;
}

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
 * Adds to each command in `text` the flags of `given` that it lacks, and what starts it, such as `npx`. Commands of the
 * AWS CLI get region and profile, and `describe-cluster` the cluster's name. The package with a version, eks-lambda@1.2.3,
 * becomes the command that was typed, of that version.
 */
export function repeating(given: Repeated, text: string, by: Started = started()): string {
  const program = programOf(by);
  const lacking = (keys: readonly (keyof Repeated)[], rest: string) =>
    keys.flatMap((key) => flagOf(key, given)).filter((one) => !hasFlag(rest, one));
  const { typed = [] } = by;
  const again = typed.map(shellWord).join(" ");
  const name = typed.find((word) => Object.hasOwn(taking, word)) ?? "";
  return text
    .replace(ofVersion, (version) =>
      [runnersOf(by.agent)[1], version, again, ...lacking(taking[name] ?? [], again)].filter(Boolean).join(" "),
    )
    .replace(command, (_, name: string, rest: string) =>
      [program, name, ...lacking(taking[name] ?? [], rest)].join(" ").concat(rest),
    )
    .replace(awsCommand, (begun, rest: string) =>
      [
        begun,
        ...(begun === "aws eks describe-cluster" ? nameOf(given) : []).filter((one) => !hasFlag(rest, one)),
        ...lacking(withoutRegion.test(begun) ? ["profile"] : ["region", "profile"], rest),
      ].join(" "),
    );
}

/** What needs no name in the core's hints gets it here: the function's bundle stays small. */
const nameOf = ({ cluster, clusterName = cluster }: Repeated): readonly string[] =>
  clusterName === undefined ? [] : [`--name ${shellWord(clusterName)}`];

function flagOf(key: keyof Repeated, given: Repeated): readonly string[] {
  const value = given[key];
  const flag = flagName(key);
  if (value === true) return [flag];
  return typeof value === "string" ? [`${flag} ${shellWord(value)}`] : [];
}

const hasFlag = (text: string, flag: string): boolean => text.split(/\s/).includes(flag.split(" ")[0] ?? flag);
