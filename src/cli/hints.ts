/** Commands in hints repeat how this one was started, so that they can be typed as they stand. */

/** The flags that lead to the same function. */
export interface Repeated {
  readonly name?: string | undefined;
  readonly stack?: string;
  cluster?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly context?: string;
  readonly allowOtherServer?: boolean;
}

/** In this order, the flags that all commands have, and those of commands for a function. */
const always = ["cluster", "region", "profile", "context", "allowOtherServer"] as const;
const ofFunction = ["name", "stack", ...always] as const;
const taking: Readonly<Record<string, readonly (keyof Repeated)[]>> = {
  setup: ofFunction,
  teardown: ofFunction,
  invoke: ofFunction,
  doctor: ofFunction,
  logs: ["name", "stack", "cluster", "region", "profile"],
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

/** Adds to each command in `text` the flags of `given` that it lacks, and `npx` if this one was started by it. */
export function repeating(given: Repeated, text: string, script: string | undefined = process.argv[1]): string {
  const program = /[\\/]node_modules[\\/]\.bin[\\/]/.test(script ?? "") ? "npx eks-lambda" : "eks-lambda";
  return text.replace(command, (_, name: string, rest: string) => {
    const flags = (taking[name] ?? []).flatMap((key) => flagOf(key, given)).filter((one) => !hasFlag(rest, one));
    return [program, name, ...flags].join(" ") + rest;
  });
}

function flagOf(key: keyof Repeated, given: Repeated): readonly string[] {
  const value = given[key];
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === true) return [flag];
  return typeof value === "string" ? [`${flag} ${quoted(value)}`] : [];
}

const hasFlag = (text: string, flag: string): boolean => text.split(/\s/).includes(flag.split(" ")[0] ?? flag);

const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
