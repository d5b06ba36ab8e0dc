/** Time of an aws-auth edit by number of entries. */
import { join } from "node:path";
import { build } from "esbuild";
import { run } from "../../test/e2e/backend/run.ts";
import { exponent, type Spread, spread } from "../support/statistics.ts";

export interface AwsAuthResults {
  readonly rows: readonly { readonly entries: number; readonly ms: Spread }[];
  /** `k` of `time ~ entries^k`, for all rows, and for rows with 1,000 entries and more. */
  readonly exponent: number;
  readonly exponentLarge: number;
}

const sizes = [10, 100, 1000, 5000];

export async function benchAwsAuth(folder: string, samples: number): Promise<AwsAuthResults> {
  const script = join(folder, "put-role.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "put-role.ts")],
    ...{ outfile: script, bundle: true, platform: "node", format: "cjs", target: "node20" },
  });
  const times = new Map<number, number[]>(sizes.map((size) => [size, []]));
  for (let sample = 0; sample < samples; sample += 1)
    for (const [size, of] of times) of.push(Number(await run(process.execPath, [script, String(size)])));
  const rows = [...times].map(([entries, of]) => ({ entries, ms: spread(of) }));
  const points = rows.map(({ entries, ms }) => ({ x: entries, y: ms.median }));
  return { rows, exponent: exponent(points), exponentLarge: exponent(points.filter(({ x }) => x >= 1000)) };
}
