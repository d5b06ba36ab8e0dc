import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Columns, commandLine, hanging } from "../../../../src/cli/render/layout.ts";
import { renderPlan } from "../../../../src/cli/render/plan.ts";
import { lines, Text, text } from "../../../../src/cli/render/text.ts";
import { command } from "../../../../src/core/command.ts";
import type { Change } from "../../../../src/core/plan.ts";

describe("text behind a head", () => {
  test.each<[string, string, string, Columns, string]>([
    ["stays whole in a pipe", "hint  ", "one two three four five", undefined, "hint  one two three four five"],
    ["stays whole where it fits", "hint  ", "one two three", 60, "hint  one two three"],
    ["goes on under itself", "hint  ", "one two three four five six", 26, "hint  one two three four\n      five six"],
    [
      "breaks a name that is too long behind a separator",
      "  + rbac  ",
      "default/rolebinding/lambda-create-deployments",
      40,
      "  + rbac  default/rolebinding/lambda-\n          create-deployments",
    ],
    ["is left to a terminal that has no room", "      ", "one two three four", 12, "      one two three four"],
  ])("%s", (_, head, body, columns, shown) => expect(hanging(head, body, columns).shown).toBe(shown));

  test("keeps its own lines", () =>
    expect(hanging("error ", lines(["one", "two"]), 60).shown).toBe("error one\n      two"));

  test("is as wide as it looks, whatever its colours", () => {
    const red = Text.of("one two").styled((shown) => `\u001b[31m${shown}\u001b[39m`);
    expect(hanging("", text`${red} three four`, 18).shown).toBe("\u001b[31mone two\u001b[39m three four");
  });
});

test("a long command is broken so that a shell reads it", () =>
  expect(
    commandLine("next  ", command`eks-lambda invoke --event ${'{"name": "web"}'} --cluster production`, 40).shown,
  ).toBe(`next  eks-lambda invoke \\\n      --event '{"name": "web"}' \\\n      --cluster production`));

describe("a plan", () => {
  const { columns, isTTY } = process.stderr;
  const terminal = (width: number) => Object.assign(process.stderr, { columns: width, isTTY: true });
  beforeEach(() => vi.stubEnv("NO_COLOR", "1"));
  afterEach(() => void Object.assign(process.stderr, { columns, isTTY }));

  const changes: readonly Change[] = [
    { step: "stack", action: "create", target: "eks-lambda-demo", summary: "function, role, log group" },
    {
      ...{ step: "rbac", action: "delete", target: "default/rolebinding/lambda-create-deployments-of-a-team" },
      ...{
        summary: "Role lambda-create-deployments-of-a-team to User lambda",
        warnings: ["someone has changed it since"],
      },
    },
    { step: "kubeconfig", action: "unchanged", target: "/home/ada/.kube/config", summary: "unchanged" },
  ];

  test.each([60, 80, 120])("has no broken word at %d columns", (width) => {
    terminal(width);
    const { shown } = renderPlan(changes, {});
    expect(shown).toMatchSnapshot();
    expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThan(width);
  });
});
