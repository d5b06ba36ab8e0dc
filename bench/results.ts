/** What a run measured, as it is kept in `bench/results.json`. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CliResults } from "./cli/index.ts";
import type { HandlerResults } from "./handler/index.ts";
import type { SandboxResults } from "./sandbox/index.ts";
import type { ScaleResults } from "./scale/index.ts";
import type { Machine } from "./support/machine.ts";

const file = join(import.meta.dirname, "results.json");

export interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly handler: HandlerResults;
  readonly cli: CliResults;
  readonly sandbox: SandboxResults;
  readonly scale: ScaleResults;
}

/** Of the parts that were measured. */
export const readResults = async (): Promise<Partial<Results>> => JSON.parse(await readFile(file, "utf8"));

export const writeResults = (results: Partial<Results>): Promise<void> =>
  writeFile(file, `${JSON.stringify(results, round, 2)}\n`);

/** Three digits behind the point are microseconds: more is noise. */
const round = (_key: string, value: unknown): unknown =>
  typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
