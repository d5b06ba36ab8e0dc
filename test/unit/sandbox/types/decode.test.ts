/** What conformance cases have no words for: what is stored, and the order of problems. */
import { expect, test } from "vitest";
import { type JsonMap, mapOf } from "../../../../src/sandbox/kube/object.ts";
import { decode } from "../../../../src/sandbox/kube/types/decode.ts";
import { encodeStruct } from "../../../../src/sandbox/kube/types/encode.ts";
import { parseSource } from "../../../../src/sandbox/kube/types/source.ts";
import { typeOf } from "../../../../src/sandbox/kube/types/types.ts";

const typeFor = (apiVersion: string, kind: string) => {
  const type = typeOf({ apiVersion, kind });
  if (!type) throw new Error(`no type of ${kind}`);
  return type;
};
const pod = typeFor("v1", "Pod");
const role = typeFor("rbac.authorization.k8s.io/v1", "Role");
const event = typeFor("v1", "Event");
const deployment = typeFor("apps/v1", "Deployment");

test.each([
  [
    "empty maps, lists and texts go",
    pod,
    { metadata: { labels: {}, name: "a" }, spec: { nodeName: "", tolerations: [] } },
    { metadata: { name: "a" }, spec: { containers: null }, status: {} },
  ],
  ["what is always shown comes", role, {}, { metadata: {}, rules: null }],
  [
    "structs are never empty, times without a value are null",
    event,
    {},
    {
      metadata: {},
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    },
  ],
  [
    "zero stays behind a pointer, and goes otherwise",
    deployment,
    { spec: { replicas: 0, minReadySeconds: 0, paused: false } },
    {
      metadata: {},
      spec: { replicas: 0, selector: null, strategy: {}, template: { metadata: {}, spec: { containers: null } } },
      status: {},
    },
  ],
] as const)("%s", (_, type, given, shown) => expect(encodeStruct(given as JsonMap, type)).toEqual(shown));

test("fields come in the order of Go's", () => {
  const given = { spec: { containers: [{ image: "i", name: "n" }] }, metadata: { name: "a" } };
  const { spec } = encodeStruct(given, pod);
  expect(JSON.stringify(mapOf(spec).containers)).toBe('[{"name":"n","image":"i","resources":{}}]');
});

test("unknown and duplicate fields in the order of the text, each once", () => {
  const text = '{"b":1,"spec":{"x":{"y":1,"y":1},"containers":[{"name":"a","name":"b","z":1}]},"a":1,"b":2}';
  expect(decode(mapOf(parseSource(text)), pod)).toEqual({
    value: { spec: { containers: [{ name: "b" }] } },
    strict: [
      ...['unknown field "b"', 'unknown field "spec.x"', 'duplicate field "spec.containers[0].name"'],
      ...['unknown field "spec.containers[0].z"', 'unknown field "a"'],
    ],
  });
});

test("a type that contains itself", () => {
  const type = typeFor("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  const properties = { a: { type: "object", properties: { b: { type: "string", foo: 1 } } } };
  const versions = [{ schema: { openAPIV3Schema: { properties } } }];
  expect(decode({ spec: { versions } }, type).strict).toEqual([
    'unknown field "spec.versions[0].schema.openAPIV3Schema.properties.a.properties.b.foo"',
  ]);
});
