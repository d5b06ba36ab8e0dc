/** Flags that would have no effect. They are refused, because an ignored flag hides a mistake. */
import { usageError } from "../core/errors.ts";

interface GivenFlags {
  readonly entry?: string;
  readonly access?: string;
  readonly allowOtherServer?: boolean;
  readonly awsOnly?: boolean;
  readonly cluster?: string;
  readonly context?: string;
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

/** To add one, add it here: the flag, what makes it idle, and when that is so. */
const idle: readonly (readonly [flag: string, because: string, isSo: (flags: GivenFlags) => boolean])[] = [
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
  ...(["name", "stack", "cluster"] as const).map(
    (key) =>
      [
        `--${key}`,
        "beside --function",
        (flags: GivenFlags) => flags[key] !== undefined && flags.function !== undefined,
      ] as const,
  ),
  ...(["name", "stack"] as const).map(
    (key) =>
      [
        `--${key}`,
        "beside --role",
        (flags: GivenFlags) => flags[key] !== undefined && flags.role !== undefined,
      ] as const,
  ),
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
  throw withoutEffect(`--${found.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, `beside ${flag}`);
}

export const withoutEffect = (flag: string, because: string) =>
  usageError("FlagWithoutEffect", `${flag} has no effect ${because}`, "leave it out, or change the other flag");
