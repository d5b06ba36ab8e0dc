/** Validates the flags of setup and teardown before anything is read or written. */
import { usageError } from "../core/errors.ts";
import { parseAllow } from "../core/setup/allow-text.ts";
import { accessChoices, type Config, execChoices } from "../core/setup/config.ts";
import { isOption } from "../core/setup/stack/options.ts";
import { type Rule, rules } from "../core/setup/values.ts";
import { withoutEffect } from "./idle-flags.ts";

/** Flags as typed. */
export interface Flags {
  entry?: string;
  readonly allow?: readonly string[];
  readonly allowImage?: readonly string[];
  name?: string;
  readonly namespace?: string;
  readonly username?: string;
  readonly stack?: string;
  readonly functionName?: string;
  readonly roleName?: string;
  readonly rbacName?: string;
  readonly logRetention?: string;
  readonly memory?: string;
  readonly timeout?: string;
  readonly architecture?: string;
  readonly eventAge?: string;
  readonly eventRetries?: string;
  readonly rolePath?: string;
  readonly reservedConcurrency?: string;
  readonly tags?: readonly string[];
  readonly permissionsBoundary?: string;
  readonly codeBucket?: string;
  readonly cloudformationRoleArn?: string;
  readonly subnetIds?: readonly string[];
  readonly securityGroupIds?: readonly string[];
  readonly access?: string;
  readonly enableAccessEntries?: boolean;
  /** `false`: `--no-kubeconfig`. */
  readonly kubeconfig?: string | boolean;
  readonly useContext?: boolean;
  readonly exec?: string;
  readonly shareUsername?: boolean;
  readonly forceConflicts?: boolean;
  readonly workloads?: boolean;
}

/** Flags whose values must follow a rule. */
const checked = {
  name: "--name",
  namespace: "--namespace",
  username: "--username",
  stack: "--stack",
  functionName: "--function-name",
  roleName: "--role-name",
  rbacName: "--rbac-name",
  logRetention: "--log-retention",
  memory: "--memory",
  timeout: "--timeout",
  architecture: "--architecture",
  eventAge: "--event-age",
  eventRetries: "--event-retries",
  rolePath: "--role-path",
  reservedConcurrency: "--reserved-concurrency",
  permissionsBoundary: "--permissions-boundary",
  codeBucket: "--code-bucket",
  cloudformationRoleArn: "--cloudformation-role-arn",
} as const;

/** Throws `InvalidFlag`, with the value and what it must be. */
export function configOf(flags: Flags): Config {
  for (const flag of Object.keys(checked) as (keyof typeof checked)[])
    if (!(isOption(flag) && flags[flag] === "")) checkFlag(checked[flag], rules[flag], flags[flag]);
  if (flags.entry !== undefined && flags.name === undefined)
    throw usageError(
      "InvalidFlag",
      "--entry is given without --name: the function without a name is the stock one",
      `choose a name: --name web --entry ${flags.entry}`,
    );
  if (flags.entry !== undefined && flags.allowImage)
    throw withoutEffect("--allow-image", "beside --entry, whose code decides");
  const { name, namespace, username, rbacName, stack, functionName, roleName } = flags;
  const { logRetention, permissionsBoundary, cloudformationRoleArn } = flags;
  const { memory, timeout, architecture, eventAge, eventRetries, rolePath, reservedConcurrency, codeBucket } = flags;
  return {
    ...{ name, namespace, username, rbacName, stack, functionName, roleName },
    ...{ logRetention, permissionsBoundary, cloudformationRoleArn },
    ...{ memory, timeout, architecture, eventAge, eventRetries, rolePath, reservedConcurrency, codeBucket },
    allowImage: ids("--allow-image", rules.allowImage, flags.allowImage),
    entry: undefined,
    allow: undefined,
    actions: flags.entry === undefined ? flags.allow?.map(parseAllow) : undefined,
    tags: Object.fromEntries((flags.tags ?? []).map(tag)),
    subnetIds: ids("--subnet-ids", rules.subnetIds, flags.subnetIds),
    securityGroupIds: ids("--security-group-ids", rules.securityGroupIds, flags.securityGroupIds),
    access: flags.access === undefined ? undefined : choice("--access", accessChoices, flags.access),
    enableAccessEntries: flags.enableAccessEntries ?? false,
    kubeconfig: flags.kubeconfig === true ? undefined : flags.kubeconfig,
    useContext: flags.useContext ?? false,
    exec: choice("--exec", execChoices, flags.exec),
    shareUsername: flags.shareUsername ?? false,
    forceConflicts: flags.forceConflicts ?? false,
    workloads: flags.workloads ?? false,
  };
}

/** Throws `InvalidFlag`. Accepts a flag that was not given. */
export function checkFlag(flag: string, { pattern, must }: Rule, value: string | undefined): void {
  if (value !== undefined && !pattern.test(value)) throw invalidFlag(flag, value, must);
}

function tag(text: string): readonly [string, string] {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/s.exec(text) ?? [];
  if (key === undefined || value === undefined || /^aws:/i.test(key))
    throw invalidFlag("--tags", text, "KEY=VALUE, the key not beginning with aws:");
  return [key, value];
}

function ids(flag: string, rule: Rule, given: readonly string[] | undefined): string | undefined {
  const all = given?.flatMap((some) => some.split(",")).filter(Boolean);
  for (const id of all ?? []) checkFlag(flag, rule, id);
  const joined = all?.join(",");
  if (joined) checkFlag(flag, rule, joined);
  return joined;
}

function choice<T extends string>(flag: string, known: readonly T[], text = "auto"): T {
  const found = known.find((one) => one === text);
  if (found) return found;
  throw invalidFlag(flag, text, `one of ${known.join(", ")}`);
}

const invalidFlag = (flag: string, value: string, must: string) =>
  usageError("InvalidFlag", `${flag} is "${value}"; it must be ${must}`);
