import { expect, test } from "vitest";
import { problemsOfType } from "../../../../src/sandbox/kube/types/rules.ts";
import { quantity } from "../../../../src/sandbox/kube/types/scalars.ts";
import { typeOf } from "../../../../src/sandbox/kube/types/types.ts";

test("fields that the API server asks for, and texts that it knows, in structs of any depth", () => {
  const type = typeOf({ apiVersion: "apps/v1", kind: "Deployment" });
  const container = { name: "web", image: "", imagePullPolicy: "Sometimes", env: [{ value: "1" }] };
  const spec = { selector: { matchLabels: { app: "web" } }, template: { spec: { containers: [container] } } };
  expect(type && problemsOfType({ metadata: {}, spec }, type)).toEqual([
    ["spec.template.spec.containers[0].image", "Required value"],
    ["spec.template.spec.containers[0].env[0].name", "Required value"],
    [
      "spec.template.spec.containers[0].imagePullPolicy",
      'Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ]);
});

/** Seen on a real API server, but for the conformance cases of CPU. */
test.each([
  ...[
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1E3", "1E3"],
    ["+1", "+1"],
    ["1024Ki", "1Mi"],
    ["1.5Gi", "1536Mi"],
  ],
  ...[
    ["99999999999999Ei", "9223372036854775807"],
    ["100000", "100k"],
    ["0.5Ki", "512"],
    ["-1.5", "-1500m"],
    ["0", "0"],
  ],
] as const)("the quantity %s is shown as %s", (given, shown) => expect(quantity(given, given)).toBe(shown));
