/** Flags without effect are refused by their rows, which name flags that there are. */
import { describe, expect, test } from "vitest";
import { type CommandName, flagTable, type Table } from "../../../src/cli/flag-table.ts";
import { idleFlag } from "../../../src/cli/idle-flags.ts";
import { type Flag, flagName, type Others } from "../../../src/core/parameters/settings.ts";

const flagsIn = (table: Table): Readonly<Record<string, Flag>> => Object.assign({}, ...Object.values(table));
const rows = Object.entries(flagTable).flatMap(([command, table]) =>
  Object.entries(flagsIn(table)).flatMap(([name, { idle = [] }]) =>
    idle.map((others) => ({ command: command as CommandName, flags: flagsIn(table), name, others })),
  ),
);
type Row = (typeof rows)[number];
const titleOf = ({ name, others }: Row): string => `${flagName(name)} ${JSON.stringify(Object.entries(others))}`;
/** Where the command has the flag and all others. */
const reached = rows.filter(({ flags, others }) => Object.keys(others).every((other) => other in flags));

test("there are many, each in a command that has all of its flags", () => {
  expect(reached.length).toBeGreaterThan(18);
  const titles = new Set(reached.map(titleOf));
  expect(rows.map(titleOf).filter((title) => !titles.has(title))).toEqual([]);
});

/** A value that the flag can have, as commander gives it. */
const given = ({ takes, values: [first, other] = [] }: Flag, value: Others[string] = true) =>
  value === true && takes ? (takes.endsWith("...>") ? ["x"] : (other ?? first ?? "x")) : value;

const refusalOf = (command: CommandName, flags: Readonly<Record<string, unknown>>): string | undefined =>
  idleFlag(command, flags)?.message;

test.each(reached.map((row) => [`${row.command} ${titleOf(row)}`, row] as const))("%s", (_, row) => {
  const { command, flags, name, others } = row;
  const none: Flag = { says: "" };
  const all = Object.entries(others).map(([other, value]) => ({ other, value, flag: flags[other] ?? none }));
  for (const { value, flag } of all) {
    if (typeof value === "string") expect(flag.takes).toBeDefined();
    if (typeof value === "string") expect(flag.values ?? [value]).toContain(value);
    if (value === false) expect(flag.no).toBeDefined();
  }
  const beside = all.filter(({ value }) => value !== undefined);
  const typed = {
    [name]: given(flags[name] ?? none),
    ...Object.fromEntries(beside.map(({ other, value, flag }) => [other, given(flag, value)])),
  };
  const refusal = refusalOf(command, typed);
  expect(refusal).toMatch(new RegExp(`^${flagName(name)} has no effect (together with|without) --`));
  for (const { other, value, flag } of all) {
    const changed = value === undefined ? given(flag) : undefined;
    expect(refusalOf(command, { ...typed, [other]: changed })).not.toBe(refusal);
  }
});

describe("a flag is not refused", () => {
  test.each<[string, CommandName, Readonly<Record<string, unknown>>]>([
    ["whose value is auto, which is as no flag", "setup", { exec: "auto", kubeconfig: false }],
    ["beside another value", "setup", { enableAccessEntries: true, access: "access-entry" }],
    ["beside a list that only begins so", "setup", { securityGroupIds: ["sg-0a"], subnetIds: ["none", "subnet-0a"] }],
    ["beside one of two", "invoke", { context: "work", local: true }],
    ["with what it needs, whatever its value", "doctor", { allowOtherServer: true, context: "undefined" }],
  ])("%s", (_, command, flags) => expect(refusalOf(command, flags)).toBeUndefined());
});
