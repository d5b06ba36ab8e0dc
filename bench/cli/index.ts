/** Time, CPU and requests of each command on the real backend, and of `npx` with an empty npm cache. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { run } from "../../test/e2e/backend/run.ts";
import { type Spread, spread } from "../support/statistics.ts";
import { byHand } from "./by-hand.ts";
import { command, type Ran } from "./command.ts";

export interface CliRow {
  readonly name: string;
  readonly samples: number;
  readonly wallMs: Spread;
  readonly cpuMs?: Spread;
  readonly aws?: number;
  readonly apiServer?: number;
  readonly bytes?: number;
}

export interface CliResults {
  readonly rows: readonly CliRow[];
  readonly tarballBytes: number;
}

/** Commands in this order, on a new cluster and an empty account. */
const commands = {
  "setup --dry-run": "setup --dry-run",
  "setup, the first": "setup --yes",
  "setup, no change": "setup",
  "setup --dry-run, no change": "setup --dry-run",
};

export async function benchCli(
  backend: RealBackend,
  { rounds, starts }: { readonly rounds: number; readonly starts: number },
  report: (line: string) => void,
): Promise<CliResults> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-cli-"));
  try {
    const plain = await measureStarts(folder, starts);
    report("cli: starts measured");
    const ran = new Map<string, Ran[]>();
    for (let round = 0; round < rounds; round += 1) {
      await backend.reset();
      const home = join(folder, `home-${round}`);
      await mkdir(home);
      for (const [name, words] of Object.entries(commands))
        ran.set(name, [...(ran.get(name) ?? []), await command(words, backend, home)]);
      report(`cli: round ${round + 1} of ${rounds}`);
    }
    await backend.reset();
    const hand = await measureByHand(backend, folder, rounds);
    report("cli: by hand measured");
    const packed = await measureNpx(folder, Math.min(rounds, 3));
    return {
      rows: [...plain, ...[...ran].map(([name, samples]) => row(name, samples)), ...hand, packed.row],
      tarballBytes: packed.tarballBytes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureByHand(backend: RealBackend, folder: string, rounds: number): Promise<readonly CliRow[]> {
  const wall: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const ms = await byHand(backend, join(folder, `by-hand-${round}`));
    if (ms === undefined) return [];
    wall.push(ms);
    await backend.reset();
  }
  return [{ name: "by hand: AWS CLI and kubectl", samples: wall.length, wallMs: spread(wall) }];
}

function row(name: string, samples: readonly Ran[]): CliRow {
  const last = samples.at(-1);
  return {
    name,
    samples: samples.length,
    wallMs: spread(samples.map(({ wallMs }) => wallMs)),
    cpuMs: spread(samples.map(({ cpuMs }) => cpuMs)),
    ...(last && { aws: last.aws, apiServer: last.apiServer, bytes: last.bytes }),
  };
}

async function wallOf(words: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<number> {
  const start = performance.now();
  const [program = "", ...args] = words;
  const [exit] = await once(spawn(program, args, { env, cwd, stdio: "ignore" }), "close");
  if (exit !== 0) throw new Error(`${words.join(" ")} exited with ${exit}`);
  return performance.now() - start;
}

/** Times of alternating runs, without counting requests. */
async function measureStarts(home: string, starts: number): Promise<readonly CliRow[]> {
  const bin = join(import.meta.dirname, "../../bin/eks-lambda.cjs");
  const env = { PATH: dirname(process.execPath), HOME: home };
  const words = { "node -e 0": ["-e", "0"], "--help": [bin, "--help"] };
  const walls: Record<string, number[]> = {};
  for (let start = 0; start < starts; start += 1)
    for (const [name, args] of Object.entries(words)) {
      walls[name] ??= [];
      walls[name].push(await wallOf([process.execPath, ...args], env, home));
    }
  return Object.entries(walls).map(([name, of]) => ({ name, samples: of.length, wallMs: spread(of) }));
}

/** Runs the tarball with an empty npm cache. */
async function measureNpx(folder: string, times: number): Promise<{ row: CliRow; tarballBytes: number }> {
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder]);
  const tarball = join(folder, (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "");
  const walls: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const home = await mkdtemp(join(folder, "npx-"));
    const words = ["npm", "exec", "--yes", "--cache", join(home, "cache"), "--package", tarball];
    const env = { PATH: process.env.PATH ?? "", HOME: home };
    walls.push(await wallOf([...words, "--", "eks-lambda", "--help"], env, home));
  }
  const row: CliRow = { name: "npx eks-lambda --help, empty cache", samples: times, wallMs: spread(walls) };
  return { row, tarballBytes: (await stat(tarball)).size };
}
