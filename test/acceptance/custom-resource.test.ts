/** CloudFormation's custom resources by the built function, with the field managers and controllers of either backend. */
import { expect } from "vitest";
import { requestOf, s3 } from "../support/cloudformation.ts";
import { deploymentSpec } from "./client/objects.ts";
import { type Actions, allow, startActions } from "./support/actions.ts";
import { make } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const kinds = ["configmaps", "deployments"] as const;
let actions: Actions;
test.beforeAll(async ({ world }) => {
  actions = await startActions(world, [...allow("apply", ...kinds), ...allow("delete", ...kinds)]);
});
test.afterAll(() => actions.stop());

const path = "/api/v1/namespaces/default/configmaps";
const read = async ({ backend }: World, name: string) => (await backend.kube("GET", `${path}/${name}`)).body;
const configMap = (name: string, data: object, labels: object = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", data },
  metadata: { name, labels },
});
const manifest = (...manifests: readonly object[]) => ({ Manifest: JSON.stringify(manifests) });

interface Answered {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

let requests = 0;

/** Sends the function an event, and returns what it answers CloudFormation. */
async function send(LogicalResourceId: string, type: "Create" | "Update" | "Delete", properties: object, old?: object) {
  const { puts, environment } = await s3(200);
  Object.assign(process.env, environment);
  const event = requestOf({
    ...{ LogicalResourceId, RequestType: type, RequestId: `request-${requests++}` },
    ResourceProperties: { ServiceToken: "arn", ...properties },
    ...(old && { OldResourceProperties: { ServiceToken: "arn", ...old } }),
    ...(type !== "Create" && { PhysicalResourceId: "eks-lambda:web" }),
  });
  await actions.run(event, undefined, 60_000);
  delete process.env.AWS_ENDPOINT_URL_S3;
  return puts.at(-1)?.body as unknown as Answered;
}
const success = { Status: "SUCCESS" };

test("objects lose the fields that a manifest no longer has, and go with the stack", async ({ world }) => {
  const first = manifest(configMap("fields", { x: "1", y: "1" }, { x: "1" }), configMap("other", {}));
  const second = manifest(configMap("fields", { x: "2" }));
  expect(await send("Fields", "Create", first)).toMatchObject(success);
  expect(await send("Fields", "Update", second, first)).toMatchObject(success);
  const { data, metadata } = await read(world, "fields");
  expect([data, metadata.labels]).toEqual([{ x: "2" }, undefined]);
  expect(metadata.managedFields.map((one: { manager: string; operation: string }) => one.operation)).toEqual(["Apply"]);
  expect(await read(world, "other")).toMatchObject({ reason: "NotFound" });
  expect(await send("Fields", "Delete", second)).toMatchObject(success);
  expect(await read(world, "fields")).toMatchObject({ reason: "NotFound" });
});

test("a takeover removes kubectl's fields, keeps those of controllers, and gives the object back", async ({
  world,
}) => {
  await world.backend.kube("POST", `${path}?fieldManager=kubectl-create`, {
    body: configMap("taken", { x: "0", y: "0" }),
  });
  const body = { data: { z: "0" } };
  const contentType = "application/merge-patch+json";
  await world.backend.kube("PATCH", `${path}/taken?fieldManager=controller`, { body, contentType });
  const wanted = manifest(configMap("taken", { x: "1" }));
  expect(await send("Taken", "Create", wanted)).toMatchObject({
    Status: "FAILED",
    Reason: expect.stringMatching(/^AlreadyExists: ConfigMap default\/taken: it already exists\n/),
    PhysicalResourceId: expect.stringMatching(/^eks-lambda:not-created:Taken:/),
  });
  expect(await send("Taken", "Create", { ...wanted, Overwrite: "true" })).toMatchObject(success);
  expect((await read(world, "taken")).data).toEqual({ x: "1", z: "0" });
  expect(await send("Renamed", "Create", { ...wanted, Overwrite: "true" })).toMatchObject(success);
  expect(await send("Taken", "Delete", wanted)).toMatchObject(success);
  expect(await send("Renamed", "Delete", wanted)).toMatchObject(success);
  const { data, metadata } = await read(world, "taken");
  expect([data, metadata.annotations]).toEqual([{ x: "1", z: "0" }, undefined]);
});

test("a create waits for rollouts, and a delete until the objects are gone", async ({ world }) => {
  const { spec } = { spec: deploymentSpec("web:1", 2) };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "waited" }, spec };
  const wanted = { ...manifest(deployment), Wait: "30" };
  expect(await send("Waited", "Create", wanted)).toMatchObject(success);
  const at = "/apis/apps/v1/namespaces/default/deployments/waited";
  expect((await world.backend.kube("GET", at)).body.status.availableReplicas).toBe(2);
  expect(await send("Waited", "Delete", wanted)).toMatchObject(success);
  expect((await world.backend.kube("GET", at)).status).toBe(404);
});

test("what the API server refuses is found before anything is written", async ({ world }) => {
  await make(world.backend, path, configMap("kept", {}));
  const wanted = manifest(configMap("first", {}), { ...configMap("second", {}), data: { x: 1 } });
  const answered = await send("Refused", "Create", wanted);
  expect(answered).toMatchObject({
    Status: "FAILED",
    Reason: expect.stringMatching(/^\w+: ConfigMap default\/second: /),
  });
  expect(answered.PhysicalResourceId).toMatch(/not-created/);
  expect(await read(world, "first")).toMatchObject({ reason: "NotFound" });
});
