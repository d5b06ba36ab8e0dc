/** kubectl, which people use beside this tool. */
import { expect } from "vitest";
import { run } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import type { RealBackend } from "./backend/index.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
});

const kubectl = ({ backend, env }: World, command: string) => run((backend as RealBackend).bin.kubectl, command, env);

test("kubectl works with the kubeconfig that setup wrote", async ({ world }) => {
  expect(await kubectl(world, "create deployment web --image nginx:1.12")).toEqual({
    exit: 0,
    stdout: "deployment.apps/web created\n",
    stderr: "",
  });
  expect(await kubectl(world, `--context ${world.names.context} get deployments --output name`)).toEqual({
    exit: 0,
    stdout: "deployment.apps/web\n",
    stderr: "",
  });
});

test("the function's user may create Deployments, and nothing more than everybody", async ({ world }) => {
  const rights = async (user: string) => {
    const { exit, stdout } = await kubectl(world, `auth can-i --list --as ${user}`);
    expect(exit).toBe(0);
    return stdout.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  };
  const everybody = await rights("somebody");
  expect((await rights("lambda")).filter((right) => !everybody.includes(right))).toEqual([
    "deployments.apps [] [] [create]",
  ]);
  expect(everybody).toContain("selfsubjectaccessreviews.authorization.k8s.io [] [] [create]");
});
