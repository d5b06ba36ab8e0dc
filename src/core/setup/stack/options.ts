/** What a person may choose of function, role and log, kept by the stack. To add an option, add it here and to template.yml. */

import type { Pairs } from "../../aws/cloudformation.ts";
import { type Command, command } from "../../command.ts";
import { counted } from "../../counted.ts";

interface Option {
  /** The stack's parameter that keeps it. */
  readonly parameter: string;
  /** Its value where nothing else was chosen, as template.yml has it. */
  readonly fallback: string;
  /** Another value than that, in words. */
  readonly shown: (value: string) => string;
}

export const options = {
  memory: { parameter: "MemorySize", fallback: "256", shown: (value) => `${value} MB` },
  timeout: { parameter: "Timeout", fallback: "30", shown: (value) => `${value} s` },
  architecture: { parameter: "Architecture", fallback: "arm64", shown: (value) => value },
  rolePath: { parameter: "RolePath", fallback: "/", shown: (value) => `role in ${value}` },
  reservedConcurrency: {
    ...{ parameter: "ReservedConcurrency", fallback: "" },
    shown: (value) => `at most ${value} at once, reserved`,
  },
  eventAge: {
    parameter: "MaximumEventAgeInSeconds",
    fallback: "",
    shown: (value) => `asynchronous events for at most ${value} s`,
  },
  eventRetries: {
    parameter: "MaximumRetryAttempts",
    fallback: "",
    shown: (value) =>
      `${value === "0" ? "no retries" : counted(Number(value), "retry", "retries")} of asynchronous events`,
  },
  logRetention: {
    parameter: "LogRetentionDays",
    fallback: "30",
    shown: (value) => `log kept for ${counted(Number(value), "day")}`,
  },
  allowImage: { parameter: "AllowImage", fallback: "", shown: (value) => `only images ${value}` },
  codeBucket: { parameter: "CodeBucket", fallback: "", shown: (value) => `code in s3://${value}` },
  permissionsBoundary: { parameter: "PermissionsBoundary", fallback: "", shown: (value) => `boundary ${value}` },
} as const satisfies Readonly<Record<string, Option>>;

type OptionName = keyof typeof options;

/** `undefined`: as the stack has it. Empty: as if it had never been chosen. */
export type Options = Readonly<Record<OptionName, string | undefined>>;

/** Checks an option's name, among those of flags. */
export const isOption = (name: string): name is OptionName => Object.hasOwn(options, name);

/** The value of one option. */
export function optionOf(name: OptionName, given: Options, found: Pairs | undefined): string {
  const { parameter, fallback } = options[name];
  return (given[name] ?? found?.[parameter]) || fallback;
}

/** A command that shows how many addresses each subnet has left. */
export const freeAddresses = (subnetIds: readonly string[]): Command =>
  command`aws ec2 describe-subnets --subnet-ids ${subnetIds} --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text`;

/** True for the parameters of a stack that makes the function's EventInvokeConfig. */
export const hasEventOptions = (parameters: Pairs): boolean =>
  [options.eventAge, options.eventRetries].some(({ parameter }) => Boolean(parameters[parameter]));

/** The patterns that the parameter `AllowImage` keeps. */
export const patternsIn = (text = ""): readonly string[] => text.split(",").filter(Boolean);

/** The stack's parameters for all of them. */
export const optionParameters = (given: Options, found: Pairs | undefined): Pairs =>
  Object.fromEntries(
    (Object.keys(options) as OptionName[]).map((name) => [options[name].parameter, optionOf(name, given, found)]),
  );

/** Those that differ from what template.yml has, in words. */
export const showOptions = (parameters: Pairs): readonly string[] =>
  Object.values(options).flatMap(({ parameter, fallback, shown }: Option) => {
    const value = parameters[parameter] ?? fallback;
    return value === fallback ? [] : [shown(value)];
  });
