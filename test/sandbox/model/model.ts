/** What should be, in the few words of a person who knows setup's manual, not its code. */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { arnOf, type Entry, type Ours, others, ownedBy, type Rights, rightsOf, type Seen } from "./seen.ts";
import type { Mode, Outcome, World } from "./world.ts";

/** The function without a name, and one with a name for the same cluster. */
export type Slot = "first" | "second";
export const slots: readonly Slot[] = ["first", "second"];

/** The flags that choose a function. */
export const chosen: Readonly<Record<Slot, Flags>> = { first: {}, second: { name: "second" } };

/** Names with `--name` end in it: docs/decisions/0015-several-functions.md */
const ending = `second-${createHash("sha256")
  .update(JSON.stringify(["demo", "second"]))
  .digest("hex")
  .slice(0, 6)}`;

export const stackOf: Readonly<Record<Slot, string>> = {
  first: "eks-lambda-demo",
  second: `eks-lambda-demo-${ending}`,
};

/** What a function is to be. */
export interface Settings {
  readonly namespace: string;
  readonly username: string;
  /** The name of Role and RoleBinding. */
  readonly rbacName: string;
  readonly roleName: string;
  readonly functionName: string;
}

const defaults: Readonly<Record<Slot, Settings>> = {
  first: {
    ...{ namespace: "default", username: "lambda", rbacName: "lambda-create-deployments" },
    ...{ roleName: "eks-lambda-demo-us-east-1", functionName: "eks-lambda-demo-us-east-1" },
  },
  second: {
    ...{ namespace: "default", username: "eks-lambda:second", rbacName: `lambda-create-deployments-${ending}` },
    ...{ roleName: `eks-lambda-demo-us-east-1-${ending}`, functionName: `eks-lambda-demo-us-east-1-${ending}` },
  },
};

/** The flags that say all of it again, for those who have lost the stack. */
export const flagsOf = (slot: Slot, { functionName: _, ...settings }: Settings): Flags => ({
  ...chosen[slot],
  ...settings,
});

/** Flags come first, then what the stack of an earlier run has. */
export function settingsOf(slot: Slot, flags: Flags, { stacks }: Seen): Settings {
  const kept = stacks[stackOf[slot]]?.parameters ?? {};
  const { namespace, username, rbacName, roleName, functionName } = defaults[slot];
  return {
    namespace: flags.namespace ?? kept.ClusterNamespace ?? namespace,
    username: flags.username ?? kept.KubernetesUsername ?? username,
    rbacName: flags.rbacName ?? kept.RbacName ?? rbacName,
    roleName: flags.roleName ?? kept.RoleName ?? roleName,
    functionName: flags.functionName ?? kept.FunctionName ?? functionName,
  };
}

/**
 * What the stack owns under a name that setup gives now, that the stack knows, or that is the default. Objects under
 * other names are left by a run that was killed: anyone could have labelled them.
 */
export function namedBy(slot: Slot, { rbacName }: Pick<Settings, "rbacName">, seen: Seen): readonly string[] {
  const stack = stackOf[slot];
  const names = [rbacName, seen.stacks[stack]?.parameters.RbacName, defaults[slot].rbacName];
  return ownedBy(seen, stack).filter((key) => !key.startsWith("Deployment ") && names.includes(key.split("/").at(-1)));
}

/** Without its stack, teardown finds namespace and user in a RoleBinding that the stack owned. */
export function recalledOf(slot: Slot, flags: Flags, seen: Seen): Settings {
  const settings = settingsOf(slot, flags, seen);
  const keys = namedBy(slot, settings, seen).filter((one) => one.startsWith("RoleBinding "));
  const [key] = keys;
  if (key === undefined || seen.stacks[stackOf[slot]]?.parameters.RoleName !== undefined) return settings;
  const users = new Set(
    keys.flatMap((one) => (seen.objects[one].subjects ?? []) as readonly Named[]).map(({ name }) => name),
  );
  const [user] = users.size === 1 ? users : [];
  const { metadata } = seen.objects[key];
  const { namespace = metadata.namespace, rbacName = metadata.name, username = user } = flags;
  return { ...settings, namespace, rbacName, ...(username && { username }) };
}

/** What the commands so far have made of it. Commands change it. */
export interface Model {
  mode: Mode;
  /** The functions that setup has set up, and nothing has disturbed since. */
  readonly sound: Map<Slot, Settings>;
  /** What roles were granted, and nothing has disturbed since. */
  readonly grants: Map<string, Rights>;
  /** Roles that were ours at some time. */
  readonly roles: Set<string>;
  /** All that functions were: without the stack, teardown needs it as flags. */
  readonly used: { readonly slot: Slot; readonly settings: Settings }[];
  /** ARNs in aws-auth that a person has put back, or mapped otherwise than setup does: teardown keeps them. */
  readonly kept: Set<string>;
}

export const newModel = (mode: Mode): Model => ({
  ...{ mode, sound: new Map(), grants: new Map(), roles: new Set(), used: [], kept: new Set() },
});

export const oursIn = ({ roles }: Model): Ours => ({
  stacks: slots.map((slot) => stackOf[slot]),
  roles: [...roles].map(arnOf),
  granted: [],
});

const isSupported = (mode: Mode, method: string): boolean =>
  method === "aws-auth" ? mode !== "API" : method !== "access-entry" || mode !== "CONFIG_MAP";

/** A flag comes first, then what a flag chose before, as long as the mode allows it. */
function methodOf(mode: Mode, { access }: Flags, remembered = "auto"): string {
  const choice = access ?? (isSupported(mode, remembered) ? remembered : "auto");
  return choice === "auto" ? (mode === "CONFIG_MAP" ? "aws-auth" : "access-entry") : choice;
}

export const entryOf = ({ entries }: Seen, roleName: string): Entry | undefined =>
  entries.findLast(({ rolearn }) => rolearn === arnOf(roleName));

const accessEntry = ({ resources }: Seen, roleName: string) =>
  resources[`AWS::EKS::AccessEntry ${arnOf(roleName)}|demo`];

/** The codes of the refusals that setup has to end with. None: it has to succeed. */
export function refusalsOf({ mode }: Model, slot: Slot, flags: Flags, seen: Seen): readonly string[] {
  const settings = settingsOf(slot, flags, seen);
  const isUnsupported = flags.access !== undefined && !isSupported(mode, flags.access);
  // Entries that setup wrote for a role that it renamed: it removes them.
  const own = [...renamed(slot, settings, seen), ...earlierIn(slot, seen)].map(({ rolearn }) => rolearn);
  const holders = holdersOf(mode, { slot, settings }, seen).filter((holder) => !own.includes(holder));
  const taken = ["Role", "RoleBinding"].filter((kind) => {
    const key = `${kind} ${settings.namespace}/${settings.rbacName}`;
    return key in seen.objects && !ownedBy(seen, stackOf[slot]).includes(key);
  });
  return [
    ...(isUnsupported ? ["AccessModeUnsupported"] : []),
    ...(settings.namespace === "missing" ? ["NamespaceNotFound"] : []),
    ...(isForeignRole(slot, settings, seen) ? ["RoleNotOurs"] : []),
    ...taken.map((kind) => `${kind}NotOurs`),
    ...(holders.length > 0 ? ["UsernameTaken"] : []),
  ];
}

/** The entries that a stack remembers, `ROLE/USER`, of those that are there as setup wrote them. */
export const earlierIn = (slot: Slot, { stacks, entries }: Seen): readonly Entry[] =>
  (stacks[stackOf[slot]]?.parameters.EarlierMappings ?? "")
    .split(" ")
    .flatMap((text) => entries.filter((entry) => isEntryOf(text, entry)));

const isEntryOf = (text: string, { rolearn, username, groups }: Entry): boolean =>
  text === `${rolearn?.split("/").at(-1)}/${username}` && !groups?.length;

/** The entry of the stack's role, as setup wrote it, where a run gives the role another name. */
export function renamed(slot: Slot, { roleName }: Pick<Settings, "roleName">, seen: Seen): readonly Entry[] {
  const { RoleName, KubernetesUsername } = seen.stacks[stackOf[slot]]?.parameters ?? {};
  if (RoleName === undefined || RoleName === roleName) return [];
  return seen.entries.filter((entry) => isEntryOf(`${RoleName}/${KubernetesUsername}`, entry));
}

const isForeignRole = (slot: Slot, { roleName }: Settings, { resources, stacks }: Seen): boolean =>
  `AWS::IAM::Role ${roleName}` in resources && stacks[stackOf[slot]]?.parameters.RoleName !== roleName;

/** What else has that Kubernetes user: bindings, and mappings of roles, that are not the stack's. */
function holdersOf(mode: Mode, { slot, settings }: Wanted, seen: Seen): readonly string[] {
  const { objects, entries, resources, stacks } = seen;
  const { username, namespace, rbacName, roleName } = settings;
  const own = [`RoleBinding ${namespace}/${rbacName}`, ...ownedBy(seen, stackOf[slot])];
  const bindings = Object.entries(objects)
    .filter(([key, { subjects = [] }]) => /Binding /.test(key) && subjects.some(({ name }: Named) => name === username))
    .map(([key]) => key)
    .filter((key) => !own.includes(key));
  const arns = [
    ...(mode === "API" ? [] : entries).filter((entry) => entry.username === username).map(({ rolearn }) => rolearn),
    ...Object.entries(resources)
      .filter(([key, { Username }]) => key.startsWith("AWS::EKS::AccessEntry") && Username === username)
      .map(([, { PrincipalArn }]) => PrincipalArn)
      .filter((arn) => arn !== arnOf(stacks[stackOf[slot]]?.parameters.RoleName ?? roleName)),
  ];
  return [...bindings, ...arns.filter((arn) => arn !== arnOf(roleName))];
}

interface Named {
  readonly name: string;
}

interface Wanted {
  readonly slot: Slot;
  readonly settings: Settings;
}

/**
 * True if a run that was killed has left a binding of the user under a name that nothing remembers: setup may refuse the
 * user then.
 */
export const isLeftBound = (slot: Slot, settings: Settings, seen: Seen): boolean =>
  ownedBy(seen, stackOf[slot])
    .filter((key) => !namedBy(slot, settings, seen).includes(key))
    .some((key) => (seen.objects[key].subjects ?? []).some(({ name }: Named) => name === settings.username));

/** What others own is as it was. */
export function expectOthersUntouched(ours: Ours, before: Seen, after: Seen): void {
  expect(others(after, ours)).toEqual(others(before, ours));
}

/** An entry that somebody has changed is not setup's to delete. */
export function isWrittenBySetup(
  slot: Slot,
  { settings, before }: { readonly settings: Settings; readonly before: Seen },
  entry: Entry | undefined,
): boolean {
  const { username } = defaults[slot];
  const stack = stackOf[slot];
  // A run that was killed may have bound and mapped a user that the stack does not know.
  const bound = namedBy(slot, settings, before).flatMap(
    (key) => before.objects[key].subjects ?? [],
  ) as readonly Named[];
  const known = [settings.username, before.stacks[stack]?.parameters.KubernetesUsername, username];
  const users = [...known, ...bound.map(({ name }) => name)];
  return entry !== undefined && users.includes(entry.username) && !entry.groups?.length;
}

/** Setup has ended with what was asked for. */
export function expectSetUp(
  model: Model,
  { slot, flags, settings, before }: Wanted & { readonly flags: Flags; readonly before: Seen },
  seen: Seen,
): void {
  const { namespace, rbacName, roleName, functionName, username } = settings;
  const stack = stackOf[slot];
  expect(seen.stacks[stack]?.status).toMatch(/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/);
  expect(Object.keys(seen.resources)).toEqual(
    expect.arrayContaining([
      `AWS::IAM::Role ${roleName}`,
      `AWS::Lambda::Function ${functionName}`,
      `AWS::Logs::LogGroup /aws/lambda/${functionName}`,
    ]),
  );
  const { CLUSTER_ENDPOINT } = seen.resources[`AWS::Lambda::Function ${functionName}`].Environment.Variables;
  expect(CLUSTER_ENDPOINT).toBe(seen.endpoint);
  const marked = ["Role", "RoleBinding"].map((kind) => `${kind} ${namespace}/${rbacName}`);
  expect(namedBy(slot, { rbacName: settingsOf(slot, {}, before).rbacName }, seen)).toEqual(marked);
  expect(holdersOf(model.mode, { slot, settings }, seen)).toEqual([]);
  if (model.mode !== "API") expect(earlierIn(slot, seen)).toEqual([]);
  const mappings = { awsAuth: entryOf(seen, roleName)?.username, accessEntry: accessEntry(seen, roleName)?.Username };
  const isByEntry = methodOf(model.mode, flags, seen.stacks[stack]?.parameters.Access) === "access-entry";
  // Mode API does not read aws-auth, so that an entry may be left in it.
  const isLeft = model.mode === "API" || !isWrittenBySetup(slot, { settings, before }, entryOf(before, roleName));
  if (isByEntry && isLeft) expect(mappings.accessEntry).toBe(username);
  else expect(mappings).toEqual(isByEntry ? { accessEntry: username } : { awsAuth: username });
}

/** Each function, and each role with a grant, that nothing has disturbed has its own rights, all of them and no more. */
export async function expectSound(
  { sound, grants }: Pick<Model, "sound" | "grants">,
  world: World,
  seen: Seen,
): Promise<void> {
  for (const [role, rights] of grants)
    expect({ role, ...(await rightsOf(world, seen, role)) }).toEqual({ role, ...rights });
  for (const [slot, { roleName, namespace, username }] of sound) {
    const rights: Rights = { user: username, may: [`${namespace}: create deployments.apps`] };
    expect({ slot, ...(await rightsOf(world, seen, roleName)) }).toEqual({ slot, ...rights });
  }
}

/** Nothing of a stack is left, but for Deployments, whose deletion was not asked for. */
export function expectGone(seen: Seen, slot: Slot, { roleName, functionName, rbacName }: Settings): void {
  const stack = stackOf[slot];
  expect(seen.stacks[stack]).toBeUndefined();
  expect(namedBy(slot, { rbacName }, seen)).toEqual([]);
  expect(keysOf({ roleName, functionName }).filter((key) => key in seen.resources)).toEqual([]);
}

/** The keys of a function's resources. */
export const keysOf = ({ roleName, functionName }: Pick<Settings, "roleName" | "functionName">): readonly string[] => [
  `AWS::IAM::Role ${roleName}`,
  `AWS::EKS::AccessEntry ${arnOf(roleName)}|demo`,
  `AWS::Lambda::Function ${functionName}`,
  `AWS::Logs::LogGroup /aws/lambda/${functionName}`,
];

/** Setup or teardown has ended without being killed: as predicted, and refusals come before anything is changed. */
export function expectEnd(outcome: Exclude<Outcome, "killed">, codes: readonly string[]): void {
  const isRefused = typeof outcome === "object";
  const ended = isRefused ? `${outcome.refused.code} while ${outcome.while}: ${outcome.refused.message}` : outcome;
  if (codes.length === 0) expect(ended).toBe("done");
  else expect(ended).toMatch(new RegExp(`^(${codes.join("|")}) while planning`));
}
