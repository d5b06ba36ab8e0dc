/** Child processes that never outlive the one that started them, each with a log file of its own. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where it is there, the kernel itself ends the children of a parent that dies without a word. */
const withLifeline = ["setpriv", "--pdeathsig", "KILL"] as const;
const [lifelineProgram, ...lifelineArgs] = withLifeline;
const hasLifeline = spawnSync(lifelineProgram, [...lifelineArgs, "true"]).status === 0;

const running = new Set<Child>();
let watching = false;

function killAll(): void {
  for (const child of running) child.kill();
}

/** On any end of this process that can be noticed, its children end first. */
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
  /** The file that holds all that the process writes. */
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

  /** Ends the process and all that it started. */
  kill(): void {
    if (this.process.pid === undefined || !this.isAlive) return;
    try {
      process.kill(-this.process.pid, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }

  /** At once: nothing that it holds is to be kept. */
  async stop(): Promise<void> {
    this.kill();
    await this.exited;
  }

  /** Resolves when the probe does; rejects when the process ends, or after 60 s, with the end of its log. */
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

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
