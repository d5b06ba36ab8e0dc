/** Builds the Go programs of this folder once, into the real backend's cache. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "../../test/e2e/backend/build.ts";
import { run } from "../../test/e2e/backend/run.ts";

const source = join(import.meta.dirname, "go");

async function files(): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

/** The folder with `walkthrough` and `kubectl`. */
export const goPrograms = (report: (line: string) => void): Promise<string> =>
  build(
    {
      name: "bench-go",
      lane: "processors",
      inputs: async () => Promise.all((await files()).map((file) => readFile(file, "utf8"))),
      async build(folder) {
        await mkdir(join(folder, "bin"));
        const args = ["build", "-trimpath", "-ldflags=-s -w", "-o", `${join(folder, "bin")}/`, "./..."];
        await run("go", args, { cwd: source, env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" } });
      },
    },
    report,
  ).then((folder) => join(folder, "bin"));
