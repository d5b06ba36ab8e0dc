/** Warm calls of `restart`, and of the least that can do the same: one PATCH. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeFor } from "../../src/core/actions/allowed.ts";
import { buildAll } from "../../test/e2e/backend/build.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { type CpuShare, vcpuMb } from "../support/cgroup.ts";
import { median, type Spread, spread } from "../support/statistics.ts";
import { permit } from "./cluster.ts";
import { sample } from "./sample.ts";
import { deployment } from "./variants/deployment.ts";
import { bundle, commandIn } from "./variants.ts";

/** Medians of the warm calls of each process, in milliseconds. */
export interface Restarts {
  readonly ours: Spread;
  readonly floor: Spread;
}

interface RestartOptions {
  readonly backend: RealBackend;
  readonly cpu: CpuShare;
  readonly rounds: number;
  readonly warmCalls: number;
}

export async function measureRestarts(
  folder: string,
  { backend, cpu, rounds, warmCalls }: RestartOptions,
): Promise<Restarts> {
  await permit(backend, "lambda-restart-deployments", "patch");
  const { status } = await backend.kube("POST", "/apis/apps/v1/namespaces/default/deployments", {
    body: deployment("web"),
  });
  if (status !== 201) throw new Error(`the Deployment to restart: ${status}`);
  const built = await buildAll();
  const variants = { ours: join(folder, "restart/index.js"), floor: join(folder, "floor-patch/index.js") };
  await mkdir(join(folder, "restart"));
  await writeFile(variants.ours, await restarting());
  await bundle(join(import.meta.dirname, "variants/floor-patch.ts"), variants.floor);
  const env = { BENCH_EVENT: JSON.stringify({ action: "restart", name: "web" }) };
  const share = { cpu, init: "unthrottled", callMb: vcpuMb } as const;
  const warm = async (id: keyof Restarts) => {
    const variant = { id: `restart by ${id}`, env, command: commandIn(variants[id], built) };
    const { warmMs, error } = await sample(variant, { backend, share, warmCalls });
    if (error) throw new Error(`${variant.id} failed: ${error}`);
    return median(warmMs);
  };
  const medians: Record<keyof Restarts, number[]> = { ours: [], floor: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const id of round % 2 ? (["ours", "floor"] as const) : (["floor", "ours"] as const))
      medians[id].push(await warm(id));
  return { ours: spread(medians.ours), floor: spread(medians.floor) };
}

/** The function after `setup --allow restart:deployments`. */
async function restarting(): Promise<string> {
  const kind = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };
  return codeFor([{ action: "restart", ...kind }], await readFile("dist/actions/index.js", "utf8"));
}
