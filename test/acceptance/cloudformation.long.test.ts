/** `Custom::EksManifest` in a stack of CloudFormation, by the function that `setup` made. */
import { expect } from "vitest";
import { stacksOf } from "./support/stacks.ts";
import { test, type World } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  const allow = "--allow apply:configmaps delete:configmaps";
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig ${allow}`);
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
});

const configMap = (name: string, data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

/** A template with a resource for each list of objects. */
const templateOf = ({ names }: World, resources: Readonly<Record<string, readonly object[]>>, more: object = {}) => ({
  Resources: Object.fromEntries(
    Object.entries(resources).map(([id, objects]) => [
      id,
      {
        Type: "Custom::EksManifest",
        Properties: { ServiceToken: names.functionArn, Manifest: JSON.stringify(objects), ...more },
      },
    ]),
  ),
});
const read = async ({ backend }: World, name: string) => {
  const { status, body } = await backend.kube("GET", `/api/v1/namespaces/default/configmaps/${name}`);
  return status === 200 ? body.data : undefined;
};

test("objects come, change and go with a stack, and come back with a rollback", async ({ world }) => {
  const stacks = stacksOf(world.backend);
  const [first, second] = [configMap("a", { x: "1" }), configMap("a", { x: "2" })];
  expect(await stacks.deploy("web", templateOf(world, { Web: [first] }))).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(await read(world, "a")).toEqual({ x: "1" });
  const failed = await stacks.deploy("web", templateOf(world, { Web: [second], Twice: [first] }));
  expect(failed.status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(failed.failures.join()).toMatch(
    /AlreadyExists: ConfigMap default\/a: it already exists, and belongs to "Web of/,
  );
  expect(await read(world, "a")).toEqual({ x: "1" });
  const renamed = templateOf(world, { Renamed: [second] }, { Overwrite: true });
  expect(await stacks.deploy("web", renamed)).toMatchObject({ status: "UPDATE_COMPLETE" });
  expect(await read(world, "a")).toEqual({ x: "2" });
  expect(await stacks.remove("web")).toMatchObject({ status: "DELETE_COMPLETE" });
  expect(await read(world, "a")).toBeUndefined();
});

test("a create that fails leaves nothing", async ({ world }) => {
  const stacks = stacksOf(world.backend);
  const job = { ...configMap("job", {}), kind: "Job", apiVersion: "batch/v1" };
  const failed = await stacks.deploy("failed", templateOf(world, { Web: [configMap("b", {})], Job: [job] }));
  expect(failed.status).toBe("ROLLBACK_COMPLETE");
  expect(failed.failures.join()).toMatch(/NotAllowed: `apply` of jobs.batch/);
  expect(await read(world, "b")).toBeUndefined();
  expect(await stacks.remove("failed")).toMatchObject({ status: "DELETE_COMPLETE" });
});
