/** What a command is, as data. Help, completion and suggestions come from it. */
import { Command, Option } from "commander";
import type { Code } from "../core/codes.ts";
import type { Hint } from "../core/command.ts";
import { type FlagGroup, flagGroups } from "../core/parameters/settings.ts";
import { type CommandName, type FlagRow, type FlagsOf, flagTable, rowsOf, type Table } from "./flag-table.ts";
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
  /** What the flags cannot say. */
  readonly note?: string;
  /** One for each use: what it is for, and the command. */
  readonly examples: readonly (readonly [purpose: string, command: string])[];
  readonly run: (flags: FlagsOf<C>, words: readonly string[]) => Promise<void>;
}

export interface Definition extends Omit<Told<CommandName>, "run"> {
  /** `setup`, or a command and its subcommand: `aws-auth restore`. */
  readonly name: CommandName;
  readonly flags: Readonly<Partial<Record<FlagGroup, readonly FlagRow[]>>>;
  readonly run: (parsed: Command) => Promise<void>;
}

export function define<C extends CommandName>(name: C, { run, ...told }: Told<C>): Definition {
  const table: Table = flagTable[name];
  return {
    name,
    ...told,
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

export function commandOf(definition: Definition): Command {
  const { description, arguments: words = [], flags, note, examples, run } = definition;
  const command = new Command(lastWord(definition)).description(description).allowExcessArguments();
  for (const [name, what] of words) command.argument(name, what);
  for (const group of flagGroups) {
    command.optionsGroup(`${group}:`);
    for (const [flag, what] of flags[group] ?? []) command.addOption(new Option(flag, what));
  }
  const told = examples.map(([purpose, example]) => `  # ${purpose}\n  $ ${broken(example, process.stdout.columns)}`);
  return command
    .helpOption("-h, --help", "Show this help")
    .addHelpText("after", `\n${note ? `${note}\n\n` : ""}Examples:\n${told.join("\n\n")}`)
    .action(() => run(command));
}

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
