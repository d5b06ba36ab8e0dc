/**
 * Builds the parts of the real backend once, each into a cache folder that is named by its inputs. A marker shows that
 * a part is complete, so an interrupted build continues where it stopped.
 */

import { createHash } from "node:crypto";
import { access, mkdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Part, parts } from "./parts.ts";

export type Built = { readonly [name in keyof typeof parts]: string };

const marker = ".complete";

function cacheFolder(): string {
  const { EKS_LAMBDA_E2E_CACHE, XDG_CACHE_HOME } = process.env;
  return EKS_LAMBDA_E2E_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "eks-lambda-e2e");
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Runs the work while holding a lock that all processes share. Locks of dead processes are ignored. */
async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      break;
    } catch {
      const owner = Number(await readFile(path, "utf8").catch(() => "0"));
      if (owner > 0 && !isAlive(owner)) await unlink(path).catch(() => undefined);
      await sleep(500);
    }
  }
  return work().finally(() => unlink(path));
}

/** The folder of a part. Builds it if it is missing. */
export async function build(part: Part, report: (line: string) => void = () => undefined): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify(await part.inputs()))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `${part.name}-${hash}`);
  if (await isThere(join(folder, marker))) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  return locked(`${folder}.lock`, async () => {
    if (await isThere(join(folder, marker))) return folder;
    const started = performance.now();
    report(`building ${part.name} …`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await part.build(folder);
    await writeFile(join(folder, marker), "");
    report(`built ${part.name} in ${Math.round((performance.now() - started) / 1000)} s`);
    return folder;
  });
}

/** The folders of all parts. The first build takes about a quarter of an hour. */
export async function buildAll(report: (line: string) => void = () => undefined): Promise<Built> {
  const built: [string, string][] = [];
  const inLane = async (lane: Part["lane"]) => {
    for (const [name, part] of Object.entries(parts))
      if (part.lane === lane) built.push([name, await build(part, report)]);
  };
  await Promise.all([inLane("processors"), inLane("network")]);
  return Object.fromEntries(built) as Built;
}

if (process.argv[1] === import.meta.filename) {
  const report = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
  process.stdout.write(`${JSON.stringify(await buildAll(report), null, 2)}\n`);
}
