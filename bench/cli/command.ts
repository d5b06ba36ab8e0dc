/** Runs `eks-lambda COMMAND` with an explicit environment, and returns its times and requests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import type { Backend } from "../../test/acceptance/backend.ts";

const root = join(import.meta.dirname, "../..");
const preload = pathToFileURL(join(root, "bench/support/count.mjs")).href;

export interface Ran {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Number of requests to AWS and to the API server. */
  readonly aws: number;
  readonly apiServer: number;
  /** Bytes on all connections, in both directions. */
  readonly bytes: number;
}

interface Counted {
  readonly requests: readonly { readonly host: string; readonly method: string; readonly path: string }[];
  readonly bytes: number;
  readonly cpuMs: number;
}

export async function command(words: string, backend: Backend, home: string): Promise<Ran> {
  const file = join(home, "count.json");
  const env = {
    ...backend.env,
    PATH: dirname(process.execPath),
    HOME: home,
    NODE_OPTIONS: `--import=${preload}`,
    BENCH_COUNT: file,
  };
  const args = [join(root, "bin/eks-lambda.cjs"), ...words.split(" ")];
  const start = performance.now();
  const child = spawn(process.execPath, args, { env, cwd: home, stdio: ["ignore", "ignore", "pipe"] });
  const [errors, [exit]] = await Promise.all([text(child.stderr), once(child, "close")]);
  const wallMs = performance.now() - start;
  if (exit !== 0) throw new Error(`eks-lambda ${words} exited with ${exit}:\n${errors}`);
  const { requests, bytes, cpuMs } = JSON.parse(await readFile(file, "utf8")) as Counted;
  const { host } = new URL(backend.cluster.endpoint);
  const apiServer = requests.filter((request) => request.host === host).length;
  return { wallMs, cpuMs, bytes, apiServer, aws: requests.length - apiServer };
}
