/** One fresh process of a variant, with credentials that no process had before: so its token is new to the cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { mintToken } from "../../src/core/kube/token.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import type { CpuShare } from "../support/cgroup.ts";
import { roleName } from "./cluster.ts";
import type { Variant } from "./variants.ts";

/** Milliseconds, kilobytes; CPU time with that of child processes. */
export interface Sample {
  readonly loadMs: number;
  readonly firstMs: number;
  /** From the start of the process to the first answer. */
  readonly totalMs: number;
  /** Up to the first answer. */
  readonly cpuMs: number;
  readonly warmMs: readonly number[];
  readonly warmCpuMs: number;
  readonly rssKb: number;
}

/** What Lambda's environment has, and the floor's token. */
export async function environment({ cluster, region, assumeRole }: RealBackend) {
  const { accessKeyId, secretAccessKey, sessionToken = "" } = await assumeRole(roleName);
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
    BENCH_TOKEN: mintToken({ cluster: cluster.name, region, credentials, now: new Date() }).token,
  };
}

let count = 0;

export async function sample(
  variant: Variant,
  backend: RealBackend,
  share: Pick<CpuShare, "inside">,
  warmCalls: number,
): Promise<Sample> {
  const home = await mkdtemp(join(tmpdir(), "eks-lambda-bench-home-"));
  const env = { PATH: "/usr/bin:/bin", HOME: home, ...(await environment(backend)), ...variant.env };
  count += 1;
  const [program = "", ...args] = share.inside(variant.command(`b${process.pid}-${count}`, warmCalls));
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(program, args, { env, cwd: home, stdio: ["ignore", "pipe", "pipe"] });
  const [out, errors, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  await rm(home, { recursive: true, force: true });
  if (exit !== 0) throw new Error(`${variant.id} exited with ${exit}:\n${errors}`);
  const { answeredAt, ...measured } = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as Sample & {
    readonly answeredAt: number;
  };
  return { ...measured, totalMs: answeredAt - startedAt };
}
