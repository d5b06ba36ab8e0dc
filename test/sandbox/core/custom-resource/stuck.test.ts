/** What would leave a stack that can be neither rolled back nor deleted. */
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Chosen } from "../../../../src/core/actions/index.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { addCdkResources } from "../../../../src/lambda/cdk-resources.ts";
import { withCustomResources } from "../../../../src/lambda/custom-resources.ts";
import { createHandler } from "../../../../src/lambda/handler.ts";
import { requestOf, s3 } from "../../../support/cloudformation.ts";
import { listenInTest } from "../../../support/server.ts";
import {
  allowed,
  configMap,
  failure,
  manifest,
  overwriting,
  success,
  useConfigMaps,
} from "../../support/config-maps.ts";

const { used, kube, resource, read, names, ownersOf } = useConfigMaps();
const notCreated = expect.stringMatching(/^eks-lambda:not-created:/);

describe("a field that no update accepts", () => {
  const spec = (image: string, more: object) => ({
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image, ...more }] } },
  });
  const env = ["1", "2"].map((value) => ({ name: "A", value }));
  test.each([
    ["is unknown", /^\w+: Deployment default\/web: .*replica\b/s, { ...spec("nginx:1", {}), replica: 2 }],
    ["is there twice", /^\w+: Deployment default\/web: .*env/s, spec("nginx:1", { env })],
  ])("and %s is refused when it is created", async (_, reason, wrong) => {
    const metadata = { name: "web" };
    const given = manifest(configMap("a"), { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: wrong });
    expect(await resource("Web").create(given)).toMatchObject({ ...failure(reason), PhysicalResourceId: notCreated });
    expect(await names()).toEqual([]);
  });
});

test("a field that a definition of the same manifest does not have is refused, too", async () => {
  const metadata = { name: "widgets.example.com" };
  const schema = { openAPIV3Schema: { type: "object" } };
  const definition = {
    ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata },
    spec: {
      ...{ group: "example.com", scope: "Namespaced" },
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
  const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "one" }, sice: 1 };
  expect(await resource("Web").create(manifest(definition, widget))).toMatchObject({
    ...failure(/^BadRequest: Widget default\/one: .*sice/s),
    PhysicalResourceId: notCreated,
  });
});

test.each(["Custom::EKSManifest", "Custom::AWSCDK-EKS-KubernetesPatches"])(
  "a create of the unknown type %s has made nothing, and can be deleted",
  async (type) => {
    const web = resource("Web", { type });
    const unknown = failure(/^InvalidEvent: the function knows no resources of type /);
    expect(await web.create(manifest(configMap("a")))).toMatchObject({ ...unknown, PhysicalResourceId: notCreated });
    expect(await web.remove(manifest(configMap("a")))).toMatchObject(success);
    // What the function made when it knew the type is still there.
    expect(await resource("Old", { type }).remove(manifest(configMap("a")))).toMatchObject(unknown);
  },
);

describe("a version that is served no longer", () => {
  const definition = (served: boolean) => ({
    ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
    metadata: { name: "widgets.example.com" },
    spec: {
      ...{ group: "example.com", scope: "Namespaced" },
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: ["v1beta1", "v1"].map((name) => ({
        ...{ name, served: name === "v1" || served, storage: name === "v1" },
        schema: { openAPIV3Schema: { type: "object" } },
      })),
    },
  });
  const at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const status = async (version: string, name = "") =>
    (await kube("GET", `/apis/example.com/${version}/namespaces/default/widgets${name}`)).status;
  const widget = (apiVersion: string) => ({ apiVersion, kind: "Widget", metadata: { name: "one" } });
  const old = manifest(configMap("a"), widget("example.com/v1beta1"));

  async function made() {
    await kube("POST", at, { body: definition(true) });
    await expect.poll(() => status("v1beta1")).toBe(200);
    const web = resource("Web");
    expect(await web.create(old)).toMatchObject(success);
    const body = { spec: definition(false).spec };
    await kube("PATCH", `${at}/widgets.example.com`, { body, type: "application/merge-patch+json" });
    await expect.poll(() => status("v1beta1")).toBe(404);
    expect(await status("v1", "/one")).toBe(200);
    return web;
  }

  test("a delete finds the object in another one", async () => {
    expect(await (await made()).remove(old)).toMatchObject(success);
    expect(await status("v1", "/one")).toBe(404);
  });

  test("an update that leaves the object out does, too", async () => {
    expect(await (await made()).update(manifest(configMap("a")), old)).toMatchObject(success);
    expect(await status("v1", "/one")).toBe(404);
  });

  test("a kind that is gone from its group is a success", async () => {
    const web = await made();
    await kube("DELETE", `${at}/widgets.example.com`);
    await expect.poll(() => status("v1")).toBe(404);
    expect(await web.remove(old)).toMatchObject(success);
  });
});

test("an update of what another stack has taken over waits behind it", async () => {
  const [one, two] = [resource("Web", { stack: "one" }), resource("Web", { stack: "two" })];
  const of = (x: string, y: string) => manifest(configMap("x", { v: x }), configMap("y", { v: y }));
  const [first, second, third] = [of("1", "1"), of("1", "2"), of("3", "3")];
  const taking = overwriting(configMap("x", { v: "9" }));
  await one.create(first);
  await two.create(taking);
  expect(await one.update(second, first)).toMatchObject(success);
  expect(await one.update(first, second)).toMatchObject(success);
  expect(await one.update(third, first)).toMatchObject(success);
  expect(await ownersOf("x")).toEqual([two.owner, one.owner]);
  expect([(await read("x")).data, (await read("y")).data]).toEqual([{ v: "9" }, { v: "3" }]);
  expect(await two.remove(taking)).toMatchObject(success);
  expect([(await read("x")).data, await ownersOf("x")]).toEqual([{ v: "3" }, [one.owner]]);
});

test("what another function has given back loses the fields that an update leaves out", async () => {
  const one = resource("Web", { stack: "one" });
  const two = resource("Web", { stack: "two", owner: "111122223333/us-east-1/other" });
  const [first, second] = [manifest(configMap("x", { p: "1", q: "1" })), manifest(configMap("x", { p: "1" }))];
  const taking = overwriting(configMap("x", { p: "2" }));
  await one.create(first);
  await two.create(taking);
  const third = manifest(configMap("x", { p: "1", q: "2" }));
  expect(await one.update(third, first)).toMatchObject(success);
  await two.remove(taking);
  expect((await read("x")).data).toEqual({ p: "1", q: "2" });
  expect(await one.update(second, third)).toMatchObject(success);
  expect((await read("x")).data).toEqual({ p: "1" });
  expect(Object.keys((await read("x")).metadata.annotations)).toEqual(["eks-lambda/owners"]);
});

test("lists in lists are the objects in them", async () => {
  const items = [{ apiVersion: "v1", kind: "ConfigMapList", items: [configMap("a")] }, configMap("b")];
  const given = manifest({ apiVersion: "v1", kind: "List", items }, configMap("c"));
  expect(await resource("Web").create(given)).toMatchObject(success);
  expect(await names()).toEqual(["a", "b", "c"]);
});

describe("an API server that", () => {
  test("refuses the connection has no objects, and no patches, of a create", async () => {
    addCdkResources();
    const meddle = async () => {
      throw new EksLambdaError("ConnectionRefused", "refused");
    };
    const patches = { ResourceName: "configmap/a", ApplyPatchJson: "{}", RestorePatchJson: "{}" };
    for (const [type, given] of [
      ["Custom::EksManifest", manifest(configMap("a"))],
      ["Custom::AWSCDK-EKS-KubernetesPatch", patches],
    ] as const) {
      const web = resource("Web", { type, meddle });
      const refused = failure(/^ConnectionRefused: /);
      expect(await web.create(given)).toMatchObject({ ...refused, PhysicalResourceId: notCreated });
      expect(await web.remove(given)).toMatchObject(success);
    }
  });

  test("never answers is told, and leaves nothing to delete", { timeout: 60_000 }, async () => {
    const server = createServer();
    const { port } = await listenInTest(server);
    const { puts, environment: own } = await s3(200);
    const environment = {
      ...{ CLUSTER_NAME: "demo", CLUSTER_ENDPOINT: `https://127.0.0.1:${port}`, CLUSTER_CA: used.sandbox().cluster.ca },
      ...{ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", ...own },
    };
    const options = { environment, allowed };
    const run = createHandler({ ...options, choose: (event) => event as Chosen });
    const handler = withCustomResources(createHandler(options), run, environment);
    const end = Date.now() + 6_000;
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => end - Date.now() };
    await handler(requestOf({ ResourceProperties: { ServiceToken: "arn", ...manifest(configMap("a")) } }), context);
    expect(puts.map(({ body }) => body)).toMatchObject([
      {
        ...failure(/^Timeout: no answer from the API server in time\n.*private endpoint/s),
        PhysicalResourceId: notCreated,
      },
    ]);
  });
});
