/** Shells in `eks-lambda sandbox`, with rc files that point kubectl and AWS at real clusters. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { test as base, expect } from "vitest";
import { repositoryFile } from "../acceptance/support/run.ts";
import { startTerminal } from "../acceptance/support/terminal.ts";

const cli = repositoryFile("bin/eks-lambda.cjs");
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

const test = base.extend<{ home: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are used
  home: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), "eks-lambda-shells-"));
    await mkdir(join(home, "real"));
    await use(home);
    // fish still writes completions for a moment.
    await rm(home, { recursive: true, maxRetries: 10 });
  },
});

type Files = Readonly<Record<string, string>>;

/** The same for POSIX shells and for fish. */
const rc = `export KUBECONFIG="$HOME/real/config"
export XDG_STATE_HOME="$HOME/real"
export AWS_PROFILE=prod
export AWS_REGION=eu-west-1
export AWS_ENDPOINT_URL_EKS=http://127.0.0.1:9
export PATH=${PATH}:/opt/mine/bin
export MINE="$MINE+"
`;
const fishRc = rc.replace(/export (\w+)=(.*)/g, (_, name, value: string) =>
  name === "PATH" ? `set -gx PATH ${value.replaceAll(":", " ")}` : `set -gx ${name} ${value}`,
);

const give = (home: string, files: Files) =>
  Promise.all(
    Object.entries(files).map(async ([path, text]) => {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    }),
  );

/** Prints the environment, and runs setup, which writes the kubeconfig. */
const ask = `env; echo "at $(command -v eks-lambda)"; eks-lambda setup --yes 2>&1 | grep "kubeconfig\\|error"`;
const fishAsk = ask.replace("$(command -v eks-lambda)", `"(command -v eks-lambda)"`);

async function inSandbox(home: string, command: readonly string[], env: Files = {}) {
  const child = spawn(process.execPath, [cli, "sandbox", "--", ...command], {
    env: { HOME: home, PATH, ...env },
    // Not a pipe: bash takes Node's pipe for a network connection and reads another rc file.
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exit, stdout, stderr };
}

/** Checks that `ask` was answered by the sandbox, and that nothing was written for the real clusters. */
async function expectInside(home: string, answers: string): Promise<void> {
  const lines = answers.split("\n");
  const variables = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const folder = dirname(variables.KUBECONFIG ?? "");
  expect(folder, answers).toMatch(/\/eks-lambda-shell-\w+$/);
  expect(variables).toMatchObject({
    HOME: home,
    XDG_STATE_HOME: join(folder, "state"),
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    // The rc files have run.
    MINE: expect.stringMatching(/^\++$/),
    PATH: expect.stringContaining(":/opt/mine/bin"),
  });
  const aws = Object.keys(variables).filter((name) => name.startsWith("AWS_") && variables[name] !== "");
  expect(aws.map((name) => name.slice(4)).sort()).toEqual([
    "ACCESS_KEY_ID",
    "DEFAULT_REGION",
    "EC2_METADATA_DISABLED",
    "ENDPOINT_URL",
    "REGION",
    "SECRET_ACCESS_KEY",
  ]);
  expect(lines).toContain(`at ${folder}/bin/eks-lambda`);
  expect(lines).toContainEqual(expect.stringMatching(`kubeconfig +${folder}/kubeconfig`));
  expect(await readdir(join(home, "real"))).toEqual([]);
}

const bash = { ".bashrc": rc };
const login = { ".profile": ". ~/.bashrc\n", ".bashrc": rc };
const zsh = { ".zshenv": rc, ".zprofile": rc, ".zshrc": rc, ".zlogin": rc };
const moved = { ".zshenv": "ZDOTDIR=$HOME/.zsh\n", ".zsh/.zshrc": rc, ".zsh/.zprofile": rc };
const fish = { ".config/fish/config.fish": fishRc };
const universal = { ".config/fish/config.fish": `${fishRc}set -Ux AWS_DEFAULT_REGION eu-west-1\n` };

test.for<[string, Files, readonly string[]]>([
  ["bash", bash, ["bash", "-ic", ask]],
  ["bash by its path", bash, ["/bin/bash", "-i", "-c", ask]],
  ["bash as a login shell", login, ["bash", "-lc", ask]],
  ["bash as an interactive login shell", login, ["bash", "--login", "-i", "-c", ask]],
  ["bash in bash", bash, ["bash", "-ic", `bash -ic '${ask}'`]],
  ["zsh", zsh, ["zsh", "-ic", ask]],
  ["zsh as a login shell", zsh, ["zsh", "-ilc", ask]],
  ["zsh for one command", { ".zshenv": rc }, ["zsh", "-c", ask]],
  ["zsh with its files elsewhere", moved, ["zsh", "-ilc", ask]],
  ["zsh that bash's rc file starts", { ".bashrc": `${rc}exec zsh -ic '${ask}'\n`, ".zshrc": rc }, ["bash", "-i"]],
  ["fish", fish, ["fish", "-ic", fishAsk]],
  ["fish for one command", fish, ["fish", "-c", fishAsk]],
  ["fish with a universal variable", universal, ["fish", "-c", fishAsk]],
])("%s acts in the sandbox, whatever its rc files set", async ([, files, command], { home }) => {
  await give(home, files);
  await expectInside(home, (await inSandbox(home, command)).stdout);
});

test.for<[string, string, readonly string[]]>([
  ["sh", "ENV", ["sh", "-ic", ask]],
  ["a script of bash", "BASH_ENV", ["bash", "-c", ask]],
])("%s acts in the sandbox, whatever the file that %s names sets", async ([, variable, command], { home }) => {
  await give(home, { rc });
  await expectInside(home, (await inSandbox(home, command, { [variable]: join(home, "rc") })).stdout);
});

test.for([
  ["bash", ".bashrc"],
  ["zsh", ".zshrc"],
] as const)("%s ends where %s makes KUBECONFIG read-only", async ([shell, file], { home }) => {
  await give(home, { [file]: 'readonly KUBECONFIG="$HOME/real/config"\nexport KUBECONFIG\n' });
  expect(await inSandbox(home, [shell, "-ic", ask])).toEqual({
    exit: 1,
    stdout: "",
    stderr: expect.stringContaining("eks-lambda sandbox: one of your rc files makes KUBECONFIG read-only"),
  });
  expect(await readdir(join(home, "real"))).toEqual([]);
});

/** Each one sets the prompt again before the shell shows it. */
const prompts: Readonly<Record<string, Files>> = {
  bash: { ".bashrc": `${rc}PROMPT_COMMAND='PS1="mine> "'\n` },
  zsh: { ".zshrc": `${rc}precmd() { PROMPT="mine> " }\n`, ".zshenv": rc },
  fish: { ".config/fish/config.fish": `${fishRc}function fish_prompt; echo -n "mine> "; end\n` },
};

test.for(Object.entries(prompts))(
  "%s on a terminal says what the sandbox is, and (sandbox) before each prompt",
  async ([shell, files], { home }) => {
    await give(home, files);
    const { open, close } = await startTerminal({ HOME: home, PATH, SHELL: `/usr/bin/${shell}` });
    try {
      const terminal = await open(`${process.execPath} ${cli} sandbox`, 160);
      await terminal.shows(/^\(sandbox\) mine>$/m);
      expect(await terminal.screen()).toMatch(
        /^sandbox · account \d+ \(simulated\) · cluster demo · us-east-1\nyour own account and kubeconfig are not touched\n\n {2}eks-lambda setup /,
      );
      await terminal.press('echo "[$KUBECONFIG]" "[$MINE]"', "Enter");
      await terminal.shows(/^\[\S+\/eks-lambda-shell-\w+\/kubeconfig\] \[\++\]\n\(sandbox\) mine>$/m);
      await terminal.press("exit", "Enter");
      expect(await terminal.ended()).toBe("0");
    } finally {
      await close();
    }
  },
);

/** An account with one function in each region. */
const listed = `case "$1 $2 $3" in "list --json --region") echo '[{"name":"web-'"$4"'","state":"Active"}]'; exit ;; esac
`;

test.for([
  ["bash", { ".bashrc": "source <(eks-lambda completion bash)\n" }],
  ["zsh", { ".zshrc": "autoload -U compinit; compinit -u; source <(eks-lambda completion zsh)\n" }],
  ["fish", { ".config/fish/config.fish": "eks-lambda completion fish | source\n" }],
] as const)("%s completes commands, flags and their values", async ([shell, files], { home }) => {
  const bin = join(home, "bin");
  await give(home, { ...files, "bin/eks-lambda": `#!/bin/sh\n${listed}exec ${process.execPath} ${cli} "$@"\n` });
  await chmod(join(bin, "eks-lambda"), 0o755);
  const { open, close } = await startTerminal({ HOME: home, PATH: `${bin}:${PATH}`, SHELL: `/usr/bin/${shell}` });
  try {
    const terminal = await open(`/usr/bin/${shell} -i`, 160);
    await terminal.shows(/[$%#>] *$/);
    for (const [typed, completed] of [
      ["eks-lambda teard", /eks-lambda teardown/],
      [" --workl", /eks-lambda teardown +--workloads/],
    ] as const) {
      await terminal.press(typed, "Tab");
      await terminal.shows(completed);
    }
    await terminal.press("C-u", "eks-lambda setup --access access-", "Tab");
    await terminal.shows(/eks-lambda setup --access access-entry/);
    await terminal.press("C-u", "eks-lambda invoke set-i", "Tab");
    await terminal.shows(/eks-lambda invoke set-image/);
    await terminal.press("C-u", "eks-lambda logs --region eu-west-1 --name we", "Tab");
    await terminal.shows(/--name web-eu-west-1/);
  } finally {
    await close();
  }
});

test("another shell starts with a warning", async ({ home }) => {
  const { open, close } = await startTerminal({ HOME: home, PATH, SHELL: "/bin/true" });
  try {
    const terminal = await open(`${process.execPath} ${cli} sandbox`, 160);
    expect(await terminal.ended()).toBe("0");
    expect(await terminal.screen()).toMatch(
      /\nwarning: the rc files of \/bin\/true can override the sandbox's settings for AWS and kubectl$/,
    );
  } finally {
    await close();
  }
});
