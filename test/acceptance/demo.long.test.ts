/** `npm run demo` where kubectl is not installed; test/kubectl runs it with kubectl. */
import { expect } from "vitest";
import { test } from "./support/world.ts";

test("shows the Deployment that the function created", async ({ world: { run } }) => {
  const { exit, stdout } = await run("sandbox -- node scripts/demo.mjs");
  expect(exit, stdout).toBe(0);
  expect(stdout).toMatch(/\$ node scripts\/deployments\.mjs\nDeployment nginx-\S+: 2 of 2 replicas ready\n/);
  expect(stdout).not.toContain("$ kubectl");
});
