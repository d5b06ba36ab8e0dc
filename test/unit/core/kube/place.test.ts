/** Paths of the API: whatever a name is, the path is that object's, or the name is refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { pathTo } from "../../../../src/core/kube/place.ts";
import { callOf } from "../../../../src/core/kube/request.ts";
import { refusal } from "../../../support/refusal.ts";

const bindings = { apiVersion: "rbac.authorization.k8s.io/v1", plural: "rolebindings" };
const server = new URL("https://cluster.example.com");

/** Names that an API server accepts for Roles and bindings. */
const accepted = fc
  .oneof(fc.string({ unit: "binary", minLength: 1 }), fc.constantFrom("x y", "é", "a?b", "a#b", "...", "a&watch=true"))
  .filter((name) => !/^\.{1,2}$|[/%]/.test(name));

test("each name is one segment of the path", () =>
  fc.assert(
    fc.property(
      accepted.filter((name) => !name.includes("*")),
      accepted,
      (namespace, name) => {
        const { path } = callOf({ path: pathTo({ ...bindings, namespace, name }) }, server);
        const segments = path.split("/").slice(4).map(decodeURIComponent);
        expect(segments).toEqual(["namespaces", namespace, "rolebindings", name]);
      },
    ),
  ));

test("a path without a namespace is of the cluster, and one without a name of all objects", () => {
  expect(pathTo(bindings)).toBe("/apis/rbac.authorization.k8s.io/v1/rolebindings");
  expect(pathTo({ apiVersion: "v1", plural: "pods", namespace: "shop" })).toBe("/api/v1/namespaces/shop/pods");
});

test.each(["", ".", "..", "a/b", "a%2fb", "\ud800", undefined])("the name %j is refused", (name) =>
  expect(refusal(() => pathTo({ ...bindings, name: name as string })).code).toBe("InvalidName"),
);
