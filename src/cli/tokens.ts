/** The command line as words and flags, each flag with its values. */
import { type FlagRow, flagTable, namesOf, rowsOf, type Table } from "./flag-table.ts";

export const takesValue = ([flags]: FlagRow): boolean => flags.includes("<");

export const isCommand = (word: string): boolean => Object.keys(flagTable).some((name) => name.split(" ")[0] === word);

export const help: FlagRow = ["-h, --help", ""];
export const version: FlagRow = ["-V, --version", ""];

const all = Object.values<Table>(flagTable).flatMap((groups) => Object.values(groups).flatMap(rowsOf));

/** Of all commands. One that several have, such as -f, takes no value here if it takes none with one of them. */
export const anyFlag: readonly FlagRow[] = [
  ...all.filter((flag) => !takesValue(flag)),
  ...all.filter(takesValue),
  help,
  version,
];

/** A word, or a flag with its values. */
export interface Token {
  readonly word?: string;
  readonly flag?: FlagRow | undefined;
  readonly args: readonly string[];
}

/** Up to `--`, which ends flags. */
export function tokens(argv: readonly string[], known: readonly FlagRow[]): readonly Token[] {
  const all: Token[] = [];
  for (let at = 0; at < argv.length && argv[at] !== "--"; ) {
    const arg = argv[at] ?? "";
    const isFlag = arg.startsWith("-") && arg !== "-";
    const flag = isFlag ? flagOf(arg, known) : undefined;
    const values = !flag || !takesValue(flag) || isWhole(arg) ? 0 : valuesOf(flag, argv.slice(at + 1));
    const args = argv.slice(at, at + 1 + values);
    all.push(isFlag ? { flag, args } : { word: arg, args });
    at += args.length;
  }
  return all;
}

/** With its value: `--cluster=demo`, `-nshop`. */
export const isWhole = (arg: string): boolean => arg.includes("=") || /^-[^-]./.test(arg);

/** `-yq` is `-y`, too: commander knows the other letters. */
export const flagOf = (arg: string, known: readonly FlagRow[]): FlagRow | undefined => {
  const name = arg.startsWith("--") ? arg.split("=")[0] : arg.slice(0, 2);
  return known.find((flag) => namesOf(flag).includes(name ?? arg));
};

/** A flag such as `--tags` takes values up to the next flag, the command, or a word that is none of its values. */
function valuesOf([flags, , , like]: FlagRow, behind: readonly string[]): number {
  if (!flags.includes("...")) return Math.min(1, behind.length);
  const isEnd = (arg: string) => (arg.startsWith("-") && arg !== "-") || (like ? !like.test(arg) : isCommand(arg));
  const end = behind.findIndex((arg, at) => at > 0 && isEnd(arg));
  return end < 0 ? behind.length : end;
}
