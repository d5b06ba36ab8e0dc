/**
 * No sequence of events deletes, keeps or marks an object that the caller may only write: not by metadata, sets or names.
 * Another function, of another stack, uses the same names for its sets.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
const call = callerOf(used);

/** What may be written is more than what may be deleted. */
const allowed = allowedOf(
  "apply:configmaps",
  "delete:configmaps/mine",
  "apply:services",
  "delete:services",
  "run-job:jobs/migrate",
);
const theirs = allowedOf("apply:configmaps", "apply:services", "delete:configmaps", "delete:services");
const core = "/api/v1/namespaces/default";
const batch = "/apis/batch/v1/namespaces/default";

const name = fc.constantFrom("mine", "others");
const set = fc.constantFrom("web", "api");
const ours = fc.constantFrom(
  "eks-lambda/set",
  "eks-lambda/set-owner",
  "eks-lambda/owner",
  "eks-lambda/last-action",
  "eks-lambda/grant",
);
const metadata = fc.record(
  {
    ownerReferences: fc.constant([
      { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "gone", blockOwnerDeletion: true },
    ]),
    finalizers: fc.constantFrom(["example.com/never"], ["orphan"], ["foregroundDeletion"]),
    labels: fc.dictionary(ours, fc.constant("web"), { maxKeys: 1 }),
    annotations: fc.dictionary(ours, fc.constant("{}"), { maxKeys: 1 }),
    "<<": fc.constant({ finalizers: ["example.com/never"] }),
  },
  { requiredKeys: [] },
);
/** Most manifests are as people write them. */
const extra = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, metadata);
const configMap = fc
  .tuple(name, extra)
  .map(([name, more]) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more }, data: {} }));
const service = fc
  .tuple(name, extra)
  .map(([name, more]) => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name, ...more }, spec: { ports: [{ port: 80 }] } },
  }));
const list = configMap.map((one) => ({ apiVersion: "v1", kind: "List", metadata: { name: "all" }, items: [one] }));
const manifests = fc.array(fc.oneof(configMap, service, list), { minLength: 1, maxLength: 2 });
const options = { prune: set, force: fc.constant(true) };
const apply = fc.record(
  { action: fc.constant("apply"), manifests, ...options },
  { requiredKeys: ["action", "manifests"] },
);
const template = { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } };
const job = fc
  .tuple(fc.constantFrom({}, { generateName: "other-" }, { name: "other" }, { name: "migrate" }), extra)
  .map(([named, more]) => ({ action: "run-job", manifest: { metadata: { ...more, ...named }, spec: { template } } }));
const remove = name.map((name) => ({ action: "delete", resource: "configmaps", name }));
const event = fc.oneof({ weight: 4, arbitrary: apply }, job, remove);

const items = async (path: string) => (await kube("GET", path)).body.items;
const names = async (path: string): Promise<readonly string[]> =>
  (await items(path)).map(({ metadata }: { metadata: { name: string } }) => metadata.name);

test("no sequence of events reaches further than to write", { timeout: 300_000 }, async () => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(set, fc.array(event, { minLength: 1, maxLength: 8 }), async (prune, events) => {
      sandbox().reset();
      const own = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "others" }, data: { a: "1" } };
      const other = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "theirs" },
        spec: { ports: [{ port: 80 }] },
      };
      await call({ action: "apply", manifests: [own, other], prune }, { allowed: theirs, owner: "theirs" });
      for (const one of events)
        await call(one, { allowed, owner: "ours" }).then(
          () => done++,
          () => {},
        );
      expect(await names(`${core}/configmaps`)).toContain("others");
      expect(await names(`${core}/services`)).toContain("theirs");
      expect((await names(`${batch}/jobs`)).filter((name) => name !== "migrate")).toEqual([]);
      for (const { metadata } of [...(await items(`${core}/configmaps`)), ...(await items(`${core}/services`))]) {
        expect(metadata).not.toHaveProperty("ownerReferences");
        expect(metadata).not.toHaveProperty("finalizers");
        expect(metadata).not.toHaveProperty("deletionTimestamp");
        const marks = Object.keys({ ...metadata.labels, ...metadata.annotations }).filter((key) =>
          key.startsWith("eks-lambda/"),
        );
        expect(["eks-lambda/set", "eks-lambda/set-owner"]).toEqual(expect.arrayContaining(marks));
      }
    }),
    { numRuns: 80 },
  );
  expect(done).toBeGreaterThan(40);
});
