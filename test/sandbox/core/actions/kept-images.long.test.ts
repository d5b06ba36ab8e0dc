/**
 * No sequence of events writes an image into a Pod template that `--allow-image` refuses, unless the object had it before:
 * not by annotations, revisions or retries either. People write between the events, what they like.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { onlyImages } from "../../../../src/core/actions/allowed.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
const call = callerOf(used);

const patterns = ["good/*", "nginx:1.*"];
const allowedImages = ["good/a:1", "good/b@sha256:0a", "nginx:1.2"];
const good = fc.constantFrom(...allowedImages);
const bad = fc.constantFrom("evil:1", "evil:2", "good/", "nginx", "good/a/b");
const image = fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: bad });

const kinds = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  ReplicaSet: "replicasets",
  ControllerRevision: "controllerrevisions",
  CronJob: "cronjobs",
  Job: "jobs",
} as const;
type Kind = keyof typeof kinds;
const groupOf = (kind: Kind) => (/Job$/.test(kind) ? "batch" : "apps");
const pathOf = (kind: Kind) => `/apis/${groupOf(kind)}/v1/namespaces/default/${kinds[kind]}`;
const workloads: readonly Kind[] = ["Deployment", "StatefulSet"];
const templated: readonly Kind[] = [...workloads, "CronJob"];
const all = Object.keys(kinds) as Kind[];
const allowed = onlyImages(
  allowedOf(
    ...[
      "create:deployments",
      "run-job:jobs",
      "run-job:cronjobs",
      ...templated.map((kind) => `set-image:${kinds[kind]}`),
    ],
    ...["undo", "restart", "status"].flatMap((action) => workloads.map((kind) => `${action}:${kinds[kind]}`)),
    ...all.map((kind) => `apply:${kinds[kind]}`),
  ),
  patterns,
);

/** An object of each kind with this image. Rollouts of the strategy OnDelete fail at once. */
function objectOf(kind: Kind, image: string, metadata: object = {}) {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image }] } };
  const job = { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } } };
  const spec = { selector: { matchLabels: labels }, template };
  const bodies: Partial<Record<Kind, object>> = {
    StatefulSet: { spec: { ...spec, updateStrategy: { type: "OnDelete" } } },
    ControllerRevision: { revision: 9, data: { spec: { template } } },
    CronJob: { spec: { schedule: "0 0 * * *", suspend: true, jobTemplate: job } },
    Job: job,
  };
  return {
    apiVersion: `${groupOf(kind)}/v1`,
    kind,
    metadata: { name: "web", ...metadata },
    ...(bodies[kind] ?? { spec }),
  };
}

/** A request of the function, or what a person writes. */
type Step = { readonly event: object; readonly id: string } | { readonly kind: Kind; readonly body: object };

const id = fc.constantFrom("one", "two", "three");
const kind = fc.constantFrom(...all);
const workload = fc.constantFrom(...workloads);
/** A forged memory of a request. */
const mark = fc
  .record({
    id,
    action: fc.constantFrom("updated", "rollback", "undone"),
    left: image,
    from: image,
    generation: fc.nat(3),
  })
  .map(({ id, action, left, from, generation }) => {
    const answer = { action, images: { web: left }, from: { web: from } };
    const text = JSON.stringify({ id, answer, images: { web: left }, from: { web: from }, generation, to: "web" });
    return { annotations: { "eks-lambda/last-action": text } };
  });
const metadata = fc.oneof(fc.constant({}), mark);
const manifest = fc.tuple(kind, image, metadata).map((given) => objectOf(...given));

const setImage = (kind: Kind, image: string, more = {}) => ({
  action: "set-image",
  resource: kinds[kind],
  name: "web",
  image,
  ...more,
});
const undo = (kind: Kind, more = {}) => ({ action: "undo", resource: kinds[kind], name: "web", ...more });
const failing = { wait: true, rollback: true };
const event = fc.oneof(
  fc.tuple(fc.constantFrom(...templated), image).map((given) => setImage(...given)),
  image.map((image) => setImage("StatefulSet", image, failing)),
  workload.map((kind) => undo(kind)),
  fc.tuple(workload, fc.integer({ min: 1, max: 9 })).map(([kind, revision]) => undo(kind, { revision })),
  manifest.map((one) => ({ action: "apply", manifests: [one], force: true })),
  manifest.map(({ metadata: { name, ...metadata }, ...job }) => ({
    action: "run-job",
    resource: "jobs",
    manifest: { ...job, metadata },
  })),
  fc.constant({ action: "run-job", from: "web" }),
  image.map((image) => ({ action: "create", image })),
  workload.map((kind) => ({ action: "restart", resource: kinds[kind], name: "web" })),
);
const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ event, id }).map((one) => [one]) },
  fc.tuple(kind, image).map(([kind, image]) => [{ kind, body: objectOf(kind, image) }]),
  fc.tuple(workload, mark).map(([kind, metadata]) => [{ kind, body: { metadata } }]),
  // What found something before: back to a revision, and a retry after its memory was forged.
  fc.tuple(workload, good).map(([kind, image]) => [
    { event: setImage(kind, image), id: "first" },
    { event: undo(kind), id: "second" },
  ]),
  fc.tuple(mark, good).map(([metadata, image]) => [
    { kind: "StatefulSet" as const, body: { metadata } },
    {
      event: setImage("StatefulSet", image, failing),
      id: JSON.parse(metadata.annotations["eks-lambda/last-action"]).id,
    },
  ]),
);

/** A list's items have no kind. */
const itemsOf = async (kind: Kind) =>
  (await kube("GET", pathOf(kind))).body.items.map((object: object) => ({ ...object, kind }));

/** The images of all templates, by object; those that controllers made are copies. */
async function imagesNow(): Promise<ReadonlyMap<string, readonly string[]>> {
  const objects = (await Promise.all(all.map(itemsOf))).flat();
  const own = objects.filter(
    ({ metadata: { ownerReferences = [] } }) => !ownerReferences.some(({ controller = false }) => controller),
  );
  return new Map(
    own.map(({ kind, metadata, spec, data }) => [
      `${kind} ${metadata.name}`,
      [...JSON.stringify(spec ?? data).matchAll(/"image":"([^"]*)"/g)].map(([, image = ""]) => image),
    ]),
  );
}

/** Undo needs the revisions that controllers make. */
const settled = () =>
  expect
    .poll(async () => {
      const objects = (await Promise.all(workloads.map(itemsOf))).flat();
      return objects.filter(({ metadata, status }) => metadata.generation !== status.observedGeneration);
    })
    .toEqual([]);

async function follow(step: Step): Promise<boolean> {
  if ("kind" in step) {
    await kube("PATCH", `${pathOf(step.kind)}/web`, { body: step.body, type: "application/merge-patch+json" });
    return false;
  }
  await settled();
  const before = await imagesNow();
  const isDone = await call(step.event, { allowed, requestId: step.id, remainingMs: 3_000 }).then(
    () => true,
    () => false,
  );
  const brought = [...(await imagesNow())].flatMap(([object, images]) =>
    images
      .filter((image) => !allowedImages.includes(image) && !before.get(object)?.includes(image))
      .map((image) => `${object}: ${image}`),
  );
  expect(brought).toEqual([]);
  return isDone;
}

test("no sequence of events brings an image that is not allowed", { timeout: 300_000 }, async () => {
  let done = 0;
  const sequence = fc.tuple(fc.tuple(image, image, image), fc.array(steps, { minLength: 2, maxLength: 8 }));
  await fc.assert(
    fc.asyncProperty(sequence, async ([images, all]) => {
      sandbox().reset();
      for (const [at, kind] of templated.entries())
        await kube("POST", pathOf(kind), { body: objectOf(kind, images[at] ?? "") });
      for (const step of all.flat()) if (await follow(step)) done++;
    }),
    { numRuns: 60 },
  );
  expect(done).toBeGreaterThan(60);
});
