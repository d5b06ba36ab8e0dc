/** What can happen: each command does it, and says what may be different then. */
import { isDeepStrictEqual } from "node:util";
import type fc from "fast-check";
import { expect } from "vitest";
import type { Flags } from "../../../src/cli/flags.ts";
import { drifts } from "./drifts.ts";
import {
  chosen,
  entryOf,
  expectEnd,
  expectGone,
  expectOthersUntouched,
  expectSetUp,
  expectSound,
  keysOf,
  type Model,
  refusalsOf,
  type Settings,
  type Slot,
  settingsOf,
  slots,
  stackOf,
} from "./model.ts";
import { arnOf, look, ownedBy, type Seen } from "./seen.ts";
import type { World } from "./world.ts";

type Command = fc.AsyncCommand<Model, World>;

/** The name of the command and its input, as a failure shows it. */
const command = (name: string, input: object, run: (model: Model, world: World) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => `${name} ${JSON.stringify(input)}`,
});

interface Run {
  readonly slot: Slot;
  readonly flags: Flags;
  /** The run's last request. */
  readonly killAfter?: number | undefined;
}

export const setup = (input: Run): Command =>
  command("setup", input, async (model, world) => {
    const { slot, killAfter } = input;
    const flags = { ...chosen[slot], ...input.flags };
    const before = await look(world);
    const settings = settingsOf(slot, flags, before);
    const refusals = refusalsOf(model, slot, flags, before);
    model.roles.add(settings.roleName);
    model.used.push({ slot, flags });
    world.sandbox().coldStart();
    const outcome = await world.setup(flags, killAfter);
    const after = await look(world);
    expectOthersUntouched(model, before, after);
    if (outcome === "killed") model.sound.delete(slot);
    else {
      expectEnd(outcome, refusals);
      if (outcome === "done") {
        expectSetUp(model, { slot, flags, settings }, after);
        expect(await world.changes("present", flags)).toEqual([]);
        model.sound.set(slot, settings);
      } else expect(after).toEqual(before);
    }
    await expectSound(model, world, after);
  });

export const teardown = (input: Run): Command =>
  command("teardown", input, async (model, world) => {
    const { slot, killAfter } = input;
    const flags = { ...chosen[slot], ...input.flags };
    const before = await look(world);
    const settings = settingsOf(slot, flags, before);
    model.sound.delete(slot);
    const outcome = await world.teardown(flags, killAfter);
    const after = await look(world);
    expectOthersUntouched(model, before, after);
    if (outcome !== "killed") {
      expectEnd(outcome, []);
      expectTornDown({ slot, settings, flags }, before, after);
      if (entryOf(after, settings.roleName)) model.kept.add(arnOf(settings.roleName));
      expect(await world.changes("absent", flags)).toEqual([]);
    }
    await expectSound(model, world, after);
  });

interface TornDown {
  readonly slot: Slot;
  readonly flags: Flags;
  readonly settings: Settings;
}

function expectTornDown({ slot, settings, flags }: TornDown, before: Seen, after: Seen): void {
  expectGone(after, slot, settings);
  // An entry that is not as setup writes it is not setup's to delete.
  const entry = entryOf(before, settings.roleName);
  const isOwn = entry?.username === settings.username && !entry.groups?.length;
  expect(entryOf(after, settings.roleName)).toEqual(isOwn ? undefined : entry);
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
    const used = model.used.flatMap((run) => (run.slot === slot ? [{ ...run.flags, ...flags }] : []));
    for (const known of distinct(used)) expect(await world.teardown(known)).toBe("done");
  }
  const seen = await look(world);
  expect(slots.flatMap((slot) => ownedBy(seen, stackOf[slot]))).toEqual([]);
  expect([...model.roles].filter((role) => !model.kept.has(arnOf(role)) && entryOf(seen, role))).toEqual([]);
  const keys = [...model.roles].flatMap((name) => keysOf({ roleName: name, functionName: name }));
  expect(keys.filter((key) => key in seen.resources)).toEqual([]);
  expect(seen.kubeconfig.includes("eks-lambda/demo")).toBe(false);
}

const distinct = (all: readonly Flags[]): readonly Flags[] => [
  ...new Map(all.map(({ access, ...flags }) => [JSON.stringify(flags), flags])).values(),
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
    const alone = { ...model, sound: new Map([[slot, settings]]) };
    await expectSound(alone, world, seen).catch(() => model.sound.delete(slot));
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
    expectOthersUntouched(model, before, after);
    if (outcome === "done") expect(ownedBy(after, stackOf[slot])).toContain(key);
  }),
  check: ({ sound }) => sound.has(input.slot),
});

export const drift = (input: { readonly slot: Slot; readonly what: string }): Command =>
  command("drift", input, async (model, world) => {
    const { slot, what } = input;
    const before = await look(world);
    const settings = settingsOf(slot, chosen[slot], before);
    await drifts[what]?.(world, before, { ...settings, stack: stackOf[slot] });
    const { resources } = await look(world);
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
