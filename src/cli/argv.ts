/** Reads the command line before commander does, to explain what commander would refuse in few words. */

import { isActionName } from "../core/actions/names.ts";
import { advice, Command, command, option } from "../core/command.ts";
import { knownResource } from "../core/kind-words.ts";
import { distance, nearest } from "../core/nearest.ts";
import { actionCalled } from "./action-words.ts";
import { type Definition, lastWord, Misuse } from "./command.ts";
import { definitions, parents } from "./definitions.ts";
import { emptied, type FlagRow, namesOf } from "./flag-table.ts";
import { anyFlag, flagOf, help, isCommand, isWhole, type Token, takesValue, tokens, version } from "./tokens.ts";
import { retyped } from "./typed.ts";

export const flagsOf = ({ flags }: Definition): readonly FlagRow[] => Object.values(flags).flat();

/**
 * Returns the arguments with the flags that stand before the command moved behind it, and with `COMMAND --help` for
 * `help COMMAND`. Throws `Misuse`.
 */
export function arranged(typed: readonly string[]): readonly string[] {
  const given = withEdits(typed);
  const end = given.indexOf("--");
  const valued = anyFlag.filter(takesValue);
  // As kubectl reads -n=shop. commander would take "=shop".
  const argv = given.flatMap((arg, at) =>
    /^-\w=./.test(arg) && flagOf(arg, valued) && (end < 0 || at < end) ? [arg.slice(0, 2), arg.slice(3)] : [arg],
  );
  // `-v` is a flag of commands: elsewhere it would print the version, and do nothing.
  if (argv.length === 1 && /^-v$/i.test(argv[0] ?? "")) return ["--version"];
  const all = tokens(argv, anyFlag);
  const at = all.findIndex(({ word }) => word !== undefined);
  const { word } = all[at] ?? {};
  if (word === undefined) return argv;
  const lead = all.slice(0, at).flatMap(({ args }) => args);
  const rest = argv.slice(lead.length + 1);
  if (word === "version") return ["--version"];
  if (word === "help") return rest.length === 0 ? ["--help"] : arranged([...rest, "--help"]);
  if (Object.hasOwn(parents, word) && !/^[^-]/.test(rest[0] ?? "")) return [word, ...rest];
  if (isActionName(word) && (isAbout(rest) || !isOther(word))) return arranged([...lead, "invoke", word, ...rest]);
  const definition = commandNamed(Object.hasOwn(parents, word) ? `${word} ${rest[0]}` : word, argv);
  const path = definition.name.split(" ");
  const behind = [...lead, ...rest.slice(path.length - 1)];
  if (tokens(behind, [help]).some(({ args }) => /^(-h|--help)$/.test(args[0] ?? ""))) return [...path, "--help"];
  refuse(definition, behind);
  return [...path, ...wordsFirst(behind, flagsOf(definition))];
}

/** With `--allow=-scale:pods` for `--allow -scale:pods`: commander takes a value that begins with `-` for a flag. */
function withEdits(given: readonly string[]): readonly string[] {
  const at = given.indexOf("--allow");
  const end = given.indexOf("--");
  if (at < 0 || (end >= 0 && end < at)) return given;
  const behind = given.slice(at + 1);
  const other = behind.findIndex((arg) => !/^[-+]?[a-z-]+:[^\s]+$/.test(arg));
  const values = other < 0 ? behind : behind.slice(0, other);
  const rest = withEdits(behind.slice(values.length));
  const isPlain = !values.some((value) => value.startsWith("-"));
  return [
    ...given.slice(0, at),
    ...(isPlain ? ["--allow", ...values] : values.map((one) => `--allow=${one}`)),
    ...rest,
  ];
}

/** True if a command has an object or a flag that only actions have. */
const isAbout = ([first = "", ...others]: readonly string[]): boolean =>
  /^[^-/]+\/[^/]/.test(first) || knownResource(first) !== undefined || [first, ...others].some(isOfEvent);

/** True for a word by which people look for another command: `status`. */
const isOther = (word: string): boolean => definitions.some(({ alsoCalled }) => alsoCalled?.includes(word));

const isOfEvent = (arg: string): boolean => /^(-f|--(filename|image|replicas|set)\b)/.test(arg);

/** A flag of several values would take the word behind it, too: commander does not know what its values look like. */
function wordsFirst(args: readonly string[], known: readonly FlagRow[]): readonly string[] {
  const all = tokens(args, known);
  const isEaten = all.some(({ word }, at) => word !== undefined && all[at - 1]?.flag?.[0].includes("..."));
  if (!isEaten) return args;
  const isWord = ({ word }: Token) => word !== undefined;
  const sorted = [...all.filter(isWord), ...all.filter((one) => !isWord(one))].flatMap((one) => one.args);
  return [...sorted, ...args.slice(sorted.length)];
}

/** The command that a definition is of. */
const commandOf = ({ name }: Definition, args: readonly string[] = []): Command =>
  command`eks-lambda ${name.split(" ")} ${args}`;

/** `typed`: the whole command line. Throws `Misuse`. */
function commandNamed(given: string, typed: readonly string[]): Definition {
  const exact = definitions.find(({ name }) => name === given);
  if (exact) return exact;
  const [parent] = given.split(" ");
  const among = given === parent ? definitions : definitions.filter(({ name }) => name.startsWith(`${parent} `));
  const close = nearest(
    given,
    among.map(({ name }) => name),
  );
  const action = isAbout(typed.slice(typed.indexOf(given) + 1)) ? actionCalled(given) : undefined;
  const other = definitions.find(({ alsoCalled }) => alsoCalled?.includes(given.toLowerCase()));
  const misspelt = among.find(
    ({ name, effect }) => name === close && (effect === "reads" || distance(given, name) === 1),
  );
  const wrong = given.split(" ").at(-1) ?? given;
  // Another word for a command can have other flags.
  const others = [
    // The word is also an action, of another object than this command line has.
    isActionName(given) && retyped({ wrong: given, right: ["invoke", given] }, typed),
    action ? corrected(typed, given, action) : other && commandOf(other),
  ].filter((one) => one instanceof Command);
  const meant =
    others.length > 0 ? others : misspelt ? [corrected(typed, wrong, lastWord(misspelt)) ?? commandOf(misspelt)] : [];
  const [first, second] = meant;
  throw new Misuse(
    "UnknownCommand",
    `there is no command "${given}"`,
    advice`${first ? advice`did you mean \`${first}\`${second ? advice` or \`${second}\`` : ""}? ` : ""}\`${command`eks-lambda --help`}\` shows the commands`,
  );
}

/** Its words are a command, which stands after `--`. */
const isSeparated = (one: Definition): boolean => (one.arguments ?? []).some(([name]) => name.includes("..."));

/** Throws `Misuse` for a flag or word that the command does not take. */
function refuse(definition: Definition, args: readonly string[]): void {
  const { name, arguments: takes = [], mostWords = takes.length } = definition;
  const known = flagsOf(definition);
  const all = tokens(args, known);
  const words = all.flatMap(({ word }) => word ?? []);
  const [extra] = words.slice(isSeparated(definition) ? 0 : mostWords);
  if (extra !== undefined && isSeparated(definition)) throw unseparated(definition, args, extra);
  for (const [at, token] of all.entries()) {
    const [typed = ""] = token.args;
    if (token.word === undefined && !token.flag) throw unknownFlag(definition, typed, args);
    if (token.flag && takesValue(token.flag) && token.args.length === 1 && !isWhole(typed))
      throw new Misuse("InvalidFlag", `${typed} has no value`, `give one: ${token.flag[0]}`);
    if (token.flag && takesValue(token.flag)) refuseEmpty(token.flag, token.args);
    else if (token.flag) refuseSwitch(definition, typed, all[at + 1]?.word);
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

/** Throws `Misuse` for `--yes=false` and `--yes false`, and for letters in `-yx` that are not flags. */
function refuseSwitch(definition: Definition, typed: string, next = ""): void {
  const [name = typed] = typed.split("=");
  const value = typed.includes("=") ? typed.slice(name.length + 1) : next;
  if (typed.includes("=") || /^(true|false)$/i.test(value))
    throw new Misuse("InvalidFlag", `${name} takes no value "${value}"`, `write only ${name}, or leave it out`);
  if (typed.startsWith("--")) return;
  const known = flagsOf(definition).flatMap(namesOf);
  const strange = [...typed.slice(2)].map((letter) => `-${letter}`).find((flag) => !known.includes(flag));
  if (strange !== undefined) throw unknownFlag(definition, strange, []);
}

function unseparated(definition: Definition, args: readonly string[], word: string): Misuse {
  const at = args.indexOf(word);
  // Inside, our own commands are programs like others.
  const program = isCommand(word) ? ["eks-lambda"] : [];
  const whole = commandOf(definition, [...args.slice(0, at), "--", ...program, ...args.slice(at)]);
  return new Misuse("UnexpectedArgument", `${definition.name} takes its command after --`, whole);
}

function unknownFlag(definition: Definition, typed: string, args: readonly string[]): Misuse {
  const letters = (flag: string) => flag.replace(/^-+/, "");
  const [given = typed] = typed.split("=");
  if (namesOf(version).includes(given))
    throw new Misuse(
      "UnknownFlag",
      `${definition.name} has no flag ${given}`,
      advice`\`${command`eks-lambda --version`}\` shows the version`,
    );
  const meant = nearest(
    letters(given),
    flagsOf(definition)
      .flatMap(namesOf)
      .filter((flag) => flag.startsWith("--"))
      .map(letters),
  );
  const right = `--${meant}${typed.slice(given.length)}`;
  const again = corrected([...definition.name.split(" "), ...args], typed, right) ?? `--${meant}`;
  return new Misuse(
    "UnknownFlag",
    `${definition.name} has no flag ${given}`,
    advice`${meant === undefined ? "" : advice`did you mean ${typeof again === "string" ? again : advice`\`${again}\``}? `}\`${commandOf(definition, definition.often ? ["--help", "--all"] : ["--help"])}\` shows its flags`,
  );
}

/** The whole command line with a word put right. */
const corrected = (typed: readonly string[], wrong: string, right: string): Command | undefined =>
  retyped({ wrong, right: [right] }, typed);
