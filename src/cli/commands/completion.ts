/** `eks-lambda completion`: scripts for shells, from the definitions of the commands. */
import { advice, command } from "../../core/command.ts";
import { usageError } from "../../core/errors.ts";
import type { Definition } from "../command.ts";
import { type FlagRow, namesOf } from "../flag-table.ts";
import { lines, print } from "../render/text.ts";

/** Throws `InvalidFlag`. */
export async function completion(shell: string | undefined, definitions: readonly Definition[]): Promise<void> {
  if (shell === undefined)
    throw usageError(
      "InvalidFlag",
      "no shell is given: bash, zsh or fish",
      advice`source <(${command`eks-lambda completion bash`})`,
    );
  const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
  if (!script)
    throw usageError("InvalidFlag", `no completion for the shell "${shell}"; it must be one of bash, zsh, fish`);
  print(lines(script(definitions.map(completed))));
}

interface Completed {
  /** `aws-auth` of `aws-auth restore`. */
  readonly word: string;
  readonly subcommand: string | undefined;
  readonly description: string;
  readonly flags: readonly { readonly names: readonly string[]; readonly flag: FlagRow }[];
}

const shells: Readonly<Record<string, (commands: readonly Completed[]) => readonly string[]>> = { bash, zsh, fish };

const helpFlag: FlagRow = ["-h, --help", "Show the help"];

const completed = ({ name, description, flags }: Definition): Completed => {
  const [word = name, subcommand] = name.split(" ");
  const all = [...Object.values(flags).flat(), helpFlag];
  return { word, subcommand, description, flags: all.map((flag) => ({ names: namesOf(flag), flag })) };
};

const wordsOf = (commands: readonly Completed[]): string => [...commands.map(({ word }) => word), "help"].join(" ");

const longFlags = ({ flags, subcommand }: Completed): string =>
  [
    ...(subcommand ? [subcommand] : []),
    ...flags.flatMap(({ names }) => names.filter((one) => one.startsWith("--"))),
  ].join(" ");

/** Flags of all commands that take a value, by what completes it. */
function valued(commands: readonly Completed[]) {
  const all = commands.flatMap(({ flags }) => flags).filter(({ flag: [text] }) => text.includes("<"));
  const withValues = new Map(all.flatMap(({ names, flag }) => (flag[2] ? names.map((one) => [one, flag[2]]) : [])));
  const names = (of: (flag: FlagRow) => boolean) => [
    ...new Set(all.filter(({ flag }) => of(flag)).flatMap((one) => one.names)),
  ];
  const isFile = ([text]: FlagRow) => /<file>/.test(text);
  return { withValues, files: names(isFile), others: names((flag) => !isFile(flag) && !flag[2]) };
}

function bash(commands: readonly Completed[]): readonly string[] {
  const { withValues, files, others } = valued(commands);
  const reply = (words: string) => `COMPREPLY=($(compgen -W "${words}" -- "$current"))`;
  return [
    "# bash completion for eks-lambda",
    "_eks_lambda() {",
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word`,
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    `    case "$word" in ${wordsOf(commands).replaceAll(" ", "|")}) command="$word"; break ;; esac`,
    "  done",
    '  case "$previous" in',
    ...[...withValues].map(
      ([flag, values]) => `    ${flag}) ${reply((values as readonly string[]).join(" "))}; return ;;`,
    ),
    `    ${files.join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
    `    ${others.join("|")}) COMPREPLY=(); return ;;`,
    "  esac",
    '  case "$command" in',
    `    "") ${reply(`${wordsOf(commands)} --help --version`)} ;;`,
    `    help) ${reply(wordsOf(commands))} ;;`,
    `    completion) ${reply("bash zsh fish --help")} ;;`,
    ...commands
      .filter(({ word }) => word !== "completion")
      .map((one) => `    ${one.word}) ${reply(longFlags(one))} ;;`),
    "  esac",
    "}",
    "complete -o default -F _eks_lambda eks-lambda",
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(":", "\\:")}:${description}`);

function zsh(commands: readonly Completed[]): readonly string[] {
  const { withValues, files, others } = valued(commands);
  const list = (one: Completed): string =>
    [
      ...(one.subcommand ? [described(one.subcommand, one.description)] : []),
      ...one.flags.flatMap(({ names, flag }) =>
        names.filter((name) => name.startsWith("--")).map((name) => described(name, flag[1])),
      ),
    ].join(" ");
  return [
    "#compdef eks-lambda",
    "_eks_lambda() {",
    "  local -a options",
    "  local command word",
    "  for word in $words[2,CURRENT-1]; do",
    `    case $word in ${wordsOf(commands).replaceAll(" ", "|")}) command=$word; break ;; esac`,
    "  done",
    "  case $words[CURRENT-1] in",
    ...[...withValues].map(
      ([flag, values]) => `    ${flag}) compadd -- ${(values as readonly string[]).join(" ")}; return ;;`,
    ),
    `    ${files.join("|")}) _files; return ;;`,
    `    ${others.join("|")}) return ;;`,
    "  esac",
    "  case $command in",
    `    '') options=(${commands.map((one) => described(one.word, one.description)).join(" ")}) ;;`,
    `    help) options=(${wordsOf(commands)}) ;;`,
    "    completion) options=(bash zsh fish) ;;",
    ...commands.filter(({ word }) => word !== "completion").map((one) => `    ${one.word}) options=(${list(one)}) ;;`),
    "  esac",
    "  _describe 'eks-lambda' options",
    "}",
    "compdef _eks_lambda eks-lambda",
  ];
}

function fish(commands: readonly Completed[]): readonly string[] {
  const first = "complete -c eks-lambda -f -n __fish_use_subcommand";
  return [
    "# fish completion for eks-lambda",
    ...commands.map(({ word, description }) => `${first} -a ${word} -d ${quoted(description)}`),
    `${first} -a help -d 'Show the help of a command'`,
    `complete -c eks-lambda -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'`,
    `complete -c eks-lambda -f -n '__fish_seen_subcommand_from help' -a ${quoted(wordsOf(commands))}`,
    ...commands.flatMap((one) => [
      ...(one.subcommand
        ? [`complete -c eks-lambda -f -n '__fish_seen_subcommand_from ${one.word}' -a ${one.subcommand}`]
        : []),
      ...one.flags.map(({ names, flag }) => fishFlag(one.word, names, flag)),
    ]),
  ];
}

function fishFlag(word: string, names: readonly string[], [flags, description, values]: FlagRow): string {
  const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = values ? `-x -a ${quoted(values.join(" "))}` : flags.includes("<file>") ? "-r -F" : "-x";
  return [
    `complete -c eks-lambda -n '__fish_seen_subcommand_from ${word}'`,
    ...spelled,
    flags.includes("<") ? value : "-f",
    `-d ${quoted(description)}`,
  ].join(" ");
}
