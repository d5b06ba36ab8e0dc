/** What can happen: each command does it, and says what may be different then. */
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { type Command, command } from "./command.ts";
import { drifts } from "./drifts.ts";
import { revokeAll } from "./grants.ts";
import {
  chosen,
  earlierIn,
  entryOf,
  expectEnd,
  expectGone,
  expectOthersUntouched,
  expectSetUp,
  expectSound,
  flagsOf,
  isLeftBound,
  isWrittenBySetup,
  keysOf,
  type Model,
  oursIn,
  recalledOf,
  refusalsOf,
  renamed,
  type Settings,
  type Slot,
  settingsOf,
  slots,
  stackOf,
} from "./model.ts";
import { arnOf, type Entry, look, ownedBy, type Seen } from "./seen.ts";
import type { Outcome, World } from "./world.ts";

interface Run {
  readonly slot: Slot;
  readonly flags: Flags;
  /** The run's last request. */
  readonly killAfter?: number | undefined;
}

/** A role that both functions could have would be the second one's only while the first one's is deleted. */
const flagsFor = ({ slot, flags }: Run): Flags => ({
  ...chosen[slot],
  ...flags,
  ...(flags.roleName === "team" && { roleName: `team-${slot}` }),
});

export const setup = (input: Run): Command =>
  command("setup", input, async (model, world) => {
    const { slot, killAfter } = input;
    const flags = flagsFor(input);
    const before = await look(world);
    const settings = settingsOf(slot, flags, before);
    const refusals = refusalsOf(model, slot, flags, before);
    if (refusals.length === 0) {
      model.roles.add(settings.roleName);
      model.used.push({ slot, settings });
    }
    world.sandbox().coldStart();
    const outcome = await world.setup(flags, killAfter);
    const after = await look(world);
    expectOthersUntouched(oursIn(model), before, after);
    if (outcome === "killed") {
      model.sound.delete(slot);
      expectRemembered(slot, before, after);
    } else {
      expectEnd(
        outcome,
        isRefused(outcome, "UsernameTaken") && isLeftBound(slot, settings, before) ? ["UsernameTaken"] : refusals,
      );
      if (outcome === "done") {
        expectSetUp(model, { slot, flags, settings, before }, after);
        expect(await world.changes("present", flags)).toEqual([]);
        if (!isLeftBound(slot, settings, after)) model.sound.set(slot, settings);
      } else expect(after).toEqual(before);
    }
    await expectSound(model, world, after);
  });

const isRefused = (outcome: Exclude<Outcome, "killed">, code: string): boolean =>
  typeof outcome === "object" && outcome.refused.code === code;

/** The entry of a role that the run has renamed is removed, or the stack knows it. */
function expectRemembered(slot: Slot, before: Seen, after: Seen): void {
  const { RoleName: roleName } = after.stacks[stackOf[slot]]?.parameters ?? {};
  if (roleName === undefined) return;
  const left = renamed(slot, { roleName }, { ...before, entries: after.entries });
  expect(earlierIn(slot, after)).toEqual(expect.arrayContaining([...left]));
}

export const teardown = (input: Run): Command =>
  command("teardown", input, async (model, world) => {
    const { slot, killAfter } = input;
    const flags = { ...chosen[slot], ...input.flags };
    const before = await look(world);
    const settings = recalledOf(slot, flags, before);
    model.sound.delete(slot);
    const outcome = await world.teardown(flags, killAfter);
    const after = await look(world);
    expectOthersUntouched(oursIn(model), before, after);
    if (outcome !== "killed") {
      expectEnd(outcome, []);
      expectTornDown({ slot, settings, flags }, before, after);
      if (entryOf(after, settings.roleName)) model.kept.add(arnOf(settings.roleName));
      expect(await world.changes("absent", flags)).toEqual([]);
    }
    await expectSound(model, world, after);
  });

/** The cluster cannot be reached: the stack goes, the rest stays, and the printed command removes it later. */
export const teardownAwsOnly = (input: {
  readonly slot: Slot;
  readonly later: boolean;
  readonly killAfter?: number | undefined;
}): Command =>
  command("teardown --aws-only", input, async (model, world) => {
    const { slot, later, killAfter } = input;
    const before = await look(world);
    const settings = settingsOf(slot, chosen[slot], before);
    model.sound.delete(slot);
    const printed = await world.left(chosen[slot]);
    const outcome = await world.teardown({ ...chosen[slot], awsOnly: true }, killAfter);
    const after = await look(world);
    expectOthersUntouched(oursIn(model), before, after);
    expect(inCluster(after)).toEqual(inCluster(before));
    if (outcome !== "killed") {
      expectEnd(outcome, []);
      expect(after.stacks[stackOf[slot]]).toBeUndefined();
      expect(keysOf(settings).filter((key) => key in after.resources)).toEqual([]);
      expect(await world.changes("absent", { ...chosen[slot], awsOnly: true })).toEqual([]);
      if (later) await tearDownRest(world, { slot, settings, flags: printed }, before);
    }
    await expectSound(model, world, await look(world));
  });

const inCluster = ({ mapRoles, awsAuth, objects, kubeconfig }: Seen) => ({ mapRoles, awsAuth, objects, kubeconfig });

async function tearDownRest(world: World, torn: TornDown, before: Seen): Promise<void> {
  expectEnd((await world.teardown(torn.flags)) as "done", []);
  expectTornDown(torn, before, await look(world));
}

interface TornDown {
  readonly slot: Slot;
  readonly flags: Flags;
  readonly settings: Settings;
}

function expectTornDown({ slot, settings, flags }: TornDown, before: Seen, after: Seen): void {
  expectGone(after, slot, settings);
  const entry = entryOf(before, settings.roleName);
  const isOwn = isWrittenBySetup(slot, { settings, before }, entry);
  expect(entryOf(after, settings.roleName)).toEqual(isOwn ? undefined : entry);
  for (const { rolearn } of earlierIn(slot, before))
    expect(after.entries.map((one) => one.rolearn)).not.toContain(rolearn);
  const deployments = (seen: Seen) => ownedBy(seen, stackOf[slot]).filter((key) => key.startsWith("Deployment "));
  expect(deployments(after)).toEqual(flags.workloads ? [] : deployments(before));
}

/** Teardown of everything: then nothing of ours is left. */
export async function tearDownAll(model: Model, world: World): Promise<void> {
  const { stacks } = await look(world);
  for (const slot of slots) {
    const flags = { workloads: true };
    if (stackOf[slot] in stacks) await teardown({ slot, flags }).run(model, world);
    // Without the stack, teardown does not know the values of flags that setup was given.
    const used = model.used.flatMap((run) => (run.slot === slot ? [{ ...flagsOf(slot, run.settings), ...flags }] : []));
    for (const known of distinct(used)) expect(await world.teardown(known)).toBe("done");
  }
  await revokeAll(model, world);
  const seen = await look(world);
  expect(slots.flatMap((slot) => ownedBy(seen, stackOf[slot]))).toEqual([]);
  expect([...model.roles].filter((role) => !model.kept.has(arnOf(role)) && entryOf(seen, role))).toEqual([]);
  const keys = [...model.roles].flatMap((name) => keysOf({ roleName: name, functionName: name }));
  expect(keys.filter((key) => key in seen.resources)).toEqual([]);
  expect(seen.kubeconfig.includes("eks-lambda/demo")).toBe(false);
}

const distinct = (all: readonly Flags[]): readonly Flags[] => [
  ...new Map(all.map((flags) => [JSON.stringify(flags), flags])).values(),
];

export const restore = (input: { readonly back: number; readonly killAfter?: number | undefined }): Command =>
  command("aws-auth restore", input, async (model, world) => {
    const outcome = await world.restore(input.back, input.killAfter);
    if (outcome !== "killed") expectEnd(outcome, []);
    const seen = await look(world);
    for (const { rolearn = "" } of seen.entries) model.kept.add(rolearn);
    await disturb(model, world);
  });

/** Somebody else has changed something: a function is only sound if it works as before. */
async function disturb(model: Model, world: World): Promise<void> {
  const seen = await look(world);
  for (const [slot, settings] of [...model.sound]) {
    const alone = { sound: new Map([[slot, settings]]), grants: new Map() };
    await expectSound(alone, world, seen).catch(() => model.sound.delete(slot));
  }
  for (const [role, rights] of [...model.grants]) {
    const alone = { sound: new Map(), grants: new Map([[role, rights]]) };
    await expectSound(alone, world, seen).catch(() => model.grants.delete(role));
  }
}

export const invoke = (input: { readonly slot: Slot; readonly name: string }): Command => ({
  ...command("invoke", input, async (model, world) => {
    const { slot, name } = input;
    const before = await look(world);
    const { functionName, namespace } = settingsOf(slot, chosen[slot], before);
    const key = `Deployment ${namespace}/${name}`;
    const outcome = await world.invoke(functionName, { name });
    if (outcome !== "killed") expectEnd(outcome, key in before.objects ? ["FunctionFailed"] : []);
    const after = await look(world);
    expectOthersUntouched(oursIn(model), before, after);
    if (outcome === "done") expect(ownedBy(after, stackOf[slot])).toContain(key);
  }),
  check: ({ sound }) => sound.has(input.slot),
});

const entryIn = ({ entries }: Seen, { rolearn }: Entry): Entry | undefined =>
  entries.find((entry) => entry.rolearn === rolearn);

export const drift = (input: { readonly slot: Slot; readonly what: string }): Command =>
  command("drift", input, async (model, world) => {
    const { slot, what } = input;
    const before = await look(world);
    const settings = settingsOf(slot, chosen[slot], before);
    await drifts[what]?.(world, before, { ...settings, stack: stackOf[slot] });
    const { resources, entries } = await look(world);
    const changed = entries.filter((entry) => !isDeepStrictEqual(entry, entryIn(before, entry)));
    for (const { rolearn = "" } of changed) model.kept.add(rolearn);
    if (!isDeepStrictEqual(resources, before.resources)) model.sound.delete(slot);
    await disturb(model, world);
  });

const nextMode = { CONFIG_MAP: "API_AND_CONFIG_MAP", API_AND_CONFIG_MAP: "API", API: "API" } as const;

export const changeMode = (): Command => ({
  ...command("authentication mode forward", {}, async (model, world) => {
    model.mode = nextMode[model.mode];
    world.sandbox().setMode(model.mode);
    await disturb(model, world);
  }),
  check: ({ mode }) => mode !== "API",
});
