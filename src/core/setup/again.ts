/** The flags with which setup makes a function as it was: after its stack is deleted, or after an update that failed. */
import { defaultAllowed, formatAllowed } from "../actions/allowed.ts";
import { advice, command, type Hint } from "../command.ts";
import { flagName } from "../flag-name.ts";
import { formatNeed } from "../kube/need.ts";
import { optionNames, type Setting, settings } from "../parameters/settings.ts";
import { defaultUsername, functionName, rbacNameFor, stackName } from "./names.ts";
import { separator } from "./rights.ts";
import type { Target } from "./target.ts";

type Flag = readonly [flag: string, ...values: readonly string[]];

/** Empty if setup needs no flags for that, or if there is no stack to read them from. */
export function flagsAgain(target: Target): readonly string[] {
  if (!target.found) return [];
  return [...entryFlags(target), ...names(target), ...configured(target), ...allowed(target)].flat();
}

const entryFlags = ({ name, rights: { entry } }: Target): readonly Flag[] => [
  ...(name === undefined ? [] : [["--name", name] as const]),
  ...(entry === undefined ? [] : [["--entry", entry] as const]),
];

function names(target: Target): readonly Flag[] {
  const { cluster, region, name, rights } = target;
  const derived = functionName(cluster.name, region, name);
  const chosen: readonly (readonly [flag: string, value: string, otherwise: string])[] = [
    ["--stack", target.stack, stackName(cluster.name, name)],
    ["--function-name", target.functionName, derived],
    ["--role-name", target.roleName, derived],
    ["--namespace", cluster.namespace, "default"],
    ["--rbac-name", target.rbacName, rbacNameFor(cluster.name, name, rights.entry !== undefined)],
    ["--username", target.username, defaultUsername(name)],
  ];
  return chosen.flatMap(([flag, value, otherwise]) => (value === otherwise ? [] : [[flag, value]]));
}

function configured({ found }: Target): readonly Flag[] {
  const { SubnetIds = "", SecurityGroupIds = "", Access = "auto" } = found?.parameters ?? {};
  const kept = optionNames.map((name) => {
    const { initial = "" }: Setting = settings[name];
    return [flagName(name), found?.parameters[settings[name].parameter] ?? initial, initial] as const;
  });
  const others = [
    ["--subnet-ids", SubnetIds, ""],
    ["--security-group-ids", SecurityGroupIds, ""],
    ["--access", Access, "auto"],
  ] as const;
  const tags = Object.entries(found?.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    ...[...kept, ...others].flatMap(([flag, value, fallback]) => (value === fallback ? [] : [[flag, value] as const])),
    ...(tags.length === 0 ? [] : [["--tags", ...tags] as const]),
  ];
}

/** An entry that declares its rights needs no flag. */
function allowed({ found, rights }: Target): readonly Flag[] {
  const { Allow = "" } = found?.parameters ?? {};
  if (rights.source === "code" || Allow === "") return [];
  return [["--allow", ...(rights.source === "allow" ? rights.needs.map(formatNeed) : Allow.split(separator))]];
}

/** What is live after this run, and how to go back: the checks of it failed. One line for each step. */
export function wayBack(target: Target, version: string): Hint {
  const { found, rights } = target;
  const teardown = command`eks-lambda teardown`;
  if (!found) return advice`the function is live; to remove it: ${teardown}`;
  const { Version: before = version } = found.parameters;
  if (before !== version)
    return advice`the code of version ${version} is live; to go back to ${before}, remove the function: ${teardown}\nthen make it again: ${command`eks-lambda@${before}`}`;
  const flags = flagsBack(target);
  const back = command`eks-lambda setup ${flags}`;
  if (rights.entry !== undefined)
    return advice`the new code is live; to go back, restore ${rights.entry} as it was: ${back}`;
  return flags.length === 0 ? "what this run changed is live" : advice`the update is live; to go back: ${back}`;
}

/** What the flag is for the rights that a stack keeps. The stock function has its own without a flag; an entry may, too. */
const allowBefore = (Allow: string, { entry }: Target["rights"]): readonly string[] =>
  Allow !== "" ? Allow.split(separator) : entry === undefined ? defaultAllowed.map(formatAllowed) : [];

/** The flags that take back those of this run, by the stack as it was before. */
function flagsBack({ config, found, rights }: Target): readonly string[] {
  const before = found?.parameters ?? {};
  const of = (parameter: string) => before[parameter] ?? "";
  const given = optionNames.map((name) => [flagName(name), config[name], of(settings[name].parameter)] as const);
  const names = [
    ["--namespace", config.namespace, of("ClusterNamespace")],
    ["--username", config.username, of("KubernetesUsername")],
    ["--rbac-name", config.rbacName, of("RbacName")],
    ["--function-name", config.functionName, of("FunctionName")],
    ["--role-name", config.roleName, of("RoleName")],
    ["--subnet-ids", config.subnetIds, of("SubnetIds")],
    ["--security-group-ids", config.securityGroupIds, of("SecurityGroupIds")],
    ["--access", config.access, of("Access")],
  ] as const;
  const changed = [...given, ...names].filter(([, value, was]) => value !== undefined && value !== was);
  const allow = config.allow || config.actions ? allowBefore(of("Allow"), rights) : [];
  return [...changed.flatMap(([flag, , was]) => [flag, was]), ...(allow.length > 0 ? ["--allow", ...allow] : [])];
}
