/**
 * Runs benchmarks and prints the results: `npm run bench -- [handler] [load] [cli] [sandbox] [scale] [tasks] [cdk]
 * [--quick] [--write]`. All but `cdk`, which needs `npm ci --prefix test/cdk`, is the default. `--write` writes it to
 * docs/benchmarks.md, whose last section comes from `npm run bench -- cdk --write`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { type RealBackend, startBackend } from "../test/e2e/backend/index.ts";
import { lambdaNodeVersion } from "../test/e2e/backend/parts.ts";
import { run } from "../test/e2e/backend/run.ts";
import { benchCdk } from "./cdk/index.ts";
import { benchCli } from "./cli/index.ts";
import { benchHandler } from "./handler/index.ts";
import { benchLoad } from "./load/index.ts";
import { cdkSectionOf, cdkTitle, pageOf } from "./report/page.ts";
import type { Parts, Results } from "./report/results.ts";
import { benchSandbox } from "./sandbox/index.ts";
import { benchScale } from "./scale/index.ts";
import { machine, version } from "./support/machine.ts";
import { benchTasks } from "./tasks/index.ts";

const args = process.argv.slice(2);
const has = (word: string) => args.includes(word);
const report = (line: string) => process.stderr.write(`${line}\n`);
const quick = has("--quick");

const effort = quick ? { rounds: 2, slowRounds: 1, warmCalls: 5 } : { rounds: 5, slowRounds: 2, warmCalls: 10 };
const sizes = quick ? [1, 8] : [1, 2, 4, 8, 16, 32, 64];

/** To add a part, add an entry here, and its results to `Parts`. */
const parts: { readonly [Name in keyof Parts]: (backend: RealBackend) => Promise<Parts[Name]> } = {
  handler: (backend) => benchHandler(backend, effort, report),
  load: () => benchLoad(quick ? 5 : 41, report),
  cli: (backend) => benchCli(backend, quick ? { rounds: 1, starts: 5 } : { rounds: 3, starts: 21 }, report),
  sandbox: () => benchSandbox(quick ? 3 : 11, report),
  scale: (backend) => benchScale(backend, { samples: quick ? 1 : 5, sizes }, report),
  tasks: (backend) => benchTasks(backend, quick ? 3 : 9, report),
  cdk: (backend) => benchCdk(backend, quick ? 1 : 5, report),
};

const page = "docs/benchmarks.md";

async function measure(chosen: readonly string[]): Promise<Results> {
  const backend = await startBackend({ report });
  try {
    const measured: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(parts)) if (chosen.includes(name)) measured[name] = await part(backend);
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

async function main(): Promise<void> {
  const named = Object.keys(parts).filter(has);
  const isCdk = named.join() === "cdk";
  if (has("--write") && named.length > 0 && !isCdk)
    throw new Error("docs/benchmarks.md is one run of all parts but cdk, and one of cdk: name none, or cdk");
  const results = await measure(named.length > 0 ? named : Object.keys(parts).filter((name) => name !== "cdk"));
  const { text, charts } = pageOf(results);
  const { cdk } = results;
  const section = cdk && cdkSectionOf({ ...results, cdk });
  if (!has("--write")) return console.log([!isCdk && text, section].filter(Boolean).join("\n"));
  const [before, ...kept] = (await readFile(page, "utf8")).split(`\n${cdkTitle}\n`);
  const old = kept.map((rest) => `${cdkTitle}\n${rest}`).join();
  await writeFile(page, [isCdk ? before : text, section ?? old].join("\n"));
  for (const [name, svg] of Object.entries(charts)) await writeFile(`docs/${name}`, svg);
  await run("npx", ["biome", "format", "--write", page]);
}

await main();
