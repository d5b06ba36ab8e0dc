/** Start-up time and memory of the sandbox, bundled as in the CLI. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { type Spread, spread } from "../support/statistics.ts";

export interface SandboxResults {
  /** Milliseconds from the call until the API server answers. */
  readonly startMs: Spread;
  /** Milliseconds from the start of the process. */
  readonly totalMs: Spread;
  /** Resident memory when ready. */
  readonly rssKb: Spread;
}

interface Sample {
  readonly startMs: number;
  readonly totalMs: number;
  readonly rssKb: number;
}

export async function benchSandbox(rounds: number, report: (line: string) => void): Promise<SandboxResults> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-sandbox-"));
  try {
    const file = join(folder, "sample.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "sample.ts")],
      outfile: file,
      ...({ bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" } as const),
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, [file]);
      samples.push(JSON.parse(stdout));
    }
    report("sandbox: starts measured");
    const of = (name: keyof Sample) => spread(samples.map((sample) => sample[name]));
    return { startMs: of("startMs"), totalMs: of("totalMs"), rssKb: of("rssKb") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
