/** The table of settings is held to template.yml and to the commands' flags. */
import { readFile } from "node:fs/promises";
import { describe, expect, expectTypeOf, test } from "vitest";
import { parse } from "yaml";
import { arranged } from "../../../../src/cli/argv.ts";
import { Misuse } from "../../../../src/cli/command.ts";
import { type FlagsOf, flagTable, hasFlag, rowsOf } from "../../../../src/cli/flag-table.ts";
import { flagName, type Setting, settings } from "../../../../src/core/parameters/settings.ts";

interface Parameter {
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

const file = await readFile(new URL("../../../../template.yml", import.meta.url), "utf8");
const template = parse(file, { logLevel: "silent" });
const declared: Readonly<Record<string, Parameter>> = template.Parameters;
const all: readonly (readonly [string, Setting])[] = Object.entries(settings);
const kept = all.flatMap(([name, one]) => (one.parameter === undefined ? [] : [[name, one.parameter, one] as const]));
/** By the cluster, and so without a default in the template. */
const derived = ["cluster", "clusterEndpoint", "clusterCa", "functionName", "roleName"];

test("the table has the template's parameters, each once", () =>
  expect(kept.map(([, parameter]) => parameter).sort()).toEqual(Object.keys(declared).sort()));

describe.each(kept)("%s", (name, parameter, { initial = "", rule, flag }) => {
  const { Default, AllowedValues, AllowedPattern, MinValue, MaxValue } = declared[parameter] ?? {};

  test("has the template's default", () => {
    // A stack that somebody deploys by hand says so; an early version kept none.
    const expected = name === "version" ? "by-hand" : derived.includes(name) ? undefined : initial;
    expect(Default === undefined ? undefined : String(Default)).toBe(expected);
  });

  test("has no value that the template refuses, and none that it alone allows", () => {
    const values = AllowedValues?.map(String).filter(Boolean);
    if (flag?.values && values) expect([...flag.values]).toEqual(values);
    if (rule && values) expect(values.filter((value) => !rule.pattern.test(value))).toEqual([]);
    if (rule && MinValue !== undefined && MaxValue !== undefined) {
      const numbers = Array.from({ length: MaxValue + 10 }, (_, number) => String(number));
      expect(numbers.filter((text) => rule.pattern.test(text) !== (+text >= MinValue && +text <= MaxValue))).toEqual(
        [],
      );
    }
    if (rule && AllowedPattern !== undefined) {
      const allowed = new RegExp(`^(?:${AllowedPattern})$`);
      const samples = ["1", "59", "60", "99999", "21600", "/", "/team/web/", "web", "a".repeat(24), "prod", "Prod_1"];
      expect(samples.filter((text) => rule.pattern.test(text) && !allowed.test(text))).toEqual([]);
      expect(allowed.test(initial) || derived.includes(name)).toBe(true);
    }
  });
});

/** Flags of setup about what export does not do: ask, write to this disk or to the cluster. */
const notExported = ["dryRun", "detailedExitcode", "yes", "kubeconfig", "useContext", "exec", "enableAccessEntries"];

test("export takes what setup takes", () => {
  const all = Object.values(flagTable.setup).flatMap((group) => Object.keys(group));
  expect(all.filter((flag) => !hasFlag("export", flag)).sort()).toEqual([...notExported].sort());
});

test("each variable is the parameter's value in the template", () => {
  const { Variables } = template.Resources.Function.Properties.Environment;
  const written = Object.entries(Variables).filter(([, value]) => kept.some(([, parameter]) => parameter === value));
  const expected = kept.flatMap(([, parameter, { variable }]) => (variable ? [[variable, parameter]] : []));
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected));
});

/** Source: `createOnlyProperties` in the schemas of CloudFormation's registry. */
const createOnly: Readonly<Record<string, readonly string[]>> = {
  LogGroup: ["LogGroupName"],
  FunctionRole: ["RoleName", "Path"],
  Function: ["FunctionName"],
  EventInvokeConfig: ["FunctionName"],
  AccessEntry: ["ClusterName"],
  SecurityGroup: ["VpcId", "GroupDescription"],
  ClusterIngress: ["GroupId"],
};

test("what a setting replaces has its parameter in a property that CloudFormation never updates", () => {
  const found = kept.flatMap(([, parameter, { replaces = [] }]) =>
    replaces.map((id) => {
      const properties = template.Resources[id]?.Properties ?? {};
      const text = createOnly[id]?.map((key) => JSON.stringify(properties[key] ?? "")).join() ?? "";
      return [id, parameter, parameter === "ContentHash" || id === "EventInvokeConfig" || text.includes(parameter)];
    }),
  );
  expect(found.filter(([, , isThere]) => !isThere)).toEqual([]);
  expect([...new Set(found.map(([id]) => id))].sort()).toEqual(Object.keys(createOnly).sort());
});

describe("the flag of", () => {
  const flags = all.flatMap(([name, { flag, ...one }]) => (flag ? [[name, flag, one] as const] : []));

  test.each(flags)("%s is in the help of its commands, with its default", (name, flag, { initial }) => {
    for (const command of flag.in) expect(hasFlag(command, name)).toBe(true);
    const groups: Readonly<Record<string, Parameters<typeof rowsOf>[0]>> = flagTable[flag.in[0] ?? "setup"];
    const row = rowsOf(groups[flag.group] ?? {}).find(([typed]) => typed.split(" ")[0] === flagName(name));
    const told = flag.otherwise ?? (initial || undefined);
    expect(row?.[1]).toBe(told === undefined ? flag.says : `${flag.says} (default: ${told})`);
  });

  test.each(flags.filter(([, flag]) => flag.takes))("%s takes an empty value only to go back", (name, flag, one) => {
    const given = () => arranged([flag.in[0] ?? "setup", flagName(name), ""]);
    if (one.emptied) expect(given()).toContain("");
    else expect(given).toThrow(Misuse);
  });
});

test("the compiler knows which command has which flag", () => {
  expectTypeOf<FlagsOf<"setup">>().toHaveProperty("memory").toEqualTypeOf<string | undefined>();
  expectTypeOf<FlagsOf<"setup">>().toHaveProperty("tags").toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf<FlagsOf<"teardown">>().not.toHaveProperty("memory");
  expectTypeOf<FlagsOf<"export">>().not.toHaveProperty("useContext");
  expectTypeOf<FlagsOf<"doctor">>().not.toHaveProperty("clusterEndpoint");
});
