/** The flags with which setup makes a function as it was: after its stack is deleted, or after an update that failed. */
import { defaultAllowed, formatAllowed } from "../actions/allowed.ts";
import { advice, command, type Hint } from "../command.ts";
import { flagsBack, flagsFrom } from "../parameters/deployed.ts";
import { takenBack } from "../parameters/variables.ts";
import { documentHash } from "../stack/role-documents.ts";
import type { Target } from "./target.ts";

/** Empty if setup needs no flags for that, or if there is no stack to read them from. */
export function setupFlags({ found, cluster, region, name, stack, rights, ...target }: Target): readonly string[] {
  if (!found) return [];
  const { functionName, roleName, username, rbacName } = target;
  const names = { stack, name, namespace: cluster.namespace, functionName, roleName, username, rbacName };
  const onlyCreates = rights.sourcePath === undefined && found.deployed.allow.every((one) => one.startsWith("create:"));
  const place = { cluster: cluster.name, region, name, onlyCreates };
  const tags = Object.entries(found.tags).map(([key, value]) => `${key}=${value}`);
  return [
    ...flagsFrom("setup", { ...found.deployed, ...names, entry: rights.sourcePath }, place),
    ...(tags.length === 0 ? [] : ["--tags", ...tags]),
  ];
}

/** What is live after this run, and how to go back: the checks of it failed. One line for each step. */
export function wayBack(target: Target, version: string): Hint {
  const { found, rights } = target;
  const teardown = command`eks-lambda teardown`;
  if (!found) return advice`the function is live; to remove it: ${teardown}`;
  const { version: before = version } = found.deployed;
  if (before !== version)
    return advice`the code of version ${version} is live; to go back to ${before}, remove the function: ${teardown}\nthen create it again: ${command`eks-lambda@${before}`}`;
  const env = takenBack(target.config.variables, found.deployed.env);
  const policy = policyBack(target);
  const flags = [...takingBack(target), ...env.flags, ...policy.flags];
  const back = command`eks-lambda setup ${flags}`;
  const unset = unrepeated({ env: env.unshown, policy: policy.isUnknown });
  if (rights.sourcePath !== undefined)
    return advice`the new code is live; to go back, restore ${rights.sourcePath} as it was: ${back}${unset}`;
  return flags.length === 0 && unset === ""
    ? "what this run changed is live"
    : advice`the update is live; to go back: ${back}${unset}`;
}

/** The flag that takes back the policy of this run, if none was before; else only a person has the one before. */
function policyBack({ config: { ownPolicy }, found }: Target) {
  const before = found?.deployed.policy ?? "";
  const now = ownPolicy ? documentHash(ownPolicy.document) : ownPolicy === false ? "" : before;
  return { flags: now !== before && before === "" ? ["--no-policy"] : [], isUnknown: now !== before && before !== "" };
}

/** What a command needs in addition to its flags: only plans have the values of variables, and the stack keeps no policy. */
export function unrepeated({ env, policy }: { readonly env: readonly string[]; readonly policy: boolean }): string {
  return [
    ...(env.length > 0 ? [`, with --env for ${env.join(", ")}, whose values are not repeated here`] : []),
    ...(policy ? [", with the --policy that it had"] : []),
  ].join("");
}

/** The flags that take back those of this run. The stock function has its rights without a flag; one of the user's may, too. */
function takingBack({ config, found, rights: { sourcePath } }: Target): readonly string[] {
  if (!found) return [];
  const { allow: before } = found.deployed;
  const allow = before.length > 0 ? before : sourcePath === undefined ? defaultAllowed.map(formatAllowed) : [];
  const isAllowed = Boolean(config.needs || config.allowFlag) && allow.length > 0;
  return [...flagsBack(config, found.deployed), ...(isAllowed ? ["--allow", ...allow] : [])];
}
