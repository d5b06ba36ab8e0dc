import { describe, expect, test } from "vitest";
import { jsonPath, textAt } from "../../../../src/core/actions/json-path.ts";

const object = {
  metadata: { name: "web", labels: { "example.com/tier": "front", "a.b": "dotted" } },
  spec: { ports: [{ port: 80 }, { port: 443, name: "it's" }], on: true, none: null, text: 'a "b" <c>' },
  status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } },
  list: [[1, 2], [3]],
};

describe("as kubectl get -o jsonpath", () => {
  test.each([
    ["{.metadata.name}", "web"],
    [".metadata.name", "web"],
    ["$.metadata.name", "web"],
    ["{$.metadata.name}", "web"],
    [".status.loadBalancer.ingress[0].hostname", "lb.example.com"],
    [".spec.ports[-1].port", "443"],
    [".spec.ports[*].port", "80 443"],
    [".spec.ports[*].name", "it's"],
    [".spec.ports[1]", '{"name":"it\'s","port":443}'],
    [".spec.ports", '[{"port":80},{"name":"it\'s","port":443}]'],
    [".list[*][0]", "1 3"],
    [".metadata.labels.example\\.com/tier", "front"],
    [".metadata.labels['example.com/tier']", "front"],
    ['.metadata.labels["a.b"]', "dotted"],
    ["['metadata']['name']", "web"],
    [".metadata.labels.*", "front dotted"],
    [".spec.on", "true"],
    [".spec.text", 'a "b" <c>'],
    [".spec.absent", ""],
    [".spec.absent[0].name", ""],
    [".spec.ports[7].port", ""],
    [".spec.ports[-7].port", ""],
    [".spec.ports.length", ""],
    [".spec.text.length", ""],
    [".spec.text[0]", ""],
    [".metadata[0]", ""],
    [".constructor", ""],
    [".__proto__", ""],
  ])("%s is %j", (path, text) => {
    expect(jsonPath.valid(path)).toBe(true);
    expect(textAt(path, object)).toBe(text);
  });

  test.each([
    ...["", "{}", "$", ".", "metadata.name", "..name", ".metadata..name", ".metadata.", ".ports[0:1]", ".ports[0,1]"],
    ...[".ports[?(@.port==80)]", ".a b", "{.a}{.b}", "{.a} {.b}", "{range .items[*]}{.a}{end}", '{"text"}', ".a['']"],
    ...[".a['b]", ".a[", ".a]", ".a{", ".a\\", ".ports[1.5]", ".ports[a]", "a", 1, null],
  ])("%j is refused", (path) => expect(jsonPath.valid(path)).toBe(false));
});
