/** The kubectl of this machine in the sandbox. vitest.config.ts includes this file where there is one. */
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { repositoryFile, run } from "../acceptance/support/run.ts";
import { describeKubectl } from "./cases.ts";

describeKubectl("the kubectl on the PATH", async () => "kubectl");

test("npm run demo shows the Deployment with kubectl", async () => {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const command = `${repositoryFile("bin/eks-lambda.cjs")} sandbox -- node ${repositoryFile("scripts/demo.mjs")}`;
  const { exit, stdout } = await run(process.execPath, command, { PATH, HOME: process.env.HOME });
  expect(exit, stdout).toBe(0);
  expect(stdout).toMatch(/\$ kubectl get deployments\nNAME .*\nnginx-\S+ +2\/2 /);
});
