/** A real terminal: runs a command in tmux and reads its screen. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";

const execute = promisify(execFile);

export interface Terminal {
  /** The text on the screen, without trailing white space. */
  screen(): Promise<string>;
  /** The same with escape sequences. */
  colours(): Promise<string>;
  shows(pattern: RegExp): Promise<void>;
  /** Sends keys by tmux's names: `y`, `Enter`, `C-c`. */
  press(...keys: readonly string[]): Promise<void>;
  /** The command's exit code once it has ended. */
  ended(): Promise<string>;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `open` runs a shell command with this environment only. */
export async function startTerminal(env: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-terminal-"));
  const tmux = (...args: readonly string[]) =>
    execute("tmux", ["-S", join(folder, "socket"), "-f", "/dev/null", ...args]);
  async function open(command: string, columns = 120): Promise<Terminal> {
    const variables = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
    const script = `trap : INT; env -i TERM=xterm-256color ${variables.join(" ")} ${command}; echo $? > ${folder}/exit; sleep 600`;
    await writeFile(join(folder, "script"), script);
    await tmux("new-session", "-d", "-x", String(columns), "-y", "50", "sh", join(folder, "script"));
    const screen = async () => (await tmux("capture-pane", "-p")).stdout.trimEnd();
    return {
      screen,
      colours: async () => (await tmux("capture-pane", "-p", "-e")).stdout,
      shows: (pattern) => expect.poll(screen).toMatch(pattern),
      press: async (...keys) => void (await tmux("send-keys", ...keys)),
      ended: async () => {
        const exit = () => readFile(join(folder, "exit"), "utf8").catch(() => "");
        await expect.poll(exit).not.toBe("");
        return (await exit()).trim();
      },
    };
  }
  async function close(): Promise<void> {
    await tmux("kill-server").catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
  return { open, close };
}
