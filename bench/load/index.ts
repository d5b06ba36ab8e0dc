/** What functions cost to load: a cold start pays it before its first request. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildAll } from "../../test/e2e/backend/build.ts";
import { lambdaNode } from "../../test/e2e/backend/parts.ts";
import { bundle, ours } from "../handler/variants.ts";
import { type Spread, spread } from "../support/statistics.ts";

export interface LoadRow {
  readonly id: "floor" | "stock" | "tasks";
  readonly title: string;
  readonly loadMs: Spread;
}

const source = (file: string): string => join(import.meta.dirname, "..", file);

export async function benchLoad(rounds: number, report: (line: string) => void): Promise<readonly LoadRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-load-"));
  try {
    const built = await buildAll(report);
    const node = lambdaNode(built);
    const [floor, tasks] = [join(folder, "floor.js"), join(folder, "tasks.mjs")];
    await ours(join(folder, "stock"), built);
    await bundle(source("handler/variants/floor.ts"), floor);
    await bundle(source("tasks/ours.ts"), tasks, { format: "esm" });
    const loaded = [
      { id: "floor", title: "floor: `node:https` and one POST", file: floor, times: [] as number[] },
      { id: "stock", title: "eks-lambda", file: join(folder, "stock/index.js"), times: [] as number[] },
      { id: "tasks", title: "a function with ten tasks", file: tasks, times: [] as number[] },
    ] as const;
    for (let round = 0; round < rounds; round += 1)
      for (const { file, times } of loaded) times.push(await loadMs(node, file));
    report("load: measured");
    return loaded.map(({ id, title, times }) => ({ id, title, loadMs: spread(times) }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds to import a file in a new process, without a warm-up. */
export async function loadMs(node: string, file: string): Promise<number> {
  const code =
    "const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start); process.exit()";
  const env = { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" };
  const { stdout } = await promisify(execFile)(node, ["--input-type=module", "-e", code, file], { env });
  return Number(stdout);
}
