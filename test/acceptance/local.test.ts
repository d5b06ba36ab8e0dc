/** `invoke --local` acts like the deployed function. */
import { expect } from "vitest";
import { deploymentNames, make } from "./support/cluster.ts";
import { test } from "./support/world.ts";

test("it uses the namespace of the function", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await make(backend, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const local = (name: string, flags = "") => run(`invoke --local ${flags} --event '{"name":"${name}"}'`);
  expect((await local("before-setup")).exit).toBe(0);
  expect((await run(`setup --cluster ${names.cluster} --namespace shop --yes`)).exit).toBe(0);
  expect((await run(`setup --cluster ${names.cluster} --name web --yes`)).exit).toBe(0);
  expect((await local("first")).exit).toBe(0);
  expect((await local("web", "--name web")).exit).toBe(0);
  expect(await deploymentNames(world, "shop")).toEqual(["first"]);
  expect(await deploymentNames(world)).toEqual(["before-setup", "web"]);
});
