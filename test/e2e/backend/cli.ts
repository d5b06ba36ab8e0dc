/**
 * Starts the real backend, runs a command in its environment, and stops it: `npx tsx test/e2e/backend/cli.ts --
 * COMMAND…`. KUBECONFIG_ADMIN is a kubeconfig of the cluster administrator.
 */

import { spawn } from "node:child_process";
import { startBackend } from "./index.ts";

const separator = process.argv.indexOf("--");
const [command, ...args] = process.argv.slice(separator < 0 ? 2 : separator + 1);
const backend = await startBackend({ report: (line) => process.stderr.write(`${line}\n`) });
try {
  const env = {
    ...process.env,
    ...backend.env,
    PATH: [...backend.path, process.env.PATH].join(":"),
    KUBECONFIG_ADMIN: backend.kubeconfig,
    EKS_LAMBDA_E2E_CLUSTER: backend.cluster.name,
  };
  const child = spawn(command ?? process.env.SHELL ?? "sh", args, { stdio: "inherit", env });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
} finally {
  await backend.stop();
}
