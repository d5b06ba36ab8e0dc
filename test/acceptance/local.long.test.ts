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

test("it does what the stack allows, and nothing else", async ({ world }) => {
  const { names, run, fresh } = world;
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run("invoke restart deployments/web --local")).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(/`restart`.* was not allowed to this function \(NotAllowed\)/),
  });
  expect(await run("invoke create deployments/web --local")).toMatchObject({ exit: 0 });
  const only = "--allow restart:deployments set-image:deployments --allow-image nginx:*";
  expect(await run(`${setup} ${only}`)).toMatchObject({ exit: 0 });
  expect(await run("invoke restart deployments/web --local")).toMatchObject({ exit: 0 });
  expect(await run("invoke create deployments/api --local")).toMatchObject({ exit: 1 });
  expect(await run("invoke set-image deployments/web --set image=evil --local")).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("(ImageNotAllowed)"),
  });
});
