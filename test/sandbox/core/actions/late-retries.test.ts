/** Retries of `set-image` and `undo` that come after something newer, against the sandbox's controllers. */
import { beforeEach, describe, expect, test } from "vitest";
import { isAsLeft } from "../../../../src/core/actions/once.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube } = used;
const call = callerOf(used);

const actions = ["set-image", "undo", "status"].map((action) => `${action}:statefulsets`);
const allowed = allowedOf(...actions);
const path = "/apis/apps/v1/namespaces/default/statefulsets";
const labels = { app: "web" };
/** Rollouts of the strategy OnDelete fail at once. */
const spec = (image: string) => ({
  replicas: 1,
  updateStrategy: { type: "OnDelete" },
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
});
const get = async () => (await kube("GET", `${path}/web`)).body;
/** Without what controllers write. */
const written = async () => {
  const { spec, metadata } = await get();
  return { spec, generation: metadata.generation, annotations: metadata.annotations };
};
const imageNow = async () => (await get()).spec.template.spec.containers[0].image;
const revisions = async () =>
  (await kube("GET", "/apis/apps/v1/namespaces/default/controllerrevisions")).body.items.length;
const merge = (body: object) => kube("PATCH", `${path}/web`, { body, type: "application/merge-patch+json" });
const byHand = (image: string) => merge({ spec: { template: { spec: { containers: [{ name: "web", image }] } } } });

type Options = Omit<Parameters<typeof call>[1], "requestId">;
const run = (event: object, requestId: string, options: Options = {}) =>
  call({ name: "web", ...event }, { allowed, requestId, ...options });
const set = (image: string, requestId: string, more = {}, options: Options = {}) =>
  run({ action: "set-image", image, ...more }, requestId, options);
const undo = (requestId: string, more = {}) => run({ action: "undo", ...more }, requestId);
const about = { kind: "StatefulSet", namespace: "default", name: "web" };
const superseded = { action: "superseded", ...about };

/** Waits until there are so many revisions: an undo needs them. */
const settled = (count: number) => expect.poll(revisions, { timeout: 10_000 }).toBe(count);

/** Asks again, which must answer that, and change nothing. */
async function unmoved(again: () => Promise<unknown>, answer: object = superseded): Promise<void> {
  const before = await written();
  expect(await again()).toEqual(answer);
  expect(await written()).toEqual(before);
}

beforeEach(async () => {
  expect(await kube("POST", path, { body: { metadata: { name: "web" }, spec: spec("web:1") } })).toMatchObject({
    status: 201,
  });
  await settled(1);
});

describe("a retry at once gets the first answer, and writes nothing:", () => {
  test("set-image", async () => {
    const answer = await set("web:2", "one");
    expect(answer).toEqual({ action: "updated", images: { web: "web:2" }, from: { web: "web:1" }, ...about });
    await unmoved(() => set("web:2", "one"), answer);
  });

  test("undo", async () => {
    await set("web:2", "one");
    await settled(2);
    const answer = await undo("two");
    expect(answer).toEqual({ action: "undone", from: 2, revision: 1, ...about });
    await unmoved(() => undo("two"), answer);
  });

  test("also where an autoscaler set the replicas", async () => {
    const answer = await set("web:2", "one");
    await merge({ spec: { replicas: 3 } });
    await unmoved(() => set("web:2", "one"), answer);
  });
});

describe("a retry is superseded, and writes nothing, if", () => {
  test("a newer event set another image", async () => {
    await set("web:2", "one");
    await set("web:3", "two");
    await unmoved(() => set("web:2", "one"));
  });

  test("a newer event undid it", async () => {
    await set("web:2", "one");
    await settled(2);
    await undo("two");
    await unmoved(() => set("web:2", "one"));
  });

  test("a newer event set another image than undo had brought back", async () => {
    await set("web:2", "one");
    await settled(2);
    await undo("two");
    await set("web:3", "three");
    await settled(3);
    await unmoved(() => undo("two"));
  });

  test("a person set another image", async () => {
    await set("web:2", "one");
    await byHand("web:3");
    await unmoved(() => set("web:2", "one"));
  });

  test("a newer event came after its refusal, which would not be one now", async () => {
    await set("web:2", "one");
    await settled(2);
    await undo("two");
    await settled(2);
    for (const _ of ["first", "retry"]) await expect(undo("three")).rejects.toMatchObject({ name: "AlreadyUndone" });
    await set("web:3", "four");
    await settled(3);
    await unmoved(() => undo("three"));
  });

  test("a newer event came after it had nothing to do, and waited in vain", async () => {
    const waiting = () => set("web:1", "one", { wait: true }, { remainingMs: 3_000 });
    await merge({ spec: { template: { metadata: { annotations: { a: "1" } } } } });
    await expect(waiting()).rejects.toMatchObject({ name: "RolloutFailed" });
    await set("web:2", "two");
    await unmoved(waiting);
  });

  test("twenty newer events came", async () => {
    await set("web:0", "first");
    for (let n = 1; n <= 20; n++) await set(`web:${n}`, `request-${n}`);
    await unmoved(() => set("web:0", "first"));
    expect((await get()).metadata.annotations["eks-lambda/last-action"].length).toBeLessThan(1_000);
  });
});

describe("a rollback", () => {
  const failing = { wait: true, rollback: true };
  const failed = (outcome: string) => ({ name: "RolloutFailed", message: expect.stringContaining(outcome) });

  test("leaves what a person changed meanwhile", async () => {
    let isChanged = false;
    const meddle = async ({ method, path }: { method: string; path: string }) => {
      if (isChanged || method !== "GET" || !path.endsWith("/web") || (await imageNow()) !== "web:2") return;
      isChanged = true;
      await byHand("web:3");
    };
    await expect(set("web:2", "one", failing, { meddle })).rejects.toMatchObject(
      failed("not rolled back, because someone changed it meanwhile"),
    );
    expect(await imageNow()).toBe("web:3");
  });

  test("is found by a retry, and not by one after a newer event", async () => {
    await expect(set("web:2", "one", failing)).rejects.toMatchObject(failed("rolled back to web:1"));
    const before = await written();
    await expect(set("web:2", "one", failing)).rejects.toMatchObject(failed("rolled back to web:1"));
    expect(await written()).toEqual(before);
    await set("web:3", "two");
    await unmoved(() => set("web:2", "one", failing));
  });
});

test.each([
  ["the generation, though a webhook wrote other images", { generation: 2 }, "web@sha256:0a", true],
  ["the images, though an autoscaler changed the generation", { generation: 3 }, "web:2", true],
  ["neither", { generation: 3 }, "web@sha256:0a", false],
])("an object is as an event left it by %s", (_, { generation }, image, expected) => {
  const mark = JSON.stringify({ id: "one", images: { web: "web:2" }, generation: 2 });
  const metadata = {
    ...{ name: "web", uid: "", resourceVersion: "1", creationTimestamp: "", generation },
    annotations: { "eks-lambda/last-action": mark },
  };
  const found = { metadata, spec: { template: { spec: { containers: [{ name: "web", image }] } } } };
  expect(isAsLeft({ found, id: "one" })).toBe(expected);
  expect(isAsLeft({ found, id: "two" })).toBe(false);
});

test.each(["{", "null", '{"id":1}', '{"id":"one","before":"one"}', '"one"'])(
  "an annotation that someone changed to %s is as none",
  async (text) => {
    await merge({ metadata: { annotations: { "eks-lambda/last-action": text } } });
    expect(await set("web:2", "one")).toMatchObject({ action: "updated" });
  },
);
