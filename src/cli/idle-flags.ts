/** Finds flags that would have no effect: their rows of the table say when, in `idle`. */
import type { Hint } from "../core/command.ts";
import { type UsageError, usageError } from "../core/errors.ts";
import { flagName, noFlagName, type Others } from "../core/parameters/settings.ts";
import { type CommandName, type Flags, flagTable, type Table } from "./flag-table.ts";

/** `auto` leaves the choice to the run, as no flag does. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== false && value !== "auto";

const has = (given: unknown, value: Others[string]): boolean =>
  value === true ? isGiven(given) : (Array.isArray(given) ? given.join() : given) === value;

const shown = ([name, value]: readonly [string, Others[string]]): string =>
  value === false ? noFlagName(name) : typeof value === "string" ? `${flagName(name)} ${value}` : flagName(name);

/** The first flag of a command that has no effect together with the others. */
export function idleFlag(command: CommandName, flags: Flags): UsageError | undefined {
  const given: Readonly<Record<string, unknown>> = flags;
  const groups: Table = flagTable[command];
  for (const [name, { idle = [] }] of Object.values(groups).flatMap((group) => Object.entries(group))) {
    const isSo = (one: Others) => Object.entries(one).every(([other, value]) => has(given[other], value));
    const others = isGiven(given[name]) && idle.find(isSo);
    if (!others) continue;
    const all = Object.entries(others).map(shown).join(" and ");
    return Object.values(others).includes(undefined)
      ? withoutEffect(name, `without ${all}`, `leave it out, or add ${all}`)
      : withoutEffect(name, `together with ${all}`);
  }
  return undefined;
}

/** For a flag that leaves an effect to few others, by their names in `flags`. Throws `FlagWithoutEffect`. */
export function refuseBeside(flag: string, flags: Flags, others: readonly (keyof Flags)[]): void {
  const found = (Object.keys(flags) as (keyof Flags)[]).find((name) => !others.includes(name));
  if (found !== undefined) throw withoutEffect(found, `together with ${flag}`);
}

export const withoutEffect = (flag: string, because: string, hint: Hint = "leave it out, or change the other flag") =>
  usageError("FlagWithoutEffect", `${flagName(flag)} has no effect ${because}`, hint);
