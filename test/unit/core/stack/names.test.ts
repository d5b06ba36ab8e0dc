import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { settings } from "../../../../src/core/parameters/settings.ts";
import {
  defaultUsername,
  functionName,
  rbacNameFor,
  roleOfStack,
  stackName,
} from "../../../../src/core/stack/names.ts";

const cluster = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);
const similar = { comparator: (a: readonly unknown[], b: readonly unknown[]) => a[0] === b[0] && a[1] === b[1] };
const region = fc.constantFrom("us-east-1", "ap-southeast-1", "us-gov-west-1", "eusc-de-east-1");

describe("names", () => {
  test("are plain where they can be", () => {
    expect(stackName("demo")).toBe("eks-lambda-demo");
    expect(functionName("demo", "us-east-1")).toBe("eks-lambda-demo-us-east-1");
  });

  test("have `-` for what they may not have, and a hash of what it was", () => {
    expect(stackName("my_demo")).toMatch(/^eks-lambda-my-demo-[0-9a-f]{6}$/);
    expect(functionName("my_demo", "us-east-1")).toMatch(/^eks-lambda-my-demo-us-east-1-[0-9a-f]{6}$/);
  });

  test("that would become the same stay two", () => {
    const names = ["a-b-c", "a_b-c", "a-b_c", "a_b_c"];
    expect(new Set(names.map((name) => stackName(name))).size).toBe(4);
    expect(new Set(names.map((name) => functionName(name, "us-east-1"))).size).toBe(4);
  });

  test("that are too long are cut and get a hash, so that they stay two", () => {
    const long = "x".repeat(99);
    const [a, b] = [functionName(`${long}a`, "us-east-1"), functionName(`${long}b`, "us-east-1")];
    expect([a.length, b.length]).toEqual([64, 64]);
    expect(a).toMatch(/^eks-lambda-x+-[0-9a-f]{6}$/);
    expect(a).not.toBe(b);
    expect(functionName(long, "us-west-2")).not.toBe(functionName(long, "us-east-1"));
  });

  test("are cut only beyond the limit", () => {
    const fits = "x".repeat(64 - "eks-lambda--us-east-1".length);
    expect(functionName(fits, "us-east-1")).toBe(`eks-lambda-${fits}-us-east-1`);
    expect(functionName(`${fits}x`, "us-east-1")).toMatch(/^.{57}-[0-9a-f]{6}$/);
  });

  test("of one of several functions end with its name and a hash of cluster and name", () => {
    expect([
      stackName("demo", "web"),
      functionName("demo", "us-east-1", "web"),
      rbacNameFor("demo", "web", true),
      rbacNameFor("demo", "web", false),
    ]).toEqual([
      expect.stringMatching(/^eks-lambda-demo-web-[0-9a-f]{6}$/),
      expect.stringMatching(/^eks-lambda-demo-us-east-1-web-[0-9a-f]{6}$/),
      expect.stringMatching(/^lambda-create-deployments-web-[0-9a-f]{6}$/),
      expect.stringMatching(/^eks-lambda-web-[0-9a-f]{6}$/),
    ]);
    expect(defaultUsername("web")).toBe("eks-lambda:web");
    expect(defaultUsername(undefined)).toBe("lambda");
    expect([true, false].map((onlyCreates) => rbacNameFor("demo", undefined, onlyCreates))).toEqual([
      "lambda-create-deployments",
      "eks-lambda",
    ]);
  });

  const name = fc.stringMatching(settings.name.rule.pattern);

  test("of several functions are accepted, and no two are the same, whatever cluster and name are", () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(cluster, fc.option(name, { nil: undefined })), similar),
        region,
        (all, region) => {
          const stacks = all.map(([cluster, name]) => stackName(cluster, name));
          const roles = all.map(([cluster, name]) => functionName(cluster, region, name));
          expect([new Set(stacks).size, new Set(roles).size]).toEqual([all.length, all.length]);
          for (const stack of stacks) expect(stack).toMatch(/^[A-Za-z][-A-Za-z0-9]{0,127}$/);
          for (const role of roles) expect(role).toMatch(/^[A-Za-z0-9-]{1,64}$/);
          for (const [cluster, name] of all) {
            for (const onlyCreates of [true, false])
              expect(rbacNameFor(cluster, name, onlyCreates)).toMatch(settings.rbacName.rule.pattern);
            expect(defaultUsername(name)).toMatch(settings.username.rule.pattern);
          }
        },
      ),
    ));

  test.each([
    [
      ["demo", "prod"],
      ["demo-prod", undefined],
    ],
    [
      ["demo", "prod"],
      ["demo-prod", "prod"],
    ],
    [
      ["a-b", "c"],
      ["a", "b-c"],
    ],
    [
      ["a_b", "c"],
      ["a-b", "c"],
    ],
    [
      ["x".repeat(99), "c"],
      ["x".repeat(98), "c"],
    ],
  ] as const)("of %j are not those of %j", ([cluster, name], [other, otherName]) => {
    expect(stackName(cluster, name)).not.toBe(stackName(other, otherName));
    expect(functionName(cluster, "us-east-1", name)).not.toBe(functionName(other, "us-east-1", otherName));
  });

  test("of a stack tell that of its role, unless it was chosen", () => {
    const name = fc.option(fc.stringMatching(settings.name.rule.pattern), { nil: undefined });
    fc.assert(
      fc.property(cluster, region, name, (cluster, region, name) => {
        fc.pre(stackName(cluster, name).length < 128);
        expect(roleOfStack(cluster, region, stackName(cluster, name))).toBe(functionName(cluster, region, name));
      }),
    );
    expect(roleOfStack("demo", "us-east-1", "mine")).toBeUndefined();
    expect(roleOfStack("demo", "us-east-1", "eks-lambda-demo-own-000000")).toBeUndefined();
  });

  test("are what AWS accepts, for every name that a cluster may have", () =>
    fc.assert(
      fc.property(cluster, region, (cluster, region) => {
        expect(stackName(cluster)).toMatch(/^[A-Za-z][-A-Za-z0-9]{0,127}$/);
        expect(functionName(cluster, region)).toMatch(/^[A-Za-z0-9-]{1,64}$/);
      }),
    ));
});
