/**
 * Measures and prints: `npm run bench -- [handler] [cli] [sandbox] [scale] [--quick] [--write]`.
 * `--write` keeps the results in `bench/results.json` and makes docs/benchmarks.md of them; parts that were not
 * measured stay as they were. `--render` makes the page anew and measures nothing.
 */
import { writeFile } from "node:fs/promises";
import { type RealBackend, startBackend } from "../test/e2e/backend/index.ts";
import { run } from "../test/e2e/backend/run.ts";
import { benchCli } from "./cli/index.ts";
import { benchHandler } from "./handler/index.ts";
import { lambdaNodeVersion } from "./handler/node.ts";
import { pageOf } from "./report/page.ts";
import { type Results, readResults, writeResults } from "./results.ts";
import { benchSandbox } from "./sandbox/index.ts";
import { benchScale } from "./scale/index.ts";
import { machine, version } from "./support/machine.ts";

const args = process.argv.slice(2);
const has = (word: string) => args.includes(word);
const report = (line: string) => process.stderr.write(`${line}\n`);
const quick = has("--quick");

const effort = quick ? { rounds: 3, slowRounds: 1, warmCalls: 50 } : { rounds: 15, slowRounds: 2, warmCalls: 200 };
const sizes = quick ? [1, 8] : [1, 2, 4, 8, 16, 32, 64];

/** To add one, add an entry, and its results to `Results`. */
const parts = {
  handler: (backend: RealBackend) => benchHandler(backend, effort, report),
  cli: (backend: RealBackend) =>
    benchCli(backend, quick ? { rounds: 1, starts: 5 } : { rounds: 5, starts: 31 }, report),
  sandbox: () => benchSandbox(quick ? 3 : 15, report),
  scale: (backend: RealBackend) => benchScale(backend, { samples: quick ? 1 : 7, sizes }, report),
};

async function measure(): Promise<Partial<Results>> {
  const chosen = Object.keys(parts).filter(has);
  const backend = await startBackend({ report });
  try {
    const measured: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(parts))
      if (chosen.length === 0 || chosen.includes(name)) measured[name] = await part(backend);
    return {
      ...measured,
      date: new Date().toISOString().slice(0, 10),
      commit: (await run("git", ["rev-parse", "--short", "HEAD"])).trim(),
      machine: await machine({
        "node of the handlers": lambdaNodeVersion,
        go: await version("go", "version"),
        python: await version("python3", "--version"),
        "aws-cli": await version("aws", "--version"),
        kubectl: await version(backend.bin.kubectl, "version", "--client"),
      }),
    };
  } finally {
    await backend.stop();
  }
}

async function show(): Promise<void> {
  const measured = has("--render") ? {} : await measure();
  const before = await readResults().catch(() => ({}));
  const results = { ...before, ...measured };
  const { text, charts } = pageOf(results);
  if (!has("--write") && !has("--render")) return console.log(text);
  await writeResults(results);
  await writeFile("docs/benchmarks.md", text);
  for (const [name, svg] of Object.entries(charts)) await writeFile(`docs/${name}`, svg);
  await run("npx", ["biome", "format", "--write", "docs/benchmarks.md", "bench/results.json"]);
}

await show();
