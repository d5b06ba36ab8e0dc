/** What a person may choose of function, role and log, kept by the stack: settings that are `shown`. */

import type { Pairs } from "../../aws/cloudformation.ts";
import { type Command, command } from "../../command.ts";
import { type OptionName, optionNames, type Setting, settings } from "../../parameters/settings.ts";

/** `undefined`: as the stack has it. Empty: as if it had never been chosen. */
export type Options = Readonly<Record<OptionName, string | undefined>>;

/** The value of one option. */
export function optionOf(name: OptionName, given: Options, found: Pairs | undefined): string {
  const { initial = "" }: Setting = settings[name];
  return (given[name] ?? found?.[settings[name].parameter]) || initial;
}

/** A command that shows how many addresses each subnet has left. */
export const freeAddresses = (subnetIds: readonly string[]): Command =>
  command`aws ec2 describe-subnets --subnet-ids ${subnetIds} --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text`;

/** True for the parameters of a stack that makes the function's EventInvokeConfig. */
export const hasEventOptions = (parameters: Pairs): boolean =>
  [settings.eventAge, settings.eventRetries].some(({ parameter }) => Boolean(parameters[parameter]));

/** The patterns that the parameter `AllowImage` keeps. */
export const patternsIn = (text = ""): readonly string[] => text.split(",").filter(Boolean);

/** The stack's parameters for all of them. */
export const optionParameters = (given: Options, found: Pairs | undefined): Pairs =>
  Object.fromEntries(optionNames.map((name) => [settings[name].parameter, optionOf(name, given, found)]));

/** Those that differ from what template.yml has, in words. */
export const showOptions = (parameters: Pairs): readonly string[] =>
  optionNames.flatMap((name) => {
    const { parameter, shown, initial = "" }: Setting & (typeof settings)[OptionName] = settings[name];
    const value = parameters[parameter] ?? initial;
    return value === initial ? [] : [shown(value)];
  });
