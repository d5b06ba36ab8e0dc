/** Flags that would have no effect. They are refused, because an ignored flag hides a mistake. */
import { usageError } from "../core/errors.ts";
import { flagName } from "../core/flag-name.ts";

interface GivenFlags {
  readonly entry?: string;
  readonly access?: string;
  readonly allowOtherServer?: boolean;
  readonly awsOnly?: boolean;
  readonly cluster?: string;
  readonly context?: string;
  readonly detailedExitcode?: boolean;
  readonly dryRun?: boolean;
  readonly enableAccessEntries?: boolean;
  readonly exec?: string;
  readonly function?: string;
  readonly kubeconfig?: string | boolean;
  readonly local?: boolean;
  readonly name?: string;
  readonly role?: string;
  readonly securityGroupIds?: readonly string[];
  readonly stack?: string;
  readonly subnetIds?: readonly string[];
  readonly useContext?: boolean;
  readonly workloads?: boolean;
}

/** The flag, what makes it idle, and when that is so. */
type Idle = readonly [flag: string, because: string, isSo: (flags: GivenFlags) => boolean];

const besides = (key: keyof GivenFlags, other: keyof GivenFlags): Idle => [
  flagName(key),
  `beside ${flagName(other)}`,
  (flags) => flags[key] !== undefined && flags[other] !== undefined,
];

/** To add one, add it here. */
const idle: readonly Idle[] = [
  [
    "--enable-access-entries",
    "beside --access aws-auth",
    (flags) => Boolean(flags.enableAccessEntries) && flags.access === "aws-auth",
  ],
  [
    "--security-group-ids",
    "beside --subnet-ids none",
    (flags) => Boolean(flags.securityGroupIds) && flags.subnetIds?.join() === "none",
  ],
  ["--detailed-exitcode", "without --dry-run", (flags) => Boolean(flags.detailedExitcode) && !flags.dryRun],
  ["--use-context", "beside --no-kubeconfig", (flags) => Boolean(flags.useContext) && flags.kubeconfig === false],
  [
    "--exec",
    "beside --no-kubeconfig",
    (flags) => flags.exec !== undefined && flags.exec !== "auto" && flags.kubeconfig === false,
  ],
  ["--workloads", "beside --aws-only", (flags) => Boolean(flags.workloads && flags.awsOnly)],
  ["--context", "beside --aws-only", (flags) => flags.context !== undefined && Boolean(flags.awsOnly)],
  [
    "--allow-other-server",
    "without --context",
    (flags) => Boolean(flags.allowOtherServer) && flags.context === undefined,
  ],
  [
    "--context",
    "beside --local and --entry",
    (flags) => flags.context !== undefined && Boolean(flags.local) && flags.entry !== undefined,
  ],
  ["--function", "beside --local", (flags) => flags.function !== undefined && Boolean(flags.local)],
  besides("name", "function"),
  besides("stack", "function"),
  besides("cluster", "function"),
  besides("name", "role"),
  besides("stack", "role"),
];

/** Throws `FlagWithoutEffect`. */
export function refuseIdleFlags(flags: GivenFlags): void {
  const found = idle.find(([, , isSo]) => isSo(flags));
  if (found) throw withoutEffect(found[0], found[1]);
}

/** For a flag that leaves an effect to few others, by their names in `flags`. Throws `FlagWithoutEffect`. */
export function refuseBeside(flag: string, flags: object, others: readonly string[]): void {
  const found = Object.keys(flags).find((name) => !others.includes(name));
  if (found === undefined) return;
  throw withoutEffect(flagName(found), `beside ${flag}`);
}

export const withoutEffect = (flag: string, because: string) =>
  usageError("FlagWithoutEffect", `${flag} has no effect ${because}`, "leave it out, or change the other flag");
