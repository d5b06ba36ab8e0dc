/** The events that Terraform's provider sends for `aws_lambda_invocation`, against the sandbox. */
import { describe, expect, test } from "vitest";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube } = used;
const allowed = allowedOf("apply:configmaps", "delete:configmaps", "apply:deployments", "delete:deployments");
const path = "/api/v1/namespaces/default/configmaps";

const configMap = (name: string, data: object = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data },
});
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } };
const names = async (): Promise<readonly string[]> =>
  (await kube("GET", path)).body.items
    .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    .filter((name: string) => name !== "kube-root-ca.crt");
const read = async (name: string) => (await kube("GET", `${path}/${name}`)).body;

/** The provider: keeps the input of each update, also of one that fails, and of no failed create. */
function resource(owner = "web", given: object = {}) {
  let state: object | undefined;
  const send = (action: string, input: object, prev_input: object | null) =>
    callerOf(used)(
      { ...input, tf: { action, prev_input } },
      { allowed, owner: "111122223333/us-east-1/eks-lambda-demo", ...given },
    );
  return {
    async apply(manifests: readonly object[], more: object = {}) {
      const [before, input] = [state, { owner, manifests, ...more }];
      if (before) state = input;
      const result = await send(before ? "update" : "create", input, before ?? null);
      state = input;
      return result;
    },
    async destroy() {
      if (!state) return undefined;
      return send("delete", state, state).then((result) => {
        state = undefined;
        return result;
      });
    },
  };
}

describe("a resource", () => {
  test("is created, changed and destroyed", async () => {
    const web = resource();
    const created = await web.apply([configMap("a", { x: "1", y: "1" }), configMap("b")]);
    expect(created).toEqual({ action: "create", owner: "web", objects: 2 });
    expect((await read("a")).metadata.annotations["eks-lambda/owners"]).toBe('["terraform:web"]');
    const updated = await web.apply([configMap("a", { x: "2" })]);
    expect(updated).toEqual({ action: "update", owner: "web", objects: 1 });
    expect(await names()).toEqual(["a"]);
    expect((await read("a")).data).toEqual({ x: "2" });
    expect(await web.destroy()).toEqual({ action: "delete", owner: "web", objects: 1 });
    expect(await names()).toEqual([]);
  });

  test("that fails to be created leaves nothing", async () => {
    const bad = { ...configMap("b"), data: { "no key": "1" } };
    await expect(resource().apply([configMap("a"), bad])).rejects.toMatchObject({ name: "Invalid" });
    expect(await names()).toEqual([]);
  });

  test("does not touch what is not its own, unless it takes it over, and gives it back", async () => {
    await kube("POST", path, { body: configMap("a", { x: "theirs" }) });
    const web = resource();
    await expect(web.apply([configMap("a")])).rejects.toMatchObject({
      name: "AlreadyExists",
      message: expect.stringContaining("overwrite = true"),
    });
    expect((await read("a")).data).toEqual({ x: "theirs" });
    await web.apply([configMap("a", { x: "ours" })], { overwrite: true });
    await expect(resource("other").apply([configMap("a")])).rejects.toThrow("terraform:web");
    await web.destroy();
    expect(await names()).toEqual(["a"]);
    expect((await read("a")).metadata.annotations).toBeUndefined();
    await kube("DELETE", `${path}/a`);
  });

  test("does not share its owner with another one", async () => {
    const [one, other] = [resource(), resource()];
    await one.apply([configMap("a")]);
    await expect(other.apply([configMap("a")])).rejects.toMatchObject({ name: "AlreadyExists" });
    expect(await names()).toEqual(["a"]);
    await one.destroy();
  });

  test("is destroyed where its objects are gone", async () => {
    const web = resource();
    await web.apply([configMap("a")]);
    await kube("DELETE", `${path}/a`);
    expect(await web.destroy()).toMatchObject({ action: "delete" });
  });
});

describe("another owner's name in the same resource", () => {
  const owners = async (name: string) => JSON.parse((await read(name)).metadata.annotations["eks-lambda/owners"]);

  test("keeps the objects: an update deletes those that leave, and destroy the others", async () => {
    const web = resource();
    await web.apply([configMap("a"), configMap("b"), configMap("c")]);
    await web.apply([configMap("a", { x: "2" }), configMap("b")], { owner: "site" });
    expect(await names()).toEqual(["a", "b"]);
    expect(await owners("a")).toEqual(["terraform:site"]);
    await expect(resource().apply([configMap("a")])).rejects.toMatchObject({ name: "AlreadyExists" });
    await web.destroy();
    expect(await names()).toEqual([]);
  });

  test("with `overwrite` leaves no name behind to which destroy would give them back", async () => {
    const web = resource();
    await web.apply([configMap("a")]);
    await web.apply([configMap("a")], { owner: "site", overwrite: true });
    expect(await owners("a")).toEqual(["terraform:site"]);
    await web.apply([configMap("a")], { owner: "site", overwrite: true });
    await web.destroy();
    expect(await names()).toEqual([]);
  });

  test("is in force also if the update fails, for the state has it", async () => {
    const web = resource();
    await web.apply([configMap("a")]);
    await expect(web.apply([configMap("a"), secret], { owner: "site" })).rejects.toMatchObject({ name: "NotAllowed" });
    expect(await owners("a")).toEqual(["terraform:site"]);
    await web.apply([configMap("a")]);
    expect(await owners("a")).toEqual(["terraform:web"]);
    await web.destroy();
    expect(await names()).toEqual([]);
  });

  test("renames an owner that waits for what another one took over", async () => {
    const [web, other] = [resource(), resource("other")];
    await web.apply([configMap("a", { x: "web" }), configMap("b")]);
    await other.apply([configMap("a", { x: "other" })], { overwrite: true });
    await web.apply([configMap("b")], { owner: "site" });
    expect(await owners("a")).toEqual(["terraform:other"]);
    await web.destroy();
    await other.destroy();
    expect(await names()).toEqual([]);
  });
});

describe("`overwrite`", () => {
  test("of an update takes over as that of a create does, and destroy gives it back as it was", async () => {
    const [web, other] = [resource(), resource("other")];
    await other.apply([configMap("a", { x: "other" })]);
    await web.apply([configMap("b")]);
    await expect(web.apply([configMap("a", { x: "web" }), configMap("b")])).rejects.toThrow("terraform:other");
    expect((await read("a")).data).toEqual({ x: "other" });
    await web.apply([configMap("a", { x: "web" }), configMap("b")], { overwrite: true });
    expect((await read("a")).data).toEqual({ x: "web" });
    await expect(other.apply([configMap("a", { x: "other" })], { attempt: 2 })).rejects.toThrow("terraform:web");
    await web.destroy();
    expect((await read("a")).data).toEqual({ x: "other" });
    await other.destroy();
    expect(await names()).toEqual([]);
  });
});

const labels = { app: "a" };
const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "missing/web:1" }] } };
const spec = { selector: { matchLabels: labels }, template };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec };

test("a create with `overwrite` that fails keeps what an earlier one made, whose state was lost", async () => {
  await resource().apply([configMap("a", { x: "1" })]);
  const again = resource("web", { remainingMs: 6_000 });
  const input = [configMap("a", { x: "2" }), configMap("b"), deployment];
  await expect(again.apply(input, { overwrite: true, wait: 5 })).rejects.toMatchObject({ name: "Timeout" });
  expect(await names()).toContain("a");
  const other = resource();
  await other.apply([configMap("a", { x: "2" }), configMap("b"), deployment], { overwrite: true });
  await other.destroy();
  expect(await names()).toEqual([]);
});

test("a create that runs out of time has time left to remove what it made", async () => {
  const deleted: string[] = [];
  const meddle = async ({ method, path: to }: { readonly method: string; readonly path: string }) =>
    void (method === "DELETE" && deleted.push(to));
  const created = resource("web", { remainingMs: 6_000, meddle }).apply([configMap("a"), deployment], { wait: 5 });
  await expect(created).rejects.toMatchObject({ name: "Timeout", message: expect.stringContaining("is up") });
  expect(deleted).toHaveLength(2);
  expect(await names()).toEqual([]);
});

test("an argument that is null is left out", async () => {
  const web = resource();
  await web.apply([configMap("a")], { namespace: null, overwrite: null, wait: null });
  await web.apply([configMap("a", { x: "1" })], { namespace: null });
  await web.destroy();
  expect(await names()).toEqual([]);
});

describe("a failed update, which the provider keeps as done", () => {
  test("is put right by the input before, then the new one", async () => {
    const web = resource();
    const first = [configMap("a"), configMap("old")];
    await web.apply(first);
    await expect(web.apply([configMap("a"), secret])).rejects.toMatchObject({ name: "NotAllowed" });
    expect(await web.apply(first)).toMatchObject({ left: ["Secret a"] });
    await web.apply([configMap("a", { x: "2" })]);
    expect(await names()).toEqual(["a"]);
    await web.destroy();
  });

  test("is repeated by another `attempt`", async () => {
    const web = resource();
    await web.apply([configMap("a")]);
    await kube("POST", path, { body: configMap("b") });
    const next = [configMap("a", { x: "2" }), configMap("b")];
    await expect(web.apply(next)).rejects.toMatchObject({ name: "AlreadyExists" });
    expect((await read("a")).data ?? {}).toEqual({});
    await kube("DELETE", `${path}/b`);
    await web.apply(next, { attempt: 2 });
    expect((await read("a")).data).toEqual({ x: "2" });
    await web.destroy();
    expect(await names()).toEqual([]);
  });
});

test.each([
  ["no owner", { owner: undefined }, "`owner` is"],
  ["null as the owner", { owner: null }, "`owner` is"],
  ["an owner with a space", { owner: "a b" }, "`owner` is"],
  ["no manifests", { manifests: [] }, "`manifests` is"],
  ["an unknown field", { prune: true }, "unknown field `prune`"],
  ["a wait that is longer than the function's time", { wait: 900 }, "`wait` is 900 seconds"],
])("refuses %s", async (_, more, message) => {
  const answer = resource().apply([configMap("a")], more);
  await expect(answer).rejects.toMatchObject({ name: "InvalidEvent", message: expect.stringContaining(message) });
  expect(await names()).toEqual([]);
});
