/** Runs a variant in a new process with new credentials, so that its token is new to the cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { mintToken } from "../../src/core/kube/token.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { type CpuShare, type Memory, periodMs } from "../support/cgroup.ts";
import { type RoleName, roles } from "./cluster.ts";
import type { Variant } from "./variants.ts";

/** Milliseconds and kilobytes. */
export interface Sample {
  /** Time from the start of the process until the handler can be called. */
  readonly initMs: number;
  readonly firstMs: number;
  readonly warmMs: readonly number[];
  /** Peak memory, including child processes. */
  readonly rssKb: number;
  /** Name of the first call's error. */
  readonly error?: string;
}

export interface SampleOptions {
  readonly backend: RealBackend;
  readonly warmCalls: number;
  /** Without a share, nothing is throttled. */
  readonly share?: { readonly cpu: CpuShare; readonly init: Memory; readonly callMb: number };
  readonly role?: RoleName;
  readonly env?: Readonly<Record<string, string>>;
}

/** Lambda's environment variables, and the floor's token. */
export async function environment({ cluster, region, assumeRole }: RealBackend, role: RoleName = roles.permitted) {
  const { accessKeyId, secretAccessKey, sessionToken = "" } = await assumeRole(role);
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  return {
    CLUSTER_NAME: cluster.name,
    CLUSTER_ENDPOINT: cluster.endpoint,
    CLUSTER_CA: cluster.ca,
    CLUSTER_NAMESPACE: "default",
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    BENCH_TOKEN: mintToken({ cluster: cluster.name, region, credentials, now: new Date() }).token,
  };
}

let count = 0;

type Sampled = Pick<Variant, "command" | "env"> & { readonly id: string };

export async function sample(variant: Sampled, options: SampleOptions): Promise<Sample> {
  const { backend, warmCalls, share, role } = options;
  const home = await mkdtemp(join(tmpdir(), "eks-lambda-bench-home-"));
  const base = { PATH: "/usr/bin:/bin", HOME: home, ...(await environment(backend, role)) };
  const env = { ...base, ...variant.env, ...options.env };
  count += 1;
  // After a pause, a call has its full share, as a single call has.
  const pauseMs = share ? 2 * periodMs : 0;
  const command = variant.command({ prefix: `b${process.pid}-${count}`, warmCalls, pauseMs });
  share?.cpu.hold(share.init);
  const [program = "", ...args] = share ? share.cpu.inside(command) : command;
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(program, args, { env, cwd: home, stdio: "pipe" });
  const [errors, exit] = [text(child.stderr), once(child, "close")];
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { initialisedAt } = await told<{ readonly initialisedAt: number }>(lines, "initialisedAt");
  share?.cpu.hold(share.callMb);
  await sleep(pauseMs);
  child.stdin.end("call\n");
  const measured = await told<Omit<Sample, "initMs">>(lines, "firstMs");
  const [code] = await exit;
  await rm(home, { recursive: true, force: true });
  if (code !== 0) throw new Error(`${variant.id} exited with ${code}:\n${await errors}`);
  return { initMs: initialisedAt - startedAt, ...measured };
}

/** Reads the next line of JSON with this key. Handlers may log other lines. */
async function told<T>(lines: AsyncIterator<string>, key: string): Promise<T> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`a variant ended before it printed ${key}`);
    if (value.startsWith(`{"${key}"`) || (value.startsWith("{") && key in JSON.parse(value))) return JSON.parse(value);
  }
}
