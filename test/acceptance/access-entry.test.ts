/** Clusters that know access entries: the stack makes one, and aws-auth is left alone. */
import { describe, expect } from "vitest";
import { lacks } from "./differences.ts";
import { deploymentNames, readAwsAuth } from "./support/cluster.ts";
import { test } from "./support/world.ts";

describe.skipIf(lacks("access entries"))("access entries", () => {
  test.for(["API_AND_CONFIG_MAP", "API"] as const)("setup in authentication mode %s", async (mode, { world }) => {
    const { backend, names, run, fresh } = world;
    await fresh();
    await backend.describe(names.cluster, { authenticationMode: mode });
    const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig --json`;
    const { exit, stdout, stderr } = await run(setup);
    expect(exit, stderr).toBe(0);
    const { access, checks } = JSON.parse(stdout);
    expect({ access, checks }).toEqual({
      access: { method: "access-entry", username: "lambda" },
      checks: [
        { name: "may create deployments in default", ok: true },
        { name: "may not list deployments in default", ok: true },
      ],
    });
    expect(await readAwsAuth(backend)).toBeUndefined();
    expect(await run('invoke --event \'{"name":"web"}\'')).toMatchObject({ exit: 0 });
    expect(await deploymentNames(world)).toEqual(["web"]);
    const again = JSON.parse((await run(setup)).stdout);
    expect(again.changes.every(({ action }: { action: string }) => action === "unchanged")).toBe(true);
  });
});
