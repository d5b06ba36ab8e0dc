/** Whole stacks, with the function of `setup`: a failure is rolled back, and the stack can be deleted. */
import { expect } from "vitest";
import { stacksOf } from "./support/stacks.ts";
import { test, type World } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  const allow = "--allow apply:configmaps delete:configmaps apply:services delete:services";
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig ${allow}`);
  expect(exit, stderr).toBe(0);
});

const configMap = (name: string, data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const service = (port: number, more: object) => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web" } },
  spec: { ports: [{ port }], ...more },
});
const stackWith = ({ names }: World, objects: readonly object[], more: object = {}) => {
  const { Type = "Custom::EksManifest", ...properties } = more as { readonly Type?: string };
  const given = { ServiceToken: names.functionArn, ServiceTimeout: 60, Manifest: JSON.stringify(objects) };
  return { Resources: { Web: { Type, Properties: { ...given, ...properties } } } };
};

test.for([
  ["a misspelled type", { Type: "Custom::EKSManifest" }, [configMap("a", {})], "InvalidEvent: the function knows no"],
  ["a misspelled field", {}, [configMap("a", {}), service(80, { sessionAfinity: "None" })], "sessionAfinity"],
] as const)(
  "%s is told when the stack is created, and leaves nothing",
  async ([, more, objects, reason], { world }) => {
    const stacks = stacksOf(world.backend);
    const { status, failures } = await stacks.deploy("typo", stackWith(world, objects, more));
    expect(status, failures.join()).toBe("ROLLBACK_COMPLETE");
    expect(failures.join()).toContain(reason);
    expect((await world.backend.kube("GET", "/api/v1/namespaces/default/configmaps/a")).status).toBe(404);
    expect(await stacks.remove("typo")).toMatchObject({ status: "DELETE_COMPLETE" });
  },
);

test("a stack goes on after another one has taken an object over", async ({ world }) => {
  const stacks = stacksOf(world.backend);
  const one = (y: string) => stackWith(world, [configMap("x", { v: "1" }), configMap("y", { v: y })]);
  const data = async (name: string) =>
    (await world.backend.kube("GET", `/api/v1/namespaces/default/configmaps/${name}`)).body.data;
  await stacks.deploy("one", one("1"));
  const two = stackWith(world, [configMap("x", { v: "2" })], { Overwrite: true });
  expect(await stacks.deploy("two", two)).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(await stacks.deploy("one", one("2"))).toMatchObject({ status: "UPDATE_COMPLETE" });
  expect([await data("x"), await data("y")]).toEqual([{ v: "2" }, { v: "2" }]);
  expect(await stacks.remove("two")).toMatchObject({ status: "DELETE_COMPLETE" });
  expect(await data("x")).toEqual({ v: "1" });
  expect(await stacks.remove("one")).toMatchObject({ status: "DELETE_COMPLETE" });
  expect(await data("x")).toBeUndefined();
});
