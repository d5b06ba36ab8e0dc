/** The flags with which setup creates the same function again, for a hint that is shown after its stack is deleted. */
import { flagName } from "../flag-name.ts";
import { formatNeed } from "../kube/need.ts";
import { defaultUsername, functionName, rbacNameFor, stackName } from "./names.ts";
import { separator } from "./rights.ts";
import { options } from "./stack/options.ts";
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
  const kept = Object.entries(options).map(
    ([name, { parameter, fallback }]) => [flagName(name), found?.parameters[parameter] ?? fallback, fallback] as const,
  );
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
