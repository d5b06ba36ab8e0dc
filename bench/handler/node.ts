/** The Node.js that Lambda runs the function with, whichever runs the rest; kept in the cache of the real backend. */
import { join } from "node:path";
import { build } from "../../test/e2e/backend/build.ts";
import { run } from "../../test/e2e/backend/run.ts";

/** `Runtime: nodejs24.x`, as template.yml has it. */
export const lambdaNodeVersion = "24.21.0";
const name = `node-${process.platform}-${process.arch}`;

/** The program's path. */
export const lambdaNode = (report: (line: string) => void): Promise<string> =>
  build(
    {
      name: "bench-node",
      lane: "network",
      inputs: async () => [name, lambdaNodeVersion],
      build: async (folder) => {
        await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, `${name}@${lambdaNodeVersion}`]);
      },
    },
    report,
  ).then((folder) => join(folder, "node_modules", name, "bin/node"));
