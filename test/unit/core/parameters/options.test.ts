import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { configOf } from "../../../../src/cli/flags.ts";
import type { Pairs } from "../../../../src/core/aws/cloudformation.ts";
import { chosenBy, deployedIn, parametersOf, showOptions } from "../../../../src/core/parameters/deployed.ts";
import { settings } from "../../../../src/core/parameters/settings.ts";

const place = { cluster: "demo", region: "us-east-1", name: undefined, onlyCreates: true };
const chosen = (flags: Flags, found?: Pairs) => parametersOf(chosenBy(configOf(flags), found, place));
const shown = (parameters: Pairs) => showOptions(deployedIn(parameters, place));
const defaults = {
  ...{ MemorySize: "256", Timeout: "30", Architecture: "arm64", RolePath: "/", ReservedConcurrency: "" },
  ...{ LogRetentionDays: "30", PermissionsBoundary: "", AllowImage: "", CodeBucket: "", ExportName: "" },
  ...{ MaximumEventAgeInSeconds: "", MaximumRetryAttempts: "" },
};
const kept = { ...defaults, MemorySize: "512", ReservedConcurrency: "5" };

describe("options", () => {
  test.each([
    ["nothing said, no stack: the defaults", {}, undefined, defaults],
    ["nothing said: what the stack keeps", {}, kept, kept],
    ["a flag counts more than the stack", { memory: "1024" }, kept, { ...kept, MemorySize: "1024" }],
    [
      "patterns of images, between commas",
      { allowImage: ["a", "b:*"] },
      undefined,
      { ...defaults, AllowImage: "a,b:*" },
    ],
    ["an empty pattern takes them back", { allowImage: [""] }, { AllowImage: "a" }, defaults],
    ["an empty flag takes back", { memory: "", reservedConcurrency: "" }, kept, defaults],
    ["an export is kept", {}, { ExportName: "web" }, { ...defaults, ExportName: "web" }],
    ["--no-export-name takes it back", { exportName: false }, { ExportName: "web" }, defaults],
    ["a stack of a version without them: the defaults", {}, { PermissionsBoundary: "" }, defaults],
  ])("%s", (_, flags, found, expected) => expect(chosen(flags, found)).toMatchObject(expected));

  test("show what differs from the defaults", () => {
    expect(shown(defaults)).toEqual([]);
    expect(shown({ ...kept, RolePath: "/team/" })).toEqual(["role in /team/", "512 MB", "at most 5 at once, reserved"]);
    expect(shown({ ...defaults, MaximumEventAgeInSeconds: "300", MaximumRetryAttempts: "0" })).toEqual([
      "asynchronous events for at most 300 s",
      "no retries of asynchronous events",
    ]);
  });
});

test.each([
  ["memory", 128, 10_240],
  ["timeout", 1, 900],
  ["eventAge", 60, 21_600],
  ["eventRetries", 0, 2],
] as const)("%s may be each number from %i to %i, and no other", (name, least, most) => {
  const all = Array.from({ length: most + 50 }, (_, number) => number);
  const accepted = all.filter((number) => settings[name].rule.pattern.test(`${number}`));
  expect([accepted[0], accepted.at(-1), accepted.length]).toEqual([least, most, most - least + 1]);
});
