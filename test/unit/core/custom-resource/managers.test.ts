import { describe, expect, test } from "vitest";
import { handOver } from "../../../../src/core/custom-resource/managers.ts";

const us = "111122223333/us-east-1/eks-lambda-demo";
const entry = (manager: string, operation: string, fieldsV1: object, more = {}) => ({
  ...{ manager, operation, apiVersion: "v1", time: "2026-01-01T00:00:00Z", fieldsType: "FieldsV1", fieldsV1 },
  ...more,
});
const patchOf = (entries: readonly object[], isTaken: boolean) =>
  handOver({ metadata: { name: "a", uid: "1", resourceVersion: "7", managedFields: entries } } as never, {
    to: us,
    isTaken,
  });
const data = (...keys: readonly string[]) => ({ "f:data": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) });

describe("fields are handed over", () => {
  test("from our create to our applies, under the version that was read", () => {
    const status = entry(us, "Update", { "f:status": {} }, { subresource: "status" });
    expect(patchOf([entry(us, "Update", data("x")), status], false)).toEqual([
      { op: "replace", path: "/metadata/managedFields", value: [entry(us, "Apply", data("x")), status] },
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    ]);
  });

  test("from our patches, to the applies that are there", () => {
    const [patch] = patchOf([entry(us, "Apply", data("x")), entry(us, "Update", data("y"))], false) ?? [];
    expect(patch?.value).toEqual([entry(us, "Apply", data("x", "y"))]);
  });

  test.each(["kubectl", "kubectl-create", "kubectl-client-side-apply", "999999999999/eu-west-1/eks-lambda-other"])(
    "from %s when an object is taken over",
    (manager) => {
      const all = [entry(manager, "Update", data("x")), entry("kube-controller-manager", "Update", data("y"))];
      const [patch] = patchOf(all, true) ?? [];
      expect(patch?.value).toEqual([entry(us, "Apply", data("x")), all[1]]);
      expect(patchOf([...all, entry(us, "Apply", data("z"))], false)).toBeUndefined();
    },
  );

  test("from another function that has given the object back, and not from people who changed it", () => {
    const [other, edit] = [
      entry("999999999999/eu-west-1/other", "Apply", data("x")),
      entry("kubectl-edit", "Update", data("y")),
    ];
    const [patch] = patchOf([other, edit], false) ?? [];
    expect(patch?.value).toEqual([entry(us, "Apply", data("x")), edit]);
  });
});

test.each([
  ["nobody manages", []],
  ["only our applies manage", [entry(us, "Apply", data("x"))]],
  ["controllers manage", [entry("helm-controller", "Update", data("x"))]],
])("nothing is patched where %s fields", (_, entries) => expect(patchOf(entries, true)).toBeUndefined());
