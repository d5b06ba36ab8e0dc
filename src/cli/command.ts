/** What a command is, as data. Help, completion and suggestions come from it. */
import { Command, Option } from "commander";

/** As commander takes them, `--access <method>`; what the flag does; the values it has, if they are few. */
export type Flag = readonly [flags: string, description: string, values?: readonly string[]];

/** Headings in the help of a command, in their order. */
export const flagGroups = ["Options", "Access", "Network", "Names", "Production", "Common"] as const;
export type Flags = Readonly<Partial<Record<(typeof flagGroups)[number], readonly Flag[]>>>;

export const commandGroups = ["Set up", "Use", "Without setup", "More"] as const;

export interface Definition {
  /** `setup`, or a command and its subcommand: `aws-auth restore`. */
  readonly name: string;
  readonly description: string;
  readonly group: (typeof commandGroups)[number];
  /** A mistyped command is taken for one that writes only if a single letter is wrong. */
  readonly effect: "reads" | "writes";
  /** Words for which to suggest this command. */
  readonly alsoCalled?: readonly string[];
  /** `[time]`, and what it is. */
  readonly arguments?: readonly (readonly [name: string, description: string])[];
  readonly flags: Flags;
  /** What the flags cannot say. */
  readonly note?: string;
  /** One for each use: what it is for, and the command. */
  readonly examples: readonly (readonly [purpose: string, command: string])[];
  /** Takes what commander gives: the arguments, then the flags. */
  readonly run: (...given: never[]) => Promise<void>;
}

export const optionOf = ([flags, description]: Flag): Option => new Option(flags, description);

/** The last word of a command's name. */
export const lastWord = ({ name }: Definition): string => name.split(" ").at(-1) ?? name;

export function commandOf(definition: Definition): Command {
  const { description, arguments: words = [], flags, note, examples, run } = definition;
  const command = new Command(lastWord(definition)).description(description).allowExcessArguments();
  for (const [name, what] of words) command.argument(name, what);
  for (const group of flagGroups) {
    command.optionsGroup(`${group}:`);
    for (const flag of flags[group] ?? []) command.addOption(optionOf(flag));
  }
  const told = examples.map(([purpose, example]) => `  # ${purpose}\n  $ ${broken(example, process.stdout.columns)}`);
  return command
    .helpOption("-h, --help", "Show this help")
    .addHelpText("after", `\n${note ? `${note}\n\n` : ""}Examples:\n${told.join("\n\n")}`)
    .action(run as (...given: unknown[]) => Promise<void>);
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
