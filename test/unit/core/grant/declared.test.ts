/** The rules that `--allow` declares: how they are read, refused, remembered, and what is warned about. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../../src/core/errors.ts";
import { declaredNeeds } from "../../../../src/core/grant/declared.ts";
import {
  grantId,
  grantName,
  isOfGrant,
  mappingIn,
  marksOn,
  needsIn,
  roleIn,
} from "../../../../src/core/grant/marks.ts";
import { objectsOf } from "../../../../src/core/grant/objects.ts";
import { formatNeed, type Need } from "../../../../src/core/kube/need.ts";
import { risksOf } from "../../../../src/core/rbac/risks.ts";
import { refusal } from "../../../support/refusal.ts";

const role = "arn:aws:iam::111122223333:role/team/CI_1";

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const subresource = fc.constantFrom("", "/status", "/log", "/exec");
const verb = fc.constantFrom(
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "use",
  "*",
);
/** Needs as `--allow` can declare them. */
const need: fc.Arbitrary<Need> = fc
  .record({
    of: fc.oneof(
      fc.record({ group: fc.constant(""), plural: fc.constantFrom("pods", "secrets", "namespaces") }),
      fc.record({ group: fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,5})?$/), plural: word }),
    ),
    subresource,
    verbs: fc.uniqueArray(verb, { minLength: 1, maxLength: 4 }),
    names: fc.option(fc.array(fc.stringMatching(/^[a-z0-9][a-z0-9.:@-]{0,8}$/), { minLength: 1, maxLength: 3 })),
    where: fc.oneof(fc.constant("*"), fc.stringMatching(/^[a-z0-9]{1,8}$/)),
  })
  .map(({ of: { group, plural }, subresource, verbs, names, where }) => ({
    group,
    resource: plural + subresource,
    verbs,
    ...(names && { names }),
    ...(where === "*" ? { cluster: true as const } : { namespace: where }),
  }));
const needs = fc.uniqueArray(need, { minLength: 1, maxLength: 5, selector: formatNeed });

describe("a declaration", () => {
  test("is parsed", () =>
    fc.assert(
      fc.property(needs, (all) => {
        expect(declaredNeeds(all.map(formatNeed), "default")).toEqual(all);
      }),
    ));

  test("is stored in full on the objects of its grant", () =>
    fc.assert(
      fc.property(needs, (all) => {
        const { roles, bindings } = objectsOf({ role, user: "ci", needs: all, mapping: "aws-auth" });
        for (const objects of [roles, bindings]) {
          const remembered = objects.flatMap(({ metadata }) => needsIn(metadata));
          expect(remembered.map(formatNeed).sort()).toEqual(all.map(formatNeed).sort());
          expect(objects.every(({ metadata }) => isOfGrant(metadata, role))).toBe(true);
        }
      }),
    ));

  test("uses --namespace for rules without a namespace, and removes duplicates", () =>
    expect(declaredNeeds(["get pods", "get pods @shop", "list nodes @*"], "shop").map(formatNeed)).toEqual([
      "get pods @shop",
      "list nodes @*",
    ]));

  test("rules are all of them: + and - are refused", () =>
    expect(() => declaredNeeds(["+get pods"], "default")).toThrow(
      expect.objectContaining({ code: "InvalidNeed", hint: expect.stringContaining("--allow takes all rules") }),
    ));

  test.each([
    [[], "no rule says what the role may do"],
    [["create", "deployments.apps"], 'cannot read the right "create"'],
    [["get pods @SHOP"], 'cannot read the right "get pods @SHOP"'],
    [["create deployments"], 'the core group has no "deployments" (in "create deployments @default")'],
    [["get pod"], 'the core group has no "pod" (in "get pod @default")'],
    [["get,gett pods"], 'no request has the verb "gett" (in "get,gett pods @default")'],
    [["list nodes @shop"], 'nodes have no namespace (in "list nodes @shop")'],
    [["get pods ../secrets"], 'no object is named "../secrets" (in "get pods ../secrets")'],
    [["get pods .."], 'no object is named ".." (in "get pods ..")'],
    [["get pods a\u001b[2J"], 'no object is named "a\u001b[2J" (in "get pods a\u001b[2J")'],
    [["get pods web%2f"], 'no object is named "web%2f" (in "get pods web%2f")'],
  ])("%j is refused, with an example", (texts, message) => {
    const error = refusal(() => declaredNeeds(texts, "default"));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      code: "InvalidNeed",
      message,
      hint: expect.stringMatching(/NAMESPACE|--allow '|did you mean|write/),
    });
  });
});

test.each([
  ["create deployments @shop", 'did you mean "create deployments.apps @shop"?'],
  ["patch deployment/scale", 'did you mean "patch deployments.apps/scale @default"?'],
  ["get pod web", 'did you mean "get pods web @default"?'],
  ["get widgets", "write the plural and, after a dot, its group"],
  ["list nodes", 'write "list nodes @*"'],
  ["gett,get pods web", 'did you mean "get pods web @default"?'],
  ["deletes pods", 'did you mean "delete pods @default"?'],
  ["remove,list pods", 'did you mean "delete,list pods @default"?'],
  [
    "deploy deployments.apps",
    "the verbs are get, list, watch, create, update, patch, delete, deletecollection, bind, ",
  ],
])("%s is told as it must be", (text, hint) =>
  expect(refusal(() => declaredNeeds([text], "default")).hint).toContain(hint),
);

describe("a grant", () => {
  test("belongs to the role regardless of path and letter case", () => {
    for (const same of ["arn:aws:iam::111122223333:role/CI_1", "arn:aws:sts::111122223333:assumed-role/ci_1/session"])
      expect(grantId(same)).toBe(grantId(role));
    for (const other of ["arn:aws:iam::111122223333:role/CI_2", "arn:aws:iam::444455556666:role/CI_1"])
      expect(grantId(other)).not.toBe(grantId(role));
  });

  test("has a valid Kubernetes name that contains the role's name", () => {
    expect(grantName(role)).toMatch(/^eks-lambda-grant-ci-1-[0-9a-f]{8}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[\w+=,.@-]{1,64}$/), (name) => {
        expect(grantName(`arn:aws:iam::111122223333:role/${name}`)).toMatch(/^[a-z0-9][a-z0-9-]{0,100}[a-z0-9]$/);
      }),
    );
  });

  describe("does not take for its own", () => {
    const { labels, annotations } = marksOn({ role, needs: declaredNeeds(["get pods"], "default"), mapping: "others" });
    const metadata = { name: grantName(role), namespace: "default", labels, annotations };
    const other = "arn:aws:iam::111122223333:role/other";

    test.each([
      ["another name", { name: "x y" }],
      ["another role's label", { labels: { ...labels, "eks-lambda/grant": grantId(other) } }],
      ["no label", { labels: {} }],
      ["another role's ARN", { annotations: { ...annotations, "eks-lambda/role": other } }],
      ["an ARN without end", { annotations: { ...annotations, "eks-lambda/role": role.padEnd(300_000, "x") } }],
    ])("an object with %s", (_, changed) => expect(roleIn({ ...metadata, ...changed })).toBeUndefined());

    test.each([
      ["that are not rules", "Get Pods\nget pods '$(id)'"],
      ["with unknown verbs", "gett pods @default"],
      ["of another namespace", "get pods @kube-system"],
      ["of the cluster", "get secrets @*"],
      ["without end", "get pods @default\n".repeat(15_000)],
    ])("recorded rules %s", (_, rules) =>
      expect(needsIn({ ...metadata, annotations: { ...annotations, "eks-lambda/rules": rules } })).toEqual([]),
    );

    test("a mapping by somebody unknown", () =>
      expect(mappingIn({ ...metadata, annotations: { "eks-lambda/mapping": "all" } })).toBeUndefined());

    test("and its own it does", () => {
      expect(roleIn(metadata)).toBe(role);
      expect(needsIn(metadata).map(formatNeed)).toEqual(["get pods @default"]);
      expect(mappingIn(metadata)).toBe("others");
    });
  });

  test("records at most as much as is read again", () => {
    const rules = Array.from({ length: 300 }, (_, at) => `get pods a-long-name-of-a-pod-${at} @shop`);
    expect(refusal(() => declaredNeeds(rules, "default"))).toMatchObject({
      code: "TooManyRights",
      message: expect.stringMatching(
        /^300 rules in shop take \d+ characters, more than the 8192 that their record may have$/,
      ),
    });
    expect(declaredNeeds(rules.slice(0, 100), "default")).toHaveLength(100);
  });
});

test.each([
  ["get secrets @shop", "it reads Secrets, among them the tokens of ServiceAccounts"],
  ["create secrets @shop", "a Secret that it creates can hold the token of any ServiceAccount of the namespace"],
  ["patch roles.rbac.authorization.k8s.io @shop", "it can give rights to itself and to others"],
  ["impersonate users @*", "it can act as others, with their rights"],
  ["create pods/exec @shop", "it can run commands in Pods or talk to them, with the rights and Secrets of these Pods"],
  ["get nodes/proxy @*", "it can run commands in every Pod of the nodes, past admission and the audit log"],
  ["create serviceaccounts/token @shop", "it can get a token of each of these ServiceAccounts, and their rights"],
  ["* deployments.apps @shop", "`*` also includes what is added to the cluster later"],
  ["get *.apps @shop", "`*` also includes what is added to the cluster later"],
  ["update */scale @shop", "`*` also includes what is added to the cluster later"],
  ["get pods @*", "it holds in the whole cluster"],
  ["create pods @kube-system", "this namespace has the cluster's own controllers, whose rights its Pods can use"],
  ["create jobs.batch one @shop", "`create` with a name works only for server-side apply, which needs `patch`, too"],
  ["list pods one @shop", "`list` and `watch` with a name work only with the field selector metadata.name=NAME"],
])("%s is warned about: %s", (text, why) =>
  expect(risksOf(declaredNeeds([text], "default"))).toContain(`${text}: ${why}`),
);

test.each([
  "get,patch deployments.apps web @shop",
  "create deployments.apps @default",
  "create,patch configmaps web @shop",
  "get nodes one @*",
  "get pods/log @shop",
])("%s is not warned about", (text) => expect(risksOf(declaredNeeds([text], "default"))).toEqual([]));
