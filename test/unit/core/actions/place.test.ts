import { describe, expect, test } from "vitest";
import {
  type Allowed,
  codeFor,
  defaultAllowed,
  formatAllowed,
  needsOf,
  resourcesFor,
} from "../../../../src/core/actions/allowed.ts";
import { type Asked, find } from "../../../../src/core/actions/place.ts";
import { formatNeed } from "../../../../src/core/kube/need.ts";

const deployments = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" } as const;
const create: Allowed = { action: "create", ...deployments };
const inShop: Allowed = { ...create, namespace: "shop" };
const everywhere: Allowed = { ...create, namespace: "*" };
const web: Allowed = { ...create, names: ["web", "api"] };
const sets: Allowed = { action: "create", group: "apps", version: "v1", resource: "statefulsets", kind: "StatefulSet" };
const nodes: Allowed = {
  ...{ action: "create", group: "", version: "v1", resource: "nodes", kind: "Node" },
  ...{ namespace: "*", clusterScoped: true },
};

const find1 = (all: readonly Allowed[], asked: Omit<Asked, "action">) =>
  find(all, { action: "create", ...asked }, "here");

describe("finds what allows an event", () => {
  test.each<[string, readonly Allowed[], Omit<Asked, "action">, Allowed, string | undefined]>([
    ["by its action alone, if one resource is allowed", [create], {}, create, "here"],
    ["by the plural", [create, sets], { resource: "statefulsets" }, sets, "here"],
    ["by plural and group", [sets, create], { resource: "deployments.apps" }, create, "here"],
    ["in the namespace that it is allowed for, if that is not the function's", [inShop], {}, inShop, "shop"],
    ["in the function's namespace, if that is allowed, too", [inShop, create], {}, create, "here"],
    ["in the namespace that the event names", [create, inShop], { namespace: "shop" }, inShop, "shop"],
    ["in any namespace", [everywhere], { namespace: "shop" }, everywhere, "shop"],
    ["in the function's namespace, if all are allowed", [everywhere], {}, everywhere, "here"],
    ["by the name", [web, inShop], { name: "api" }, web, "here"],
    ["without a namespace for a kind that has none", [nodes], { name: "one" }, nodes, undefined],
  ])("%s", (_, all, asked, allowed, namespace) => expect(find1(all, asked)).toEqual({ allowed, namespace }));
});

describe("refuses what is not allowed, with the command that allows it and what is allowed already", () => {
  test.each<[string, readonly Allowed[], Omit<Asked, "action">, string, string]>([
    ["an action", [], {}, "`create` is", " --allow create:RESOURCE"],
    [
      "a resource",
      [create],
      { resource: "jobs.batch" },
      "`create` of jobs.batch is",
      " --allow create:deployments.apps --allow create:jobs.batch",
    ],
    [
      "a namespace",
      [create],
      { namespace: "shop" },
      "`create` of deployments.apps in shop is",
      " --allow create:deployments.apps --allow create:deployments.apps@shop",
    ],
    [
      "a name",
      [web],
      { name: "db" },
      '`create` of deployments.apps "db" is',
      " --allow create:deployments.apps/web,api --allow create:deployments.apps/db",
    ],
    [
      "a resource beside one for all namespaces",
      [everywhere],
      { resource: "jobs" },
      "`create` of jobs is",
      " --allow 'create:deployments.apps@*' --allow create:jobs",
    ],
    [
      "a resource beside others that are all in another namespace",
      [inShop],
      { resource: "jobs" },
      "`create` of jobs in shop is",
      ` --allow ${formatAllowed(inShop)} --allow create:jobs@shop`,
    ],
  ])("%s", (_, all, asked, says, flags) =>
    expect(() => find1(all, asked)).toThrowError(
      expect.objectContaining({
        code: "NotAllowed",
        message: `${says} not allowed for this function`,
        hint: `eks-lambda setup${flags}`,
      }),
    ),
  );

  test("asks which resource, if several are allowed", () =>
    expect(() => find1([create, sets], {})).toThrowError(
      "`resource` is missing; it must be one of deployments.apps, statefulsets.apps",
    ));
});

test.each([
  [create, "create deployments.apps"],
  [inShop, "create deployments.apps @shop"],
  [everywhere, "create deployments.apps @*"],
  [web, "create deployments.apps web api"],
])("the rights for %j are %s", (allowed, expected) => expect(needsOf([allowed]).map(formatNeed)).toEqual([expected]));

test("the flag of setup", () =>
  expect([formatAllowed(web), formatAllowed({ ...web, namespace: "*" })]).toEqual([
    "create:deployments.apps/web,api",
    "create:deployments.apps/web,api@*",
  ]));

test("create acts on Deployments, check on no resource", () =>
  expect([resourcesFor("create"), resourcesFor("check")]).toEqual([["deployments.apps"], []]));

test("an action that is not in the table needs no rights", () =>
  expect(needsOf([{ ...create, action: "toString" }])).toEqual([]));

describe("the built function's list", () => {
  test("decides which parts of the code are left", () => {
    const parts = `${code}/*! only create,undo */\none();\n/*! end */\n/*! only undo */two();/*! end */\nthree();`;
    expect(codeFor(defaultAllowed, parts)).toBe(`${code}one();\nthree();`);
    expect(codeFor([], parts)).toBe(codeFor([], `${code}three();`));
  });

  const code = `"use strict";\nconst ALLOWED=${JSON.stringify(defaultAllowed)};\nrun(ALLOWED);\n`;

  test("is replaced", () =>
    expect(codeFor([{ ...web, namespace: "$&" }], code)).toBe(
      code.replace(JSON.stringify(defaultAllowed), () => JSON.stringify([{ ...web, namespace: "$&" }])),
    ));

  test("has to be there", () => expect(() => codeFor([], "run()")).toThrow("no list of allowed actions"));
});
