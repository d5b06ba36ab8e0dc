/** `eks-lambda completion`: scripts for shells, from the definitions of the commands. */
import { actions } from "../../core/actions/index.ts";
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

/** What `--name` and the word of `list` take. The shell asks for it when it completes. */
const functionFlag = "--name";
const withFunction = "list";

/** Flags that `list` needs, too, to find the functions. */
const place = ["--cluster", "--region", "--profile"];

/** Reads the names from `list --json`. Only letters that a name can have, because bash evaluates the words of `compgen`. */
const namesIn = `grep -o '"name":"[a-z0-9-]*"' | cut -d '"' -f 4`;

interface Completed {
  /** `aws-auth` of `aws-auth restore`. */
  readonly word: string;
  readonly subcommand: string | undefined;
  /** The values of its first word, if they are known. */
  readonly values: readonly string[];
  readonly description: string;
  readonly flags: readonly { readonly names: readonly string[]; readonly flag: FlagRow }[];
}

const shells: Readonly<Record<string, (commands: readonly Completed[]) => readonly string[]>> = { bash, zsh, fish };

const helpFlag: FlagRow = ["-h, --help", "Show the help"];

const completed = ({ name, description, flags }: Definition): Completed => {
  const [word = name, subcommand] = name.split(" ");
  const all = [...Object.values(flags).flat(), helpFlag];
  const values = word === "invoke" ? [...actions.keys()].map(String) : subcommand ? [subcommand] : [];
  return { word, subcommand, values, description, flags: all.map((flag) => ({ names: namesOf(flag), flag })) };
};

const wordsOf = (commands: readonly Completed[]): string => [...commands.map(({ word }) => word), "help"].join(" ");

const longFlags = ({ flags, values }: Completed): string =>
  [...values, ...flags.flatMap(({ names }) => names.filter((one) => one.startsWith("--")))].join(" ");

/** Flags of all commands that take a value, by what completes it. */
function valued(commands: readonly Completed[]) {
  const all = commands.flatMap(({ flags }) => flags).filter(({ flag: [text] }) => text.includes("<"));
  const withValues = new Map(all.flatMap(({ names, flag }) => (flag[2] ? names.map((one) => [one, flag[2]]) : [])));
  const names = (of: (flag: FlagRow) => boolean) =>
    [...new Set(all.filter(({ flag }) => of(flag)).flatMap((one) => one.names))].filter((one) => one !== functionFlag);
  const isFile = ([text]: FlagRow) => /<file>/.test(text);
  return { withValues, files: names(isFile), others: names((flag) => !isFile(flag) && !flag[2]) };
}

function bash(commands: readonly Completed[]): readonly string[] {
  const { withValues, files, others } = valued(commands);
  const reply = (words: string) => `COMPREPLY=($(compgen -W "${words}" -- "$current"))`;
  return [
    "# bash completion for eks-lambda",
    "_eks_lambda_functions() {",
    "  local at given=()",
    "  for ((at = 1; at < COMP_CWORD - 1; at++)); do",
    `    case "\${COMP_WORDS[at]}" in ${place.join("|")}) given+=("\${COMP_WORDS[at]}" "\${COMP_WORDS[at+1]}") ;; esac`,
    "  done",
    `  "\${COMP_WORDS[0]}" list --json "\${given[@]}" </dev/null 2>/dev/null | ${namesIn}`,
    "}",
    "_eks_lambda() {",
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word`,
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    `    case "$word" in ${wordsOf(commands).replaceAll(" ", "|")}) command="$word"; break ;; esac`,
    "  done",
    '  case "$previous" in',
    ...[...withValues].map(
      ([flag, values]) => `    ${flag}) ${reply((values as readonly string[]).join(" "))}; return ;;`,
    ),
    `    ${functionFlag}) ${reply("$(_eks_lambda_functions)")}; return ;;`,
    `    ${files.join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
    `    ${others.join("|")}) COMPREPLY=(); return ;;`,
    "  esac",
    `  if [[ $command == ${withFunction} && $current != -* ]]; then ${reply("$(_eks_lambda_functions)")}; return; fi`,
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
      ...one.values.map((value) => described(value, one.subcommand ? one.description : `The action ${value}`)),
      ...one.flags.flatMap(({ names, flag }) =>
        names.filter((name) => name.startsWith("--")).map((name) => described(name, flag[1])),
      ),
    ].join(" ");
  return [
    "#compdef eks-lambda",
    "_eks_lambda_functions() {",
    "  local -a given",
    "  local at",
    "  for ((at = 2; at < CURRENT - 1; at++)); do",
    `    case $words[at] in ${place.join("|")}) given+=($words[at] $words[at+1]) ;; esac`,
    "  done",
    `  $words[1] list --json $given </dev/null 2>/dev/null | ${namesIn}`,
    "}",
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
    `    ${functionFlag}) compadd -- $(_eks_lambda_functions); return ;;`,
    `    ${files.join("|")}) _files; return ;;`,
    `    ${others.join("|")}) return ;;`,
    "  esac",
    `  if [[ $command == ${withFunction} && $words[CURRENT] != -* ]]; then compadd -- $(_eks_lambda_functions); return; fi`,
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
    "function __eks_lambda_functions",
    "    set --local words (commandline -opc)",
    "    set --local given",
    "    set --local before",
    "    for word in $words",
    `        contains -- "$before" ${place.join(" ")}; and set --append given $before $word`,
    "        set before $word",
    "    end",
    `    $words[1] list --json $given </dev/null 2>/dev/null | ${namesIn}`,
    "end",
    ...commands.map(({ word, description }) => `${first} -a ${word} -d ${quoted(description)}`),
    `${first} -a help -d 'Show the help of a command'`,
    `complete -c eks-lambda -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'`,
    `complete -c eks-lambda -f -n '__fish_seen_subcommand_from help' -a ${quoted(wordsOf(commands))}`,
    `complete -c eks-lambda -f -n '__fish_seen_subcommand_from ${withFunction}' -a '(__eks_lambda_functions)'`,
    ...commands.flatMap((one) => [
      ...(one.values.length > 0
        ? [`complete -c eks-lambda -f -n '__fish_seen_subcommand_from ${one.word}' -a ${quoted(one.values.join(" "))}`]
        : []),
      ...one.flags.map(({ names, flag }) => fishFlag(one.word, names, flag)),
    ]),
  ];
}

function fishFlag(word: string, names: readonly string[], [flags, description, values]: FlagRow): string {
  const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const given = names.includes(functionFlag) ? "(__eks_lambda_functions)" : values?.join(" ");
  const value = given ? `-x -a ${quoted(given)}` : flags.includes("<file>") ? "-r -F" : "-x";
  return [
    `complete -c eks-lambda -n '__fish_seen_subcommand_from ${word}'`,
    ...spelled,
    flags.includes("<") ? value : "-f",
    `-d ${quoted(description)}`,
  ].join(" ");
}
