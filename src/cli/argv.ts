/** Reads the command line before commander does, to explain what commander would refuse in few words. */
import { advice, type Command, command, option } from "../core/command.ts";
import { distance, nearest } from "../core/nearest.ts";
import { type Definition, Misuse } from "./command.ts";
import { definitions, parents } from "./definitions.ts";
import { emptied, type FlagRow, namesOf } from "./flag-table.ts";

export const flagsOf = ({ flags }: Definition): readonly FlagRow[] => Object.values(flags).flat();

export const takesValue = ([flags]: FlagRow): boolean => flags.includes("<");

const help: FlagRow = ["-h, --help", ""];
const version: FlagRow = ["-V, --version", ""];

/**
 * Returns the arguments with the flags that stand before the command moved behind it, and with `COMMAND --help` for
 * `help COMMAND`. Throws `Misuse`.
 */
export function arranged(argv: readonly string[]): readonly string[] {
  // `-v` is a flag of commands: elsewhere it would print the version, and do nothing.
  if (argv.length === 1 && /^-v$/i.test(argv[0] ?? "")) return ["--version"];
  const all = tokens(argv, [...definitions.flatMap(flagsOf), help, version]);
  const at = all.findIndex(({ word }) => word !== undefined);
  const { word } = all[at] ?? {};
  if (word === undefined) return argv;
  const lead = all.slice(0, at).flatMap(({ args }) => args);
  const rest = argv.slice(lead.length + 1);
  if (word === "help") return rest.length === 0 ? ["--help"] : arranged([...rest, "--help"]);
  if (Object.hasOwn(parents, word) && !/^[^-]/.test(rest[0] ?? "")) return [word, ...rest];
  const definition = commandNamed(Object.hasOwn(parents, word) ? `${word} ${rest[0]}` : word);
  const path = definition.name.split(" ");
  const behind = [...lead, ...rest.slice(path.length - 1)];
  if (!tokens(behind, [help]).some(({ args }) => /^(-h|--help)$/.test(args[0] ?? ""))) refuse(definition, behind);
  return [...path, ...behind];
}

/** A word, or a flag with its values. */
interface Token {
  readonly word?: string;
  readonly flag?: FlagRow | undefined;
  readonly args: readonly string[];
}

/** Up to `--`, which ends flags. */
function tokens(argv: readonly string[], known: readonly FlagRow[]): readonly Token[] {
  const all: Token[] = [];
  for (let at = 0; at < argv.length && argv[at] !== "--"; ) {
    const arg = argv[at] ?? "";
    const isFlag = arg.startsWith("-") && arg !== "-";
    const flag = isFlag ? flagOf(arg, known) : undefined;
    const values = !flag || !takesValue(flag) || arg.includes("=") ? 0 : valuesOf(flag, argv.slice(at + 1));
    const args = argv.slice(at, at + 1 + values);
    all.push(isFlag ? { flag, args } : { word: arg, args });
    at += args.length;
  }
  return all;
}

/** `-yq` is `-y`, too: commander knows the other letters. */
const flagOf = (arg: string, known: readonly FlagRow[]): FlagRow | undefined => {
  const name = arg.startsWith("--") ? arg.split("=")[0] : arg.slice(0, 2);
  return known.find((flag) => namesOf(flag).includes(name ?? arg));
};

/** A flag such as `--tags` takes values up to the next flag, or the command. */
function valuesOf([flags]: FlagRow, behind: readonly string[]): number {
  if (!flags.includes("...")) return Math.min(1, behind.length);
  const end = behind.findIndex((arg, at) => at > 0 && (arg.startsWith("-") || isCommand(arg)));
  return end < 0 ? behind.length : end;
}

/** The command that a definition is of. */
const commandOf = ({ name }: Definition, args: readonly string[] = []): Command =>
  command`eks-lambda ${name.split(" ")} ${args}`;

const isCommand = (word: string): boolean => definitions.some(({ name }) => name.split(" ")[0] === word);

/** Throws `Misuse`. */
function commandNamed(given: string): Definition {
  const exact = definitions.find(({ name }) => name === given);
  if (exact) return exact;
  const [parent] = given.split(" ");
  const among = given === parent ? definitions : definitions.filter(({ name }) => name.startsWith(`${parent} `));
  const close = nearest(
    given,
    among.map(({ name }) => name),
  );
  const meant =
    definitions.find(({ alsoCalled }) => alsoCalled?.includes(given.toLowerCase())) ??
    among.find(({ name, effect }) => name === close && (effect === "reads" || distance(given, name) === 1));
  throw new Misuse(
    "UnknownCommand",
    `there is no command "${given}"`,
    advice`${meant ? advice`did you mean \`${commandOf(meant)}\`? ` : ""}\`${command`eks-lambda --help`}\` shows the commands`,
  );
}

/** Its words are a command, which stands after `--`. */
const isSeparated = (one: Definition): boolean => (one.arguments ?? []).some(([name]) => name.includes("..."));

/** Throws `Misuse` for a flag or word that the command does not take. */
function refuse(definition: Definition, args: readonly string[]): void {
  const { name, arguments: takes = [] } = definition;
  const known = flagsOf(definition);
  const all = tokens(args, known);
  const words = all.flatMap(({ word }) => word ?? []);
  const [extra] = words.slice(isSeparated(definition) ? 0 : takes.length);
  if (extra !== undefined && isSeparated(definition)) throw unseparated(definition, args, extra);
  for (const token of all) {
    const [typed = ""] = token.args;
    if (token.word === undefined && !token.flag) throw unknownFlag(definition, typed);
    if (token.flag && takesValue(token.flag) && token.args.length === 1 && !typed.includes("="))
      throw new Misuse("InvalidFlag", `${typed} has no value`, `give one: ${token.flag[0]}`);
    if (token.flag && takesValue(token.flag)) refuseEmpty(token.flag, token.args);
  }
  if (extra === undefined) return;
  const instead =
    takes.length === 0 && known.some((flag) => namesOf(flag).includes("--cluster"))
      ? advice`name the cluster with a flag: ${commandOf(definition, option("--cluster", extra))}`
      : advice`\`${commandOf(definition, ["--help"])}\` shows what it takes`;
  throw new Misuse("UnexpectedArgument", `${name} takes no argument "${extra}"`, instead);
}

/** Throws `Misuse` for `--region "$REGION"` where the variable is not set: the default would be another region. */
function refuseEmpty(flag: FlagRow, [typed = "", ...values]: readonly string[]): void {
  const [name = typed] = typed.split("=");
  const given = typed.includes("=") ? [typed.slice(name.length + 1)] : values;
  if (given.includes("") && !emptied.has(name))
    throw new Misuse("InvalidFlag", `${name} is empty`, `give a value, or leave the flag out: ${flag[0]}`);
}

function unseparated(definition: Definition, args: readonly string[], word: string): Misuse {
  const at = args.indexOf(word);
  const whole = commandOf(definition, [...args.slice(0, at), "--", ...args.slice(at)]);
  return new Misuse("UnexpectedArgument", `${definition.name} takes its command after --`, whole);
}

function unknownFlag(definition: Definition, typed: string): Misuse {
  const letters = (flag: string) => flag.replace(/^-+/, "");
  const [given = typed] = typed.split("=");
  const meant = nearest(
    letters(given),
    flagsOf(definition)
      .flatMap(namesOf)
      .filter((flag) => flag.startsWith("--"))
      .map(letters),
  );
  return new Misuse(
    "UnknownFlag",
    `${definition.name} has no flag ${given}`,
    advice`${meant === undefined ? "" : `did you mean --${meant}? `}\`${commandOf(definition, ["--help"])}\` shows its flags`,
  );
}
