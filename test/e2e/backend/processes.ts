/** Child processes that end with their parent. Each has its own log file. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The kernel ends the children when their parent is killed, where setpriv is available. */
const withLifeline = ["setpriv", "--pdeathsig", "KILL"] as const;
const [lifelineProgram, ...lifelineArgs] = withLifeline;
const hasLifeline = spawnSync(lifelineProgram, [...lifelineArgs, "true"]).status === 0;

const running = new Set<Child>();
let watching = false;

function killAll(): void {
  for (const child of running) child.kill();
}

/** Ends the children whenever this process exits or gets a signal. */
function watch(): void {
  if (watching) return;
  watching = true;
  process.on("exit", killAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      killAll();
      process.kill(process.pid, signal);
    });
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  /** The file with all output of the process. */
  readonly log: string;

  constructor(name: string, folder: string, command: string, args: readonly string[], options: StartOptions = {}) {
    this.name = name;
    mkdirSync(folder, { recursive: true });
    this.log = join(folder, `${name}.log`);
    const log = openSync(this.log, "a");
    const [program = command, ...rest] = [...(hasLifeline ? withLifeline : []), command, ...args];
    this.process = spawn(program, rest, {
      cwd: options.cwd,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...options.env },
      stdio: ["ignore", log, log],
      detached: true,
    });
    this.exited = new Promise((resolve) => {
      this.process.once("exit", () => resolve());
      this.process.once("error", () => resolve());
    });
    running.add(this);
    watch();
    void this.exited.then(() => running.delete(this));
  }

  get isAlive(): boolean {
    return running.has(this);
  }

  async #lastWords(): Promise<string> {
    return (await readFile(this.log, "utf8").catch(() => "")).slice(-4000);
  }

  /** Stops the process and its children. */
  kill(): void {
    if (this.process.pid === undefined || !this.isAlive) return;
    try {
      process.kill(-this.process.pid, "SIGKILL");
    } catch {
      // The process has exited in the meantime.
    }
  }

  /** Kills the process at once. Its data is lost. */
  async stop(): Promise<void> {
    this.kill();
    await this.exited;
  }

  /** Waits until the probe succeeds. Rejects with the end of the log if the process exits, or after 60 s. */
  async until(probe: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const ready = await probe().then(
        () => true,
        () => false,
      );
      if (ready) return;
      if (!this.isAlive || Date.now() > deadline)
        throw new Error(`${this.name} ${this.isAlive ? "is not ready" : "ended"}:\n${await this.#lastWords()}`);
      await sleep(50);
    }
  }
}

/**
 * A port that no other worker of vitest asks for, so that none is taken between here and the start of a server. The kernel
 * gives none of them to anybody: its own begin at 32768.
 */
export const portOf = (worker: number, asked: number): number => 10_000 + (asked % 2_800) * 8 + (worker % 8);

const worker = Number(process.env.VITEST_POOL_ID ?? 0);
let asked = process.pid;

/** Returns a port that is free at the moment, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portOf(worker, asked++);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(
    () => true,
    () => false,
  );
  await new Promise((resolve) => server.close(resolve));
  return free;
}
