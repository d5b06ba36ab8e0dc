/**
 * Shells inside the sandbox. The user's rc files may set KUBECONFIG, PATH or AWS_* for real clusters. After them, our
 * files set the sandbox's values again, or end the shell.
 *
 * zsh and sh find our files through a variable, which child shells inherit. bash and fish have no such variable:
 * wrappers with their names, first on the PATH and in SHELL, start them with our files.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { findExecutable } from "../core/disk.ts";
import { shellWord } from "../core/text.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Shells for which we add rc files. */
const known = ["bash", "dash", "fish", "ksh", "sh", "zsh"];

export const isKnownShell = (program: string): boolean => known.includes(basename(program));

export interface Inside {
  /** An empty folder. */
  readonly folder: string;
  /** This process's environment. */
  readonly own: Environment;
  /** Variables to set after the user's rc files. Other `AWS_*` variables are unset. */
  readonly held: Readonly<Record<string, string>>;
}

export interface Prepared {
  /** Variables in addition to `held`. */
  readonly env: Readonly<Record<string, string>>;
  /** The program to start: the requested one, or its wrapper. */
  readonly program: string;
}

/** Writes the rc files and commands. */
export function prepareShells({ folder, own, held }: Inside, asked: string): Prepared {
  const [bin, home] = [join(folder, "bin"), own.HOME || homedir()];
  const after = posix(bin, held);
  for (const name of ["bin", "zsh", "bash"]) mkdirSync(join(folder, name));
  const put = (path: string, text: string, mode = 0o600): string => {
    const file = join(folder, path);
    writeFileSync(file, text, { mode });
    return file;
  };

  const zsh = join(folder, "zsh");
  for (const name of [".zshenv", ".zprofile", ".zshrc", ".zlogin", ".zlogout"])
    put(`zsh/${name}`, zshFile(name, zsh, own.ZDOTDIR || home) + after + (name === ".zshrc" ? zshPrompt : ""));
  for (const name of [".bash_profile", ".profile"])
    put(`bash/${name}`, bashProfile(join(folder, "bash"), home) + after + bashPrompt);
  const bashrc = put("bash/bashrc", sourced(join(home, ".bashrc")) + after + bashPrompt);
  const config = put("environment.fish", fishEnvironment(bin, held));

  const real = (name: string) =>
    [asked, own.SHELL ?? ""].find((path) => isAbsolute(path) && basename(path) === name) ??
    findExecutable((own.PATH ?? "").split(delimiter).filter(isAbsolute), name);
  const wrapped = (name: string, script: (real: string) => string): string | undefined => {
    const path = real(name);
    return path && put(`bin/${name}`, `#!/bin/sh\n${script(shellWord(path))}`, 0o700);
  };
  const wrappers: Readonly<Record<string, string | undefined>> = {
    bash: wrapped("bash", (real) => bashScript(real, bashrc)),
    fish: wrapped("fish", (real) => `exec ${real} -C ${shellWord(`source ${shellWord(config)}`)} "$@"\n`),
  };
  const instead = (program: string) =>
    (isAbsolute(program) || !program.includes("/") ? wrappers[basename(program)] : undefined) ?? program;

  return {
    program: instead(asked),
    env: {
      PATH: [bin, own.PATH].filter(Boolean).join(delimiter),
      ZDOTDIR: zsh,
      ENV: put("shrc", sourced(own.ENV) + after + shPrompt),
      ...(own.BASH_ENV && { BASH_ENV: put("bash/env", sourced(own.BASH_ENV) + after) }),
      ...(own.SHELL && { SHELL: instead(own.SHELL) }),
    },
  };
}

const sourced = (file: string | undefined): string =>
  file ? `if [ -r ${shellWord(file)} ]; then . ${shellWord(file)}; fi\n` : "";

/** For sh, bash and zsh. Tests for read-only variables in a subshell, because assigning to one ends the script. */
const posix = (bin: string, held: Inside["held"]): string => `
while IFS= read -r eks_lambda_name; do
  [ -n "$eks_lambda_name" ] || continue
  if ! (unset "$eks_lambda_name") 2>/dev/null; then
    echo "eks-lambda sandbox: one of your rc files makes $eks_lambda_name read-only, so this shell would act outside of the sandbox" >&2
    exit 1
  fi
  unset "$eks_lambda_name"
done <<END
${Object.keys(held).join("\n")}
$(export -p | PATH=/usr/bin:/bin:$PATH sed -n 's/^[a-z -]* \\(AWS_[A-Za-z0-9_]*\\).*/\\1/p')
END
unset eks_lambda_name
${Object.entries(held)
  .map(([name, value]) => `export ${name}=${shellWord(value)}\n`)
  .join("")}export PATH=${shellWord(bin)}"\${PATH:+:$PATH}"
`;

/**
 * fish shares universal variables between all shells of a user, and exports them. An empty global variable hides one.
 */
const fishEnvironment = (bin: string, held: Inside["held"]): string => `
for name in (set --names --export | string match 'AWS_*')
    set --erase --global $name
    set --query --universal $name; and set --global --export $name
end
${Object.entries(held)
  .map(([name, value]) => `set --global --export ${name} ${shellWord(value)}\n`)
  .join("")}set --global --export PATH ${shellWord(bin)} $PATH
${fishPrompt}`;

/** Before the user's prompt, which their rc files may set again each time. */
const mark = "(sandbox) ";

const shPrompt = `case $- in *i*) PS1="${mark}\${PS1-\\$ }" ;; esac
`;

/** bash before 5.1 runs only the first element of an array. */
const bashPrompt = `
eks_lambda_prompt() { case $PS1 in "${mark}"*) ;; *) PS1="${mark}$PS1" ;; esac; }
case "$(declare -p PROMPT_COMMAND 2>/dev/null)" in
  "declare -a"*) PROMPT_COMMAND+=(eks_lambda_prompt) ;;
  *) if (PROMPT_COMMAND=) 2>/dev/null; then PROMPT_COMMAND="\${PROMPT_COMMAND:+$PROMPT_COMMAND
}eks_lambda_prompt"; fi ;;
esac
`;

const zshPrompt = `
eks_lambda_prompt() { [[ $PROMPT == "${mark}"* ]] || PROMPT="${mark}$PROMPT" }
precmd_functions+=(eks_lambda_prompt)
`;

/** The user's prompt may show the status of the last command. */
const fishPrompt = `if status is-interactive; and not functions --query eks_lambda_prompt
    functions --query fish_prompt
    functions --copy fish_prompt eks_lambda_prompt
    function eks_lambda_status
        return $argv[1]
    end
    function fish_prompt
        set --local last $status
        printf %s '${mark}'
        eks_lambda_status $last
        eks_lambda_prompt
    end
end
`;

/**
 * A login shell ignores --rcfile, and bash has no flag for another profile. So HOME leads to our profile until it has
 * run.
 */
const bashScript = (real: string, rcfile: string): string => `for arg; do
  case $arg in
    --noprofile) break ;;
    --login | -l* | -[!-]*l*) HOME=${shellWord(dirname(rcfile))} exec ${real} "$@" ;;
    -*) ;;
    *) break ;;
  esac
done
exec ${real} --rcfile ${shellWord(rcfile)} "$@"
`;

/** Restores HOME. */
const bashProfile = (folder: string, home: string): string => `HOME=${shellWord(home)}
case \${HISTFILE-} in ${shellWord(folder)}/*) HISTFILE=$HOME/.bash_history ;; esac
for eks_lambda_file in .bash_profile .bash_login .profile; do
  if [ -r "$HOME/$eks_lambda_file" ]; then
    . "$HOME/$eks_lambda_file"
    break
  fi
done
unset eks_lambda_file
`;

/** Each file runs the user's file of the same name in their ZDOTDIR, which that file may change. */
const zshFile = (name: string, folder: string, theirs: string): string => `
ZDOTDIR=${name === ".zshenv" ? shellWord(theirs) : "$eks_lambda_zdotdir"}
[[ \${HISTFILE-} != ${shellWord(folder)}/* ]] || HISTFILE=$ZDOTDIR/.zsh_history
if [[ -r $ZDOTDIR/${name} ]]; then source "$ZDOTDIR/${name}"; fi
eks_lambda_zdotdir=\${ZDOTDIR:-$HOME}
export ZDOTDIR=${shellWord(folder)}
`;
