/**
 * Random stacks of two manifests: objects that change, move and come and go, resources that are renamed, objects of
 * others in the way, and faults. After each operation the cluster has what the last successful template says, and what
 * others own is as it was. EKS_LAMBDA_MODEL_RUNS sets the number of sequences, 30 by default. A failure prints its seed
 * and the shortest sequence that fails.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Content, manifestOf, type Place, spared, type Template, useStack, type World } from "./stack.ts";

const numRuns = Number(process.env.EKS_LAMBDA_MODEL_RUNS ?? 30);
const open = useStack();

const places: readonly Place[] = [
  "ConfigMap default/a",
  "ConfigMap default/b",
  "ConfigMap shop/a",
  "Deployment shop/web",
];

/** What the stack has, and others. */
interface Model {
  /** The last successful template; `undefined`: there is no stack. */
  template: Template | undefined;
  /** Objects of others, whole. */
  readonly others: Map<Place, unknown>;
  /** Those that a resource was told to take over, until it lets them go. */
  readonly adopted: Set<Place>;
  /** Those of others that a resource of this stack has left, by its logical ID. */
  readonly left: Map<Place, string>;
  /** Those that a resource of any stack has left: they keep its name. */
  readonly named: Set<Place>;
}

type Command = fc.AsyncCommand<Model, World>;

const command = (name: string, input: unknown, run: Command["run"]): Command => ({
  check: () => true,
  run,
  toString: () => `${name} ${JSON.stringify(input)}`,
});

/** Faults that a request has to get over. */
interface Faults {
  readonly kill: number;
  readonly tooManyRequests: number;
  readonly dropAnswer: readonly string[];
  /** S3 refuses so many answers. */
  readonly refuseAnswers: number;
  /** So many events are delivered twice at once. */
  readonly duplicateEvents: number;
  /** How long each request of such a copy takes. */
  readonly copiesMs: number;
  /** The last event that each resource got in this operation is delivered once more when the stack has gone on. */
  readonly isLate: boolean;
}

async function withFaults<T>({ fate, sent, sandbox }: World, faults: Faults, work: () => Promise<T>): Promise<T> {
  const given = sandbox().faults;
  Object.assign(fate, { killAfter: faults.kill, copiesMs: faults.copiesMs });
  given.retryAfter = 0;
  given.tooManyRequests = faults.tooManyRequests;
  given.dropAnswer = [...faults.dropAnswer];
  given.refuseAnswers = faults.refuseAnswers;
  given.duplicateEvents = faults.duplicateEvents;
  sent.last.clear();
  try {
    const result = await work();
    await sent.ended();
    if (faults.isLate) await sent.again();
    return result;
  } finally {
    await sent.ended();
    Object.assign(fate, spared);
    given.tooManyRequests = 0;
    given.dropAnswer = [];
    given.refuseAnswers = 0;
    given.duplicateEvents = 0;
  }
}

const objectsOf = (template: Template | undefined): ReadonlyMap<Place, { id: string; content: Content }> =>
  new Map(
    Object.entries(template ?? {}).flatMap(([id, { objects }]) =>
      Object.entries(objects).map(([place, content]) => [place, { id, content }] as const),
    ),
  );

/** True if a resource that does not overwrite lists what others have, or what another resource of the stack had. */
function isInTheWay({ template: before, others }: Model, template: Template): boolean {
  const had = objectsOf(before);
  return [...objectsOf(template)].some(([place, { id }]) => {
    const owner = others.has(place) ? "others" : had.get(place)?.id;
    return owner !== undefined && owner !== id && !template[id]?.overwrite;
  });
}

/**
 * True if a resource lets go what it adopted, and no longer overwrites. If the update fails, the rollback cannot adopt it
 * again (docs/decisions/0048).
 */
const letsGoForGood = ({ template: before, adopted }: Model, template: Template): boolean =>
  [...objectsOf(before)].some(
    ([place, { id }]) => adopted.has(place) && !before?.[id]?.overwrite && !template[id]?.objects[place],
  );

/**
 * True if an update, or its rollback, waits for what a resource leaves for good: that one never lets it go. The same logical ID
 * finds its own object, as if it had never left it.
 */
function waitsForGood({ template: before = {}, left }: Model, template: Template): boolean {
  const had = objectsOf(before);
  return [...objectsOf(template)].some(([place, { id }]) => {
    if (!(id in before)) return false;
    const owner = left.get(place) ?? had.get(place)?.id;
    if (owner === undefined || had.get(place)?.id === id) return false;
    const isLeft = left.has(place) || (before[owner]?.retain && !(owner in template));
    return isLeft && (owner === id || !template[id]?.overwrite);
  });
}

/** What resources with `DeletionPolicy: Retain` have left is of others. */
async function leave(model: Model, world: World, gone: Template): Promise<void> {
  for (const [place, { id }] of objectsOf(gone)) {
    const found = gone[id]?.retain && (await world.read(place));
    if (!found) continue;
    const isTaken = objectsOf(model.template).has(place);
    if (isTaken) model.adopted.add(place);
    else model.adopted.delete(place);
    model.others.set(place, found);
    model.left.set(place, id);
    model.named.add(place);
  }
}

/** Without the resources of another template. */
const without = (template: Template, other: Template): Template =>
  Object.fromEntries(Object.entries(template).filter(([id]) => !(id in other)));

/** A new resource that is rolled back is deleted: with `Retain`, it would keep what it took over. */
const deletable = (template: Template, before: Template): Template =>
  Object.fromEntries(Object.entries(template).map(([id, one]) => [id, id in before ? one : { ...one, retain: false }]));

const specOf = (object: { data?: unknown; spec?: unknown } | undefined) => object?.data ?? object?.spec;

/** Without what controllers write. */
function written(object: { kind: string; metadata: object } | undefined) {
  if (object?.kind !== "Deployment") return object;
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata as Record<string, unknown>;
  const { annotations, ...rest } = metadata;
  const { "deployment.kubernetes.io/revision": ___, ...theirs } = Object(annotations);
  return { ...object, metadata: { ...rest, annotations: theirs }, status: undefined };
}

/** Holds the cluster to the model. `adopted`: what was given back, as far as the template left it. */
async function compare(model: Model, world: World): Promise<void> {
  const wanted = objectsOf(model.template);
  for (const place of places) {
    const found = await world.read(place);
    const { id, content } = wanted.get(place) ?? {};
    if (id !== undefined && content) {
      expect(specOf(found), `${place} is as the template says`).toMatchObject(specOf(manifestOf(place, content)) ?? {});
      if (!content.extra)
        expect(found.data?.extra ?? found.spec?.paused, `${place} has no field that was left out`).toBeUndefined();
      const [owner] = JSON.parse(found.metadata.annotations["eks-lambda/owners"]);
      expect(owner, `${place} is of ${id}`).toMatch(new RegExp(`/${id}$`));
    } else if (model.others.has(place))
      expect(written(found), `${place} of others is as it was`).toEqual(written(model.others.get(place) as never));
    else expect(found, `${place} is gone`).toBeUndefined();
  }
}

/** What a resource adopted and has let go is of others again, in the state that it has now. */
async function letGo(model: Model, world: World, tried: Template): Promise<void> {
  const wanted = objectsOf(model.template);
  for (const place of objectsOf(tried).keys()) {
    if (!model.others.has(place)) continue;
    if (wanted.has(place)) continue;
    if (!model.adopted.delete(place)) continue;
    const found = await world.read(place);
    if (!model.named.has(place))
      expect(found?.metadata.annotations?.["eks-lambda/owners"], `${place} was let go`).toBeUndefined();
    expect(found, `${place} of others was not deleted`).toBeDefined();
    model.others.set(place, found);
  }
}

const deploy = (input: { template: Template; fails: boolean; faults: Faults }): Command =>
  command("deploy", input, async (model, world) => {
    const { template: given, fails, faults } = input;
    const before = model.template ?? {};
    const template = fails || isInTheWay(model, given) ? deletable(given, before) : given;
    if (letsGoForGood(model, template) || waitsForGood(model, template)) return;
    for (const [place, { id }] of objectsOf(template))
      if (model.others.has(place) && template[id]?.overwrite) model.adopted.add(place);
    const status = await withFaults(world, faults, () => world.deploy(template, { fails }));
    const succeeded = /^(CREATE|UPDATE)_COMPLETE$/.test(status);
    if (fails) expect(status).toMatch(/ROLLBACK_COMPLETE$/);
    else if (!isInTheWay(model, template)) expect(status, await world.reasons()).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    if (succeeded) {
      model.template = template;
      await leave(model, world, without(before, template));
    } else if (model.template === undefined) {
      expect(await world.destroy()).toBe("DELETE_COMPLETE");
      model.left.clear();
    }
    await letGo(model, world, template);
    await letGo(model, world, before);
    await compare(model, world);
  });

const destroy = (input: { faults: Faults }): Command =>
  command("destroy", input, async (model, world) => {
    const before = model.template ?? {};
    expect(await withFaults(world, input.faults, () => world.destroy())).toBe("DELETE_COMPLETE");
    model.template = undefined;
    await leave(model, world, before);
    model.left.clear();
    await letGo(model, world, before);
    await compare(model, world);
  });

/** Where there is none, somebody makes an object. */
const make = (place: Place): Command =>
  command("make", place, async (model, world) => {
    if (await world.read(place)) return;
    await world.make(place);
    model.others.set(place, await world.read(place));
  });

const often = <T>(value: T, other: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, other);
const content = fc.record({ value: fc.integer({ min: 0, max: 3 }), extra: fc.boolean() });
const objects = fc.dictionary(fc.constantFrom(...places), content, { minKeys: 1, maxKeys: 3 });
const resource = fc.record({ objects, overwrite: fc.boolean(), retain: often(false, fc.constant(true)) });
const ids = fc.uniqueArray(fc.constantFrom("Web", "Api", "Renamed"), { minLength: 1, maxLength: 2 });

/** No object is in two resources. */
const template = fc.tuple(ids, resource, resource).map(([[first = "Web", second], one, other]): Template => {
  const rest = Object.entries(other.objects).filter(([place]) => !(place in one.objects));
  const isTwo = second !== undefined && rest.length > 0;
  return { [first]: one, ...(isTwo && { [second]: { ...other, objects: Object.fromEntries(rest) } }) };
});

const faults = fc.record({
  kill: often(0, fc.integer({ min: 1, max: 15 })),
  tooManyRequests: often(0, fc.integer({ min: 1, max: 3 })),
  dropAnswer: often<string[]>(
    [],
    fc.subarray(["POST /api/v1/namespaces/default/configmaps", "DELETE /api/v1/namespaces/default/configmaps/a"]),
  ),
  refuseAnswers: often(0, fc.integer({ min: 1, max: 2 })),
  duplicateEvents: often(0, fc.integer({ min: 1, max: 3 })),
  copiesMs: fc.integer({ min: 0, max: 30 }),
  isLate: fc.boolean(),
});

const commands = fc.commands(
  [
    fc.record({ template, fails: fc.boolean(), faults }).map(deploy),
    fc.record({ template, fails: fc.constant(false), faults }).map(deploy),
    fc.record({ faults }).map(destroy),
    fc.constantFrom(...places).map(make),
  ],
  { maxCommands: 8, size: "max" },
);

test("the cluster has what the last successful template says", { timeout: 60_000 + numRuns * 20_000 }, async () => {
  const property = fc.asyncProperty(commands, async (sequence) => {
    const world = await open();
    const model: Model = {
      template: undefined,
      others: new Map(),
      adopted: new Set(),
      left: new Map(),
      named: new Set(),
    };
    await fc.asyncModelRun(() => ({ model, real: world }), sequence);
    expect(await world.destroy()).toBe("DELETE_COMPLETE");
  });
  await fc.assert(property, { numRuns, endOnFailure: true });
});

test("fifty resources of a stack at once", async () => {
  const world = await open();
  const all = Array.from({ length: 50 }, (_, index) => [`R${index}`, `ConfigMap default/c${index}`] as const);
  const template = Object.fromEntries(
    all.map(([id, place]) => [id, { objects: { [place]: { value: 1, extra: false } }, overwrite: false }]),
  );
  expect(await world.deploy(template), await world.reasons()).toBe("CREATE_COMPLETE");
  for (const [id, place] of all) {
    const { data, metadata } = await world.read(place);
    expect({ data, owner: JSON.parse(metadata.annotations["eks-lambda/owners"])[0] }).toEqual({
      data: { value: "1" },
      owner: expect.stringMatching(new RegExp(`/${id}$`)),
    });
  }
  expect(await world.destroy()).toBe("DELETE_COMPLETE");
  for (const [, place] of all) expect(await world.read(place)).toBeUndefined();
});
