/** What a command is, as data. Help, completion and suggestions come from it. */
import { Command, Help, Option } from "commander";
import type { Code } from "../core/codes.ts";
import type { Hint } from "../core/command.ts";
import { type FlagGroup, flagGroups, flagName } from "../core/parameters/settings.ts";
import { type CommandName, type FlagRow, type FlagsOf, flagTable, namesOf, rowsOf, type Table } from "./flag-table.ts";
import { idleFlag } from "./idle-flags.ts";

/** Wrong usage, found before a command is loaded. main.ts shows it like every other error, with exit code 2. */
export class Misuse extends Error {
  readonly code: Code;
  readonly hint: Hint;

  constructor(code: Code, message: string, hint: Hint) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export const commandGroups = ["Set up", "Use", "Without setup", "More"] as const;

interface Told<C extends CommandName> {
  readonly description: string;
  readonly group: (typeof commandGroups)[number];
  /** A mistyped command is taken for one that writes only if a single letter is wrong. */
  readonly effect: "reads" | "writes";
  /** Words for which to suggest this command. */
  readonly alsoCalled?: readonly string[];
  /** `[time]`, and what it is. */
  readonly arguments?: readonly (readonly [name: string, description: string])[];
  /** The flags that `--help` shows, if a command has many; `--help --all` shows the others, and the examples with them. */
  readonly often?: readonly (keyof FlagsOf<C> & string)[];
  /** How many words it takes, if more than its arguments. */
  readonly mostWords?: number;
  /** What the flags cannot say. */
  readonly note?: string;
  /** One for each use: what it is for, and the command. */
  readonly examples: readonly (readonly [purpose: string, command: string])[];
  readonly run: (flags: FlagsOf<C>, words: readonly string[]) => Promise<void>;
}

export interface Definition extends Omit<Told<CommandName>, "often" | "run"> {
  /** `setup`, or a command and its subcommand: `aws-auth restore`. */
  readonly name: CommandName;
  readonly flags: Readonly<Partial<Record<FlagGroup, readonly FlagRow[]>>>;
  /** `--cluster`, `--yes`; without it, all. */
  readonly often?: readonly string[] | undefined;
  readonly run: (parsed: Command) => Promise<void>;
}

export function define<C extends CommandName>(name: C, { run, often, ...told }: Told<C>): Definition {
  const table: Table = flagTable[name];
  return {
    name,
    ...told,
    often: often?.map(flagName),
    flags: Object.fromEntries(flagGroups.map((group) => [group, rowsOf(table[group] ?? {})])),
    async run(parsed) {
      const flags = parsed.opts<FlagsOf<C>>();
      const idle = idleFlag(name, flags);
      if (idle) throw new Misuse("FlagWithoutEffect", idle.message, String(idle.hint));
      await run(flags, parsed.args);
    },
  };
}

/** The last word of a command's name. */
export const lastWord = ({ name }: Definition): string => name.split(" ").at(-1) ?? name;

/** Its help has all flags, or only those of `often`. */
export function commandOf(definition: Definition, all: boolean): Command {
  const { description, arguments: words = [], flags, note, examples, run } = definition;
  const often = all ? undefined : definition.often;
  const isShown = (flag: string) => !often || often.includes(flag);
  const command = new Command(lastWord(definition)).description(description).allowExcessArguments();
  for (const [name, what] of words) command.argument(name, what);
  for (const group of flagGroups) {
    command.optionsGroup(`${group}:`);
    for (const row of flags[group] ?? [])
      command.addOption(new Option(row[0], row[1]).hideHelp(!namesOf(row).some(isShown)));
  }
  const told = examples
    .filter(([, example]) => (example.match(/(?<= )--[a-z-]+/g) ?? []).every(isShown))
    .map(([purpose, example]) => `  # ${purpose}\n  $ ${broken(example, process.stdout.columns)}`);
  return command
    .helpOption("-h, --help", definition.often ? "Show this help; --all shows every flag" : "Show this help")
    .addHelpText("after", `\n${note ? `${inLines(note)}\n\n` : ""}Examples:\n${told.join("\n\n")}`)
    .action(() => run(command));
}

/** Leaves the last column free: some terminals begin a new line after it. */
export const helpWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : 81) - 1;

/** A paragraph of a help page. */
export const inLines = (text: string): string =>
  Object.assign(new Help(), { minWidthToWrap: 20 }).boxWrap(text, helpWidth());

/** Breaks a command between its words, as a shell can read it, where it is wider than the terminal. */
function broken(command: string, columns = Number.POSITIVE_INFINITY): string {
  const rows: string[] = [""];
  for (const word of command.match(/(?:'[^']*'|\S)+/g) ?? []) {
    const longer = `${rows.at(-1)} ${word}`.trimStart();
    if (longer.length + 8 <= columns || rows.at(-1) === "") rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return rows.join(" \\\n      ");
}
