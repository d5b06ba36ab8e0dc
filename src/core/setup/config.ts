/** What a person asked for: flags over environment, checked before anything is read or written. */
import { dnsLabel } from "../actions/index.ts";
import { usageError } from "../errors.ts";

/** Flags as they were typed; the cluster may still have to be chosen. */
export interface Flags {
  readonly namespace?: string;
  readonly username?: string;
  readonly stack?: string;
  readonly functionName?: string;
  readonly roleName?: string;
  readonly rbacName?: string;
  readonly logRetention?: string;
  readonly tags?: readonly string[];
  readonly permissionsBoundary?: string;
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

/** What kubectl calls for a token; `auto`: the first of them that it would find. */
export const execChoices = ["auto", "eks-lambda", "aws", "npx"] as const;
export type ExecChoice = (typeof execChoices)[number];

/** How the cluster learns who the function's role is; `auto`: as its authentication mode allows, entries first. */
export const accessChoices = ["auto", "aws-auth", "access-entry"] as const;
export type AccessChoice = (typeof accessChoices)[number];

/** What a flag did not say is `undefined`: the stack of an earlier run knows it, or there is a default. */
export interface Config {
  readonly namespace: string | undefined;
  readonly username: string | undefined;
  readonly rbacName: string | undefined;
  readonly stack: string | undefined;
  readonly functionName: string | undefined;
  readonly roleName: string | undefined;
  /** Days. */
  readonly logRetention: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary: string | undefined;
  readonly cloudformationRoleArn: string | undefined;
  /** Ids between commas, as the stack takes them. */
  readonly subnetIds: string | undefined;
  readonly securityGroupIds: string | undefined;
  readonly access: AccessChoice;
  /** May the cluster's authentication mode be changed, for ever? */
  readonly enableAccessEntries: boolean;
  /** A file; `undefined`: the one that kubectl uses; `false`: none. */
  readonly kubeconfig: string | undefined | false;
  readonly useContext: boolean;
  readonly exec: ExecChoice;
  readonly shareUsername: boolean;
  readonly forceConflicts: boolean;
  /** Does teardown delete the Deployments that the function made? */
  readonly workloads: boolean;
}

interface Rule {
  readonly flag: string;
  readonly pattern: RegExp;
  readonly must: string;
}

const rules: Readonly<Partial<Record<keyof Flags, Rule>>> = {
  namespace: {
    flag: "--namespace",
    pattern: dnsLabel,
    must: "at most 63 lower-case letters, digits and `-`",
  },
  username: {
    flag: "--username",
    // Source: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    pattern: /^(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}$/,
    must: "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:",
  },
  stack: {
    flag: "--stack",
    pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/,
    must: "a letter, then letters, digits and `-`, at most 128",
  },
  functionName: {
    flag: "--function-name",
    pattern: /^[\w-]{1,64}$/,
    must: "at most 64 letters, digits, `-` and `_`",
  },
  roleName: { flag: "--role-name", pattern: /^[\w+=,.@-]{1,64}$/, must: "at most 64 letters, digits and `+=,.@_-`" },
  rbacName: {
    flag: "--rbac-name",
    pattern: /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
    must: "lower-case letters, digits, `-` and `.`",
  },
  logRetention: {
    flag: "--log-retention",
    pattern: /^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$/,
    must: "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
  },
  permissionsBoundary: {
    flag: "--permissions-boundary",
    pattern: /^arn:[^:]+:iam::(\d{12}|aws):policy\/.+$/,
    must: "the ARN of a policy, arn:aws:iam::…:policy/…",
  },
  cloudformationRoleArn: {
    flag: "--cloudformation-role-arn",
    pattern: /^arn:[^:]+:iam::\d{12}:role\/.+$/,
    must: "the ARN of a role, arn:aws:iam::…:role/…",
  },
};

/** Throws `InvalidFlag`, with the value and what it must be. */
export function configOf(flags: Flags): Config {
  for (const [name, rule] of Object.entries(rules)) {
    const value = flags[name as keyof Flags];
    if (typeof value === "string" && !rule.pattern.test(value)) throw invalidFlag(rule.flag, value, rule.must);
  }
  const { namespace, username, rbacName, stack, functionName, roleName } = flags;
  const { logRetention, permissionsBoundary, cloudformationRoleArn } = flags;
  return {
    ...{ namespace, username, rbacName, stack, functionName, roleName },
    ...{ logRetention, permissionsBoundary, cloudformationRoleArn },
    tags: Object.fromEntries((flags.tags ?? []).map(tag)),
    subnetIds: ids("--subnet-ids", /^subnet-[0-9a-f]+$/, flags.subnetIds),
    securityGroupIds: ids("--security-group-ids", /^sg-[0-9a-f]+$/, flags.securityGroupIds),
    access: choice("--access", accessChoices, flags.access),
    enableAccessEntries: flags.enableAccessEntries ?? false,
    kubeconfig: flags.kubeconfig === true ? undefined : flags.kubeconfig,
    useContext: flags.useContext ?? false,
    exec: choice("--exec", execChoices, flags.exec),
    shareUsername: flags.shareUsername ?? false,
    forceConflicts: flags.forceConflicts ?? false,
    workloads: flags.workloads ?? false,
  };
}

function tag(text: string): readonly [string, string] {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/s.exec(text) ?? [];
  if (key === undefined || value === undefined || /^aws:/i.test(key))
    throw invalidFlag("--tags", text, "KEY=VALUE, the key not beginning with aws:");
  return [key, value];
}

function ids(flag: string, pattern: RegExp, given: readonly string[] | undefined): string | undefined {
  const all = given?.flatMap((some) => some.split(",")).filter(Boolean);
  const wrong = all?.find((id) => !pattern.test(id));
  if (wrong !== undefined)
    throw invalidFlag(flag, wrong, `ids such as ${pattern.source.slice(1).split("[")[0]}0123456789abcdef0`);
  return all?.join(",");
}

function choice<T extends string>(flag: string, known: readonly T[], text = "auto"): T {
  const found = known.find((one) => one === text);
  if (found) return found;
  throw invalidFlag(flag, text, `one of ${known.join(", ")}`);
}

export const invalidFlag = (flag: string, value: string, must: string) =>
  usageError("InvalidFlag", `${flag} is "${value}"; it must be ${must}`);
