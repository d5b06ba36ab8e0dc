/** Flags that would have no effect. They are refused, because an ignored flag hides a mistake. */
import { usageError } from "../core/errors.ts";
import { flagName } from "../core/parameters/settings.ts";
import type { Flags } from "./flag-table.ts";

/** The flag, what makes it idle, and when that is so. */
type Idle = readonly [flag: keyof Flags, because: string, isSo: (flags: Flags) => unknown];

const besides = (key: keyof Flags, other: keyof Flags): Idle => [
  key,
  `beside ${flagName(other)}`,
  (flags) => flags[key] !== undefined && flags[other] !== undefined,
];
const without = (key: keyof Flags, other: keyof Flags): Idle => [
  key,
  `without ${flagName(other)}`,
  (flags) => flags[key] && flags[other] === undefined,
];

/** To add one, add it here. */
const idle: readonly Idle[] = [
  ["enableAccessEntries", "beside --access aws-auth", (all) => all.enableAccessEntries && all.access === "aws-auth"],
  ["securityGroupIds", "beside --subnet-ids none", (all) => all.securityGroupIds && all.subnetIds?.join() === "none"],
  without("detailedExitcode", "dryRun"),
  ["useContext", "beside --no-kubeconfig", (all) => all.useContext && all.kubeconfig === false],
  ["exec", "beside --no-kubeconfig", ({ exec = "auto", kubeconfig }) => exec !== "auto" && kubeconfig === false],
  besides("workloads", "awsOnly"),
  besides("context", "awsOnly"),
  without("allowOtherServer", "context"),
  ["context", "beside --local and --entry", (all) => all.context !== undefined && all.local && all.entry !== undefined],
  besides("function", "local"),
  besides("name", "function"),
  besides("stack", "function"),
  besides("cluster", "function"),
  besides("name", "role"),
  besides("stack", "role"),
];

/** Throws `FlagWithoutEffect`. */
export function refuseIdleFlags(flags: Flags): void {
  const found = idle.find(([, , isSo]) => isSo(flags));
  if (found) throw withoutEffect(found[0], found[1]);
}

/** For a flag that leaves an effect to few others, by their names in `flags`. Throws `FlagWithoutEffect`. */
export function refuseBeside(flag: string, flags: Flags, others: readonly (keyof Flags)[]): void {
  const found = (Object.keys(flags) as (keyof Flags)[]).find((name) => !others.includes(name));
  if (found === undefined) return;
  throw withoutEffect(found, `beside ${flag}`);
}

export const withoutEffect = (flag: keyof Flags, because: string) =>
  usageError(
    "FlagWithoutEffect",
    `${flagName(flag)} has no effect ${because}`,
    "leave it out, or change the other flag",
  );
