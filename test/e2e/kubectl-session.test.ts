/** kubectl in the sandbox, of the cluster's version and of an earlier one. Its output must be the same as on a cluster. */
import { join } from "node:path";
import { expect } from "vitest";
import { run } from "../acceptance/support/run.ts";
import { test } from "../acceptance/support/world.ts";
import { describeKubectl } from "../kubectl/cases.ts";
import { kubectlInSandbox } from "../kubectl/kubectl.ts";
import { session } from "../kubectl/session.ts";
import { buildAll } from "./backend/build.ts";
import type { RealBackend } from "./backend/index.ts";

describeKubectl("the cluster's kubectl", async () => join((await buildAll()).controlPlane, "bin/kubectl"));
describeKubectl("an earlier kubectl", async () => join((await buildAll()).earlierKubectl, "bin/kubectl"));

test("the output is the same as on a cluster", { timeout: 240_000 }, async ({ world: { backend, env } }) => {
  const { bin, kubeconfig } = backend as RealBackend;
  const onCluster = await session((command, stdin) =>
    run(bin.kubectl, `${command} --kubeconfig ${kubeconfig}`, { ...env, PATH: process.env.PATH }, stdin),
  );
  const sandbox = await kubectlInSandbox(bin.kubectl);
  expect(await session(sandbox.call)).toEqual(onCluster);
  await sandbox.stop();
});
