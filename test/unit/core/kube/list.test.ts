/** Answers to a list that are none: another server, or something in between. */
import { describe, expect, test } from "vitest";
import type { Kube } from "../../../../src/core/kube/request.ts";
import { resource } from "../../../../src/core/kube/resource.ts";
import { bindingsOf } from "../../../../src/core/rbac/bindings.ts";
import { bindingsIn, rolesIn } from "../../../../src/core/rbac/listed.ts";
import { deploymentsAt, deploymentsIn } from "../../../../src/core/workloads.ts";

const lists: Readonly<Record<string, (kube: Kube) => Promise<unknown>>> = {
  "a handle's list": (kube) => resource("v1", "pods").on(kube).list().toArray(),
  "a handle's watch": (kube) =>
    resource("v1", "pods")
      .on(kube)
      .until({ name: "a" }, () => true),
  "Roles with a label": (kube) => rolesIn(kube, "a=b"),
  "bindings with a label": (kube) => bindingsIn(kube, "a=b"),
  "a user's bindings": (kube) => bindingsOf(kube, { username: "ops", groups: [], namespace: "web" }),
  Deployments: (kube) => deploymentsAt(kube, deploymentsIn(), "a=b"),
};
const list = { kind: "PodList", metadata: {}, items: [] };
const item = { metadata: { name: "a" } };
const kubeWith = (answer: unknown): Kube => ({ request: async <T>() => answer as T });

describe.each(Object.entries(lists))("%s", (_, read) => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "items"],
    ["an array", [item]],
    ["an empty object", {}],
    ["no items", { ...list, items: undefined }],
    ["items that are null", { ...list, items: null }],
    ["items that are text", { ...list, items: "ab" }],
    ["items that are an object", { ...list, items: { length: 1, 0: item } }],
    ["an item that is null", { ...list, items: [item, null] }],
    ["an item that is a number", { ...list, items: [1] }],
    ["an item without metadata", { ...list, items: [{}] }],
    ["no metadata", { ...list, metadata: null }],
    ["a kind that is a number", { ...list, kind: 1 }],
    ["what is nested 5,000 deep", JSON.parse("[".repeat(5_000) + "]".repeat(5_000))],
  ])("answered with %s is UnexpectedAnswer", async (_name, answer) =>
    expect(read(kubeWith(answer))).rejects.toMatchObject({
      code: "UnexpectedAnswer",
      message: expect.stringMatching(/^the answer is not a list: /),
    }),
  );
});
