import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNeed, grantsOf, type Need, parseNeed, rulesOf } from "../../../../src/core/kube/need.ts";

describe("the notation", () => {
  test.each<[string, Need]>([
    ["create deployments.apps", { group: "apps", resource: "deployments", verbs: ["create"] }],
    ["get,list pods", { group: "", resource: "pods", verbs: ["get", "list"] }],
    ["get pods/log @shop", { group: "", resource: "pods/log", verbs: ["get"], namespace: "shop" }],
    [
      "get,patch deployments.apps/scale web api @shop",
      {
        group: "apps",
        resource: "deployments/scale",
        verbs: ["get", "patch"],
        names: ["web", "api"],
        namespace: "shop",
      },
    ],
    ["list nodes @*", { group: "", resource: "nodes", verbs: ["list"], cluster: true }],
    [
      "patch certificates.cert-manager.io tls @web",
      { group: "cert-manager.io", resource: "certificates", verbs: ["patch"], names: ["tls"], namespace: "web" },
    ],
    [
      "bind clusterroles.rbac.authorization.k8s.io system:node @*",
      {
        group: "rbac.authorization.k8s.io",
        resource: "clusterroles",
        verbs: ["bind"],
        names: ["system:node"],
        cluster: true,
      },
    ],
    ["* *.apps", { group: "apps", resource: "*", verbs: ["*"] }],
  ])("%s", (text, need) => {
    expect(parseNeed(text)).toEqual(need);
    expect(formatNeed(need)).toBe(text);
  });

  test("multiple spaces count as one", () =>
    expect(parseNeed("  get   pods  web ")).toEqual({ group: "", resource: "pods", verbs: ["get"], names: ["web"] }));

  test.each([
    "",
    "get",
    "get pods @",
    "get pods @a @b",
    "get pods @a web",
    "get pods/",
    "get pods.",
    "GET pods",
    "get, list pods",
    "get pods @A",
    "get @shop",
    "get po ds.apps/../x @../y",
  ])("refuses %j and shows what it must be", (text) =>
    expect(() => parseNeed(text)).toThrowError(
      expect.objectContaining({
        code: "InvalidNeed",
        message: `cannot read the right "${text}"`,
        hint: expect.stringContaining("VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [@NAMESPACE]"),
      }),
    ),
  );

  test("printing and parsing round-trips", () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const need = fc.record(
      {
        group: fc.oneof(fc.constant(""), fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,5})?$/)),
        resource: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/),
        verbs: fc.array(word, { minLength: 1, maxLength: 4 }),
        names: fc.array(fc.stringMatching(/^[a-z0-9][a-z0-9.:-]{0,8}$/), { minLength: 1, maxLength: 3 }),
        namespace: fc.stringMatching(/^[a-z0-9]{1,8}$/),
      },
      { requiredKeys: ["group", "resource", "verbs"] },
    );
    fc.assert(
      fc.property(need, (one) => {
        expect(parseNeed(formatNeed(one as Need))).toEqual(one);
      }),
    );
  });
});

const needs = [
  "get deployments.apps",
  "patch deployments.apps",
  "patch deployments.apps web",
  "get pods/log @shop",
  "list pods @default",
  "list nodes @*",
].map(parseNeed);

test("verbs for the same resource and names are one rule", () =>
  expect(rulesOf(needs.slice(0, 3))).toEqual([
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"], resourceNames: ["web"] },
  ]));

test("each namespace gets a Role, and the cluster a ClusterRole", () =>
  expect(grantsOf(needs, "default")).toEqual([
    { namespace: "default", rules: [...rulesOf(needs.slice(0, 3)), ...rulesOf(needs.slice(4, 5))] },
    { namespace: "shop", rules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }] },
    { rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }] },
  ]));
