/** `grant` and `revoke`: rights of roles that have no stack. */
import { expect } from "vitest";
import { type Command, command } from "./command.ts";
import { entryOf, expectEnd, expectOthersUntouched, expectSound, type Model } from "./model.ts";
import { arnOf, grantedTo, look, type Ours, rightsOf, type Seen } from "./seen.ts";
import type { World } from "./world.ts";

/** The rules of `--allow`, and the rights that they are. */
export const rules = {
  "create deployments.apps": ["default: create deployments.apps"],
  "get,list configmaps @kube-public": ["kube-public: get configmaps", "kube-public: list configmaps"],
  "list nodes @*": ["everywhere: list nodes"],
  "get pods @missing": [],
} as const;
export type Rule = keyof typeof rules;

interface Mapping {
  readonly username: string;
  readonly groups: readonly string[];
}

/** An access entry overrides aws-auth. */
function mappingOf(mode: Model["mode"], role: string, seen: Seen): Mapping | undefined {
  const entry = mode === "CONFIG_MAP" ? undefined : seen.resources[`AWS::EKS::AccessEntry ${arnOf(role)}|demo`];
  if (entry) return { username: entry.Username, groups: entry.KubernetesGroups ?? [] };
  const { username, groups = [] } = (mode === "API" ? undefined : entryOf(seen, role)) ?? {};
  return username === undefined ? undefined : { username, groups };
}

/** Grant maps a role to its own ARN. */
const isByGrant = (role: string, mapping: Mapping | undefined): boolean =>
  mapping === undefined || (mapping.username === arnOf(role) && mapping.groups.length === 0);

const oursFor = (role: string, mapping: Mapping | undefined): Ours => ({
  ...{ stacks: [], granted: [arnOf(role)] },
  roles: isByGrant(role, mapping) ? [arnOf(role)] : [],
});

interface GrantRun {
  readonly role: "ci" | "nodes" | "nobody";
  readonly allow: readonly Rule[];
  readonly killAfter?: number | undefined;
}

function refusalsOf({ role, allow }: GrantRun, mapping: Mapping | undefined): readonly string[] {
  return [
    ...(role === "nobody" ? ["RoleNotFound"] : []),
    ...(mapping?.username.includes("{{") ? ["UsernameTemplate"] : []),
    ...(mapping?.groups.includes("system:masters") ? ["RightsTooWide"] : []),
    ...(allow.includes("get pods @missing") ? ["NamespaceNotFound"] : []),
  ];
}

export const grant = (input: GrantRun): Command =>
  command("grant", input, async (model, world) => {
    const { role, allow, killAfter } = input;
    const before = await look(world);
    const mapping = mappingOf(model.mode, role, before);
    const refusals = refusalsOf(input, mapping);
    const outcome = await world.grant({ role, allow }, killAfter);
    const after = await look(world);
    expectOthersUntouched(oursFor(role, mapping), before, after);
    if (outcome === "killed") model.grants.delete(role);
    else {
      expectEnd(outcome, refusals);
      if (outcome === "done") {
        await expectGranted(world, input, { mapping, after });
        expect(await world.grantChanges({ role, allow })).toEqual([]);
        model.grants.set(role, await rightsOf(world, after, role));
      } else expect(after).toEqual(before);
    }
    await expectSound(model, world, after);
  });

interface Granted {
  readonly mapping: Mapping | undefined;
  readonly after: Seen;
}

/** The rules, and what others have given the role. */
async function expectGranted(world: World, { role, allow }: GrantRun, { mapping, after }: Granted) {
  const granted = new Set(grantedTo(after, arnOf(role)));
  const others = Object.fromEntries(Object.entries(after.objects).filter(([key]) => !granted.has(key)));
  const { may: given } = await rightsOf(world, { ...after, objects: others }, role);
  const may = [...new Set([...given, ...allow.flatMap((rule) => rules[rule])])].sort();
  expect(await rightsOf(world, after, role)).toEqual({ user: mapping?.username ?? arnOf(role), may });
}

export const revoke = (input: Omit<GrantRun, "allow">): Command =>
  command("revoke", input, async (model, world) => {
    const { role, killAfter } = input;
    const before = await look(world);
    model.grants.delete(role);
    const outcome = await world.revoke(role, killAfter);
    const after = await look(world);
    expectOthersUntouched(oursFor(role, mappingOf(model.mode, role, before)), before, after);
    if (outcome !== "killed") {
      expectEnd(outcome, []);
      expectRevoked(model, role, { before, after });
      expect(await world.grantChanges({ role })).toEqual([]);
    }
    await expectSound(model, world, after);
  });

/** The mapping goes if grant made it. In mode API nothing reads aws-auth. */
function expectRevoked(
  model: Model,
  role: string,
  { before, after }: { readonly before: Seen; readonly after: Seen },
): void {
  const arn = arnOf(role);
  expect(grantedTo(after, arn)).toEqual([]);
  const key = `AWS::EKS::AccessEntry ${arn}|demo`;
  const entry = before.resources[key];
  expect(after.resources[key]).toEqual(entry?.Username === arn ? undefined : entry);
  const mapped = entryOf(before, role);
  const isOurs = model.mode !== "API" && isMarked(before, arn) && mapped?.username === arn && !mapped.groups?.length;
  expect(entryOf(after, role)).toEqual(isOurs ? undefined : mapped);
  if (entryOf(after, role)) model.kept.add(arn);
}

/** Grant writes a mark beside its entry: docs/decisions/0030-what-tenants-can-forge.md */
const isMarked = ({ marks }: Seen, arn: string): boolean =>
  Object.entries(marks).some(([key, value]) => key.startsWith("eks-lambda/grant-") && value === arn);

export async function revokeAll(model: Model, world: World): Promise<void> {
  for (const role of ["ci", "nodes"] as const) await revoke({ role }).run(model, world);
  const seen = await look(world);
  const left = Object.keys(seen.objects).filter((key) => seen.objects[key].metadata.labels?.["eks-lambda/grant"]);
  expect(left).toEqual([]);
}
