/** What kubectl asks an API server for: discovery, OpenAPI, tables, and objects in protobuf. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { since } from "../../../src/sandbox/kube/read/columns.ts";
import { repositoryFile } from "../../acceptance/support/run.ts";
import { configMaps, useSandbox } from "../support/sandbox.ts";

const { kube } = useSandbox();
const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

describe("discovery", () => {
  test("one by one", async () => {
    expect((await kube("GET", "/api")).body).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    const { groups } = (await kube("GET", "/apis")).body;
    expect(groups).toContainEqual({
      name: "apps",
      versions: [{ groupVersion: "apps/v1", version: "v1" }],
      preferredVersion: { groupVersion: "apps/v1", version: "v1" },
    });
    expect((await kube("GET", "/apis/apps")).body).toMatchObject({ kind: "APIGroup", name: "apps" });
    const { resources } = (await kube("GET", "/apis/apps/v1")).body;
    expect(resources.map(({ name }: { name: string }) => name)).toContain("deployments/scale");
    expect((await kube("GET", "/apis/lost.example/v1")).status).toBe(404);
  });

  test("aggregated", async () => {
    const type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { body, headers } = await kube("GET", "/apis", { accept: `${type},application/json` });
    expect(headers["content-type"]).toBe(type);
    const { items } = JSON.parse(body);
    const [apps] = items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name === "apps");
    expect(apps.versions[0].resources).toContainEqual({
      ...{ resource: "statefulsets", singularResource: "statefulset", scope: "Namespaced" },
      responseKind: { group: "apps", version: "v1", kind: "StatefulSet" },
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      ...{ shortNames: ["sts"], categories: ["all"] },
      subresources: expect.arrayContaining([expect.objectContaining({ subresource: "scale" })]),
    });
  });
});

test("OpenAPI names the kinds that can be patched with field validation", async () => {
  const { paths } = (await kube("GET", "/openapi/v3")).body;
  expect(Object.keys(paths)).toContain("apis/apps/v1");
  const document = (await kube("GET", paths["apis/apps/v1"].serverRelativeURL)).body;
  expect(document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"].patch).toMatchObject({
    parameters: expect.arrayContaining([expect.objectContaining({ name: "fieldValidation", in: "query" })]),
    "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" },
  });
});

describe("tables", () => {
  test("of a list and of an object", async () => {
    await kube("POST", configMaps, { body: { metadata: { name: "a" }, data: { b: "c" } } });
    const { body } = await kube("GET", configMaps, { accept });
    expect(body).toMatchObject({
      ...{ kind: "Table", apiVersion: "meta.k8s.io/v1" },
      columnDefinitions: [{ name: "Name", format: "name" }, { name: "Data" }, { name: "Age" }],
      rows: [{ cells: ["a", 1, expect.stringMatching(/^\ds$/)], object: { kind: "PartialObjectMetadata" } }],
    });
    const one = await kube("GET", `${configMaps}/a?includeObject=Object`, { accept });
    expect(one.body.rows).toMatchObject([{ object: { kind: "ConfigMap", data: { b: "c" } } }]);
  });

  test.each([
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [3_599, "59m"],
    [4 * 3_600 + 60, "4h1m"],
    [30 * 3_600, "30h"],
    [3 * 86_400 + 3_600, "3d1h"],
    [100 * 86_400, "100d"],
    [800 * 86_400, "2y70d"],
  ])("%i seconds are %s", (seconds, shown) => {
    expect(since("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:00Z") + seconds * 1000)).toBe(shown);
  });
});

describe("protobuf", () => {
  const type = "application/vnd.kubernetes.protobuf";
  const field = (number: number, ...content: readonly (Buffer | string)[]): Buffer => {
    const bytes = Buffer.concat(content.map((piece) => Buffer.from(piece)));
    return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  };
  const enveloped = (apiVersion: string, kind: string, ...fields: readonly Buffer[]): Buffer =>
    Buffer.concat([Buffer.from("k8s\0"), field(1, field(1, apiVersion), field(2, kind)), field(2, ...fields)]);

  test("of a review", async () => {
    const attributes = field(1, field(1, "default"), field(2, "list"), field(5, "pods"));
    const body = enveloped("authorization.k8s.io/v1", "SelfSubjectAccessReview", field(1), field(2, attributes));
    const answer = await kube("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { body, type });
    expect(answer.body).toMatchObject({ spec: { resourceAttributes: { verb: "list" } }, status: { allowed: true } });
  });

  test("of a namespace", async () => {
    const body = enveloped("v1", "Namespace", field(1, field(1, "shop"), field(8)), field(2), field(3));
    expect(await kube("POST", "/api/v1/namespaces", { body, type })).toMatchObject({ status: 201 });
    expect((await kube("GET", "/api/v1/namespaces/shop")).body).toMatchObject({ kind: "Namespace" });
  });

  test("of a custom resource is refused: there is none", async () => {
    const definition = JSON.parse(readFileSync(repositoryFile("test/kubectl/definition.json"), "utf8"));
    await kube("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body: definition });
    const body = enveloped("example.com/v1", "Tenant", field(1, field(1, "a")));
    const tenants = "/apis/example.com/v1/namespaces/default/tenants";
    await expect.poll(async () => (await kube("GET", tenants)).status).toBe(200);
    const answer = await kube("POST", tenants, { body, type });
    expect(answer).toMatchObject({ status: 415, body: { message: expect.not.stringContaining("protobuf") } });
  });

  test.each([
    ["a length beyond the end", Buffer.from([10, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a number without an end", Buffer.alloc(40, 0xff)],
    ["a field without a number", Buffer.from([2, 1, 0])],
    ["a group", Buffer.from([11, 12])],
    ["messages in messages", Buffer.alloc(20_000, 10)],
  ])("%s is refused, and nothing else breaks", async (_, bytes) => {
    for (const body of [
      Buffer.concat([Buffer.from("k8s\0"), bytes]),
      enveloped("v1", "ConfigMap", bytes.subarray(0, 100)),
    ])
      expect(await kube("POST", configMaps, { body, type })).toMatchObject({ status: 400 });
    expect(await kube("GET", configMaps)).toMatchObject({ status: 200 });
  });
});
