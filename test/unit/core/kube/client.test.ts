/** What each method of a handle sends, and how lists and watches go on after what can happen to them. */
import { describe, expect, test } from "vitest";
import type { MethodName } from "../../../../src/core/kube/client.ts";
import { type Connection, connectWith } from "../../../../src/core/kube/connection.ts";
import type { Many } from "../../../../src/core/kube/lines.ts";
import type { KubeObject } from "../../../../src/core/kube/object.ts";
import type { Named } from "../../../../src/core/kube/place.ts";
import { createKube } from "../../../../src/core/kube/request.ts";
import { resource } from "../../../../src/core/kube/resource.ts";
import { lastWords } from "../../../support/server.ts";
import { type Answer, apiServer, ca, failure, json } from "../../support/api-server.ts";

type Pod = KubeObject & { readonly status?: { readonly phase?: string } };

async function pods(...answers: readonly Answer[]) {
  const server = await apiServer(...answers);
  const trusted = { ca: Buffer.from(ca, "base64"), rejectUnauthorized: true };
  const connection = connectWith(server.endpoint, async () => trusted);
  const kube = createKube(connection, undefined, { namespace: "shop", fieldManager: "me" });
  return { server, kube, handle: resource<Pod>("v1", "pods").on(kube) };
}

const pod = (name: string, resourceVersion: string, phase = "Pending") => ({
  kind: "Pod",
  metadata: { name, uid: `uid of ${name}`, resourceVersion },
  status: { phase },
});
const listOf = (resourceVersion: string, items: readonly unknown[], next?: string) =>
  json(200, { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion, continue: next }, items });
const events =
  (...all: readonly { readonly type: string; readonly object: unknown }[]): Answer =>
  (response) =>
    response.writeHead(200).end(all.map((event) => `${JSON.stringify(event)}\n`).join(""));
const isRunning = ({ status }: Pod) => status?.phase === "Running";

describe("a request", () => {
  const ok = json(200, {});
  type Handle = Awaited<ReturnType<typeof pods>>["handle"];
  test.each<[string, (handle: Handle) => Promise<unknown>, object]>([
    ["get", (h) => h.get({ name: "a" }), { method: "GET", path: "/api/v1/namespaces/shop/pods/a" }],
    [
      "create",
      (h) => h.create({ kind: "Pod", metadata: { name: "a" } }),
      {
        method: "POST",
        path: "/api/v1/namespaces/shop/pods?fieldManager=me",
        body: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      },
    ],
    [
      "patch",
      (h) => h.patch({ name: "a" }, { status: null }, { dryRun: true }),
      {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/pods/a?fieldManager=me&dryRun=All",
        headers: { "content-type": "application/merge-patch+json" },
        body: { status: null },
      },
    ],
    [
      "a strategic patch",
      (h) => h.patch({ name: "a" }, {}, { type: "strategic" }),
      { headers: { "content-type": "application/strategic-merge-patch+json" } },
    ],
    [
      "a JSON patch",
      (h) => h.patch({ name: "a" }, [{ op: "remove", path: "/spec" }]),
      { headers: { "content-type": "application/json-patch+json" } },
    ],
    [
      "update",
      (h) => h.update({ kind: "Pod", metadata: { name: "a", resourceVersion: "7" } }, { dryRun: true }),
      {
        method: "PUT",
        path: "/api/v1/namespaces/shop/pods/a?fieldManager=me&dryRun=All",
        body: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", resourceVersion: "7" } },
      },
    ],
    [
      "deleteAll",
      (h) => h.deleteAll({ labelSelector: "a=b" }, { propagationPolicy: "Foreground", dryRun: true }),
      {
        method: "DELETE",
        path: "/api/v1/namespaces/shop/pods?labelSelector=a%3Db",
        body: { propagationPolicy: "Foreground", dryRun: ["All"] },
      },
    ],
    [
      "create, with the validation of its fields",
      (h) => h.create({ metadata: { name: "a" } }, { fieldValidation: "Strict" }),
      { method: "POST", path: "/api/v1/namespaces/shop/pods?fieldValidation=Strict&fieldManager=me" },
    ],
    [
      "patchStatus",
      (h) => h.patchStatus({ name: "a" }, { status: { phase: "Failed" } }),
      {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/pods/a/status?fieldManager=me",
        headers: { "content-type": "application/merge-patch+json" },
        body: { status: { phase: "Failed" } },
      },
    ],
    [
      "applyStatus",
      (h) => h.applyStatus({ kind: "Pod", metadata: { name: "a" }, status: { phase: "Failed" } }, { force: true }),
      {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/pods/a/status?fieldManager=me&force=true",
        headers: { "content-type": "application/apply-patch+yaml" },
        body: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, status: { phase: "Failed" } },
      },
    ],
    [
      "apply",
      (h) => h.apply({ kind: "Pod", metadata: { name: "a" } }, { force: true, fieldManager: "release" }),
      {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/pods/a?fieldManager=release&force=true",
        headers: { "content-type": "application/apply-patch+yaml" },
        body: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      },
    ],
    [
      "delete",
      (h) => h.delete({ name: "a" }, { preconditions: { uid: "1" }, propagationPolicy: "Foreground" }),
      {
        method: "DELETE",
        path: "/api/v1/namespaces/shop/pods/a",
        body: { preconditions: { uid: "1" }, propagationPolicy: "Foreground" },
      },
    ],
    ["scale", (h) => h.scale({ name: "a" }, 3), { method: "PATCH", body: { spec: { replicas: 3 } } }],
    [
      "scale from a number",
      (h) => h.scale({ name: "a" }, 3, { from: 2 }),
      {
        headers: { "content-type": "application/json-patch+json" },
        body: [
          { op: "test", path: "/spec/replicas", value: 2 },
          { op: "replace", path: "/spec/replicas", value: 3 },
        ],
      },
    ],
    [
      "evict",
      (h) => h.evict({ name: "a" }, { gracePeriodSeconds: 1 }),
      {
        method: "POST",
        path: "/api/v1/namespaces/shop/pods/a/eviction",
        body: {
          kind: "Eviction",
          metadata: { name: "a", namespace: "shop" },
          deleteOptions: { gracePeriodSeconds: 1 },
        },
      },
    ],
    ["a name with a colon", (h) => h.get({ name: "a:b" }), { path: "/api/v1/namespaces/shop/pods/a%3Ab" }],
  ])("of %s", async (_, call, expected) => {
    const { server, handle } = await pods(ok);
    await call(handle);
    expect(server.asked).toMatchObject([expected]);
  });

  test("of update without the version that was read is refused before it is sent", async () => {
    const { server, handle } = await pods(ok);
    const object = { metadata: { name: "a", resourceVersion: "" } };
    await expect(handle.update(object)).rejects.toMatchObject({ code: "Invalid" });
    expect(server.asked).toEqual([]);
  });

  test.each([{}, { labelSelector: "" }, { fieldSelector: "", labelSelector: undefined }])(
    "of deleteAll by %j is refused before it is sent",
    async (selection) => {
      const { server, handle } = await pods(ok);
      await expect(handle.deleteAll(selection as never)).rejects.toMatchObject({ code: "Invalid" });
      expect(server.asked).toEqual([]);
    },
  );

  test.each(["", ".", "..", "a/b", "a%2Fb", undefined])(
    "with the name %j is refused before it is sent",
    async (name) => {
      const { server, handle } = await pods(ok);
      await expect(handle.delete({ name: name as string })).rejects.toMatchObject({ code: "InvalidName" });
      expect(server.asked).toEqual([]);
    },
  );

  test("for a log yields its lines, including an unterminated last line", async () => {
    const { handle } = await pods((response) => response.writeHead(200).end("one\ntwo"));
    expect(await handle.logs({ name: "a" }, { tailLines: 2 }).toArray()).toEqual(["one", "two"]);
  });
});

describe("a declaration", () => {
  const declared = resource<Pod>("v1", "pods").named("a").may("get", "list", "watch", "log");

  test("is data", () =>
    expect(declared.needs).toEqual([
      { group: "", resource: "pods", verbs: ["get", "list", "watch"], names: ["a"] },
      { group: "", resource: "pods/log", verbs: ["get"], names: ["a"] },
    ]));

  test.each([[["Get"]], [["get", "logs"]], [[""]], [[undefined]], [[]]])(
    "of the rights %j is refused, before any request",
    (rights) => {
      const may: (...rights: unknown[]) => unknown = resource<Pod>("v1", "pods").may as never;
      expect(() => may(...rights)).toThrow(
        expect.objectContaining({
          code: "InvalidNeed",
          message: expect.stringContaining("each must be one of get,list,"),
        }),
      );
    },
  );

  test("refuses other methods, other names and methods that RBAC cannot limit to names, before any request", async () => {
    const { server, kube } = await pods(json(200, {}));
    const handle = declared.on(kube) as unknown as Record<string, (...given: unknown[]) => unknown>;
    expect(() => handle.delete?.({ name: "a" })).toThrow(expect.objectContaining({ code: "NotDeclared" }));
    expect(() => handle.list?.()).toThrow(expect.objectContaining({ code: "NotDeclared" }));
    await expect(handle.get?.({ name: "b" })).rejects.toMatchObject({ code: "NotDeclared" });
    expect(server.asked).toEqual([]);
    await handle.get?.({ name: "a" });
    expect(server.asked).toHaveLength(1);
  });
});

describe("every method", () => {
  type Any = Record<MethodName, (...given: unknown[]) => unknown>;
  /** Each method, for an object of this name and namespace. */
  const calls: Record<MethodName, (handle: Any, at: Named) => unknown> = {
    get: (h, at) => h.get(at),
    getIfFound: async (h, at) => {
      if ((await h.getIfFound(at)) === undefined) throw Object.assign(new Error("absent"), { code: "NotFound" });
    },
    update: (h, metadata) => h.update({ metadata: { ...metadata, resourceVersion: "1" } }),
    patchStatus: (h, at) => h.patchStatus(at, {}),
    applyStatus: (h, metadata) => h.applyStatus({ metadata }),
    list: (h, { namespace }) => (h.list({ namespace }) as Many<unknown>).toArray(),
    watch: (h, { namespace }) => (h.watch({ namespace }) as AsyncIterable<unknown>)[Symbol.asyncIterator]().next(),
    until: (h, at) => h.until(at, () => true),
    untilGone: (h, at) => h.untilGone(at),
    create: (h, metadata) => h.create({ metadata }),
    patch: (h, at) => h.patch(at, {}),
    apply: (h, metadata) => h.apply({ metadata }),
    delete: (h, at) => h.delete(at),
    deleteAll: (h, { namespace }) => h.deleteAll({ labelSelector: "a=b", namespace }),
    logs: (h, at) => (h.logs(at) as Many<unknown>).toArray(),
    scale: (h, at) => h.scale(at, 1),
    evict: (h, at) => h.evict(at),
  };
  const each = Object.keys(calls) as MethodName[];
  const ofNames: MethodName[] = each.filter((method) => !["list", "watch", "create", "deleteAll"].includes(method));
  const rights = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "log",
    "status",
    "scale",
    "evict",
  ] as const;
  const outcome = async (method: MethodName, handle: object, at: Named) => calls[method](handle as Any, at);

  test.each(each)("%s of named objects refuses others, and what RBAC cannot limit to names", async (method) => {
    const { server, kube } = await pods(listOf("1", []));
    const named = resource("v1", "pods").named("a");
    for (const handle of [named.on(kube), named.may(...rights).on(kube)])
      await expect(outcome(method, handle, { name: "b" })).rejects.toMatchObject({ code: "NotDeclared" });
    expect(server.asked).toEqual([]);
  });

  const any = resource("v1", "pods");
  const refusal = {
    code: "InvalidName",
    message: expect.stringMatching(/^the namespace is /),
    hint: "methods of .inAllNamespaces() need `namespace`, others take none",
  };

  test.each(each)("%s refuses a namespace that is all of them, or empty, wherever it is given", async (method) => {
    const { server, kube } = await pods(listOf("1", []));
    for (const namespace of ["*", ""]) {
      const [all, one] = [any.inAllNamespaces().on(kube), any.on({ ...kube, namespace })];
      await expect(outcome(method, all, { name: "a", namespace })).rejects.toMatchObject(refusal);
      await expect(outcome(method, one, { name: "a" })).rejects.toMatchObject(refusal);
    }
    expect(server.asked).toEqual([]);
  });

  const wide: MethodName[] = ["list", "watch"];
  test.each(each)("%s in all namespaces acts in the one that it is given, and in no other", async (method) => {
    const { server, kube } = await pods(failure(404, "NotFound", "no"));
    const handle = any.inAllNamespaces().on(kube);
    const [given, none] = [{ name: "a", namespace: "b" }, { name: "a" }];
    await expect(outcome(method, handle, given)).rejects.toMatchObject({ code: "NotFound" });
    expect(server.asked.map(({ path }) => path)).toEqual([expect.stringMatching(/^\/api\/v1\/namespaces\/b\/pods/)]);
    const isWide = wide.includes(method);
    await expect(outcome(method, handle, none)).rejects.toMatchObject(isWide ? { code: "NotFound" } : refusal);
    const more = server.asked.slice(1).map(({ path }) => path);
    expect(more).toEqual(isWide ? [expect.stringMatching(/^\/api\/v1\/pods\?/)] : []);
  });

  test.each(each)("%s in one namespace, and of a kind without, refuses another namespace", async (method) => {
    const { server, kube } = await pods(failure(404, "NotFound", "no"));
    const [namespaced, nodes] = [any.in("shop").on(kube), resource("v1", "nodes").clusterScoped().on(kube)];
    for (const handle of [namespaced, any.on(kube), nodes])
      await expect(outcome(method, handle, { name: "a", namespace: "b" })).rejects.toMatchObject(refusal);
    expect(server.asked).toEqual([]);
    await expect(outcome(method, namespaced, { name: "a", namespace: "shop" })).rejects.toMatchObject({
      code: "NotFound",
    });
    await expect(outcome(method, nodes, { name: "a" })).rejects.toMatchObject({ code: "NotFound" });
    expect(server.asked.map(({ path }) => path.replace(/[?].*|\/a\b.*/, ""))).toEqual([
      "/api/v1/namespaces/shop/pods",
      "/api/v1/nodes",
    ]);
  });

  test.each(ofNames)("%s sends a name as a name, or not at all", async (method) => {
    const hostile = ["a,metadata.namespace=b", "a=b", "a\\", "a?b", "a/b", "a%2Cb", "..", "", "é", 1, undefined];
    for (const name of hostile) {
      const { server, kube } = await pods(failure(404, "NotFound", "no"));
      const handle = resource("v1", "pods").on(kube);
      await expect(outcome(method, handle, { name } as Named)).rejects.toMatchObject({
        code: expect.stringMatching(/^(InvalidName|NotFound)$/),
      });
      for (const { path } of server.asked) {
        const { pathname, searchParams } = new URL(path, server.endpoint);
        const [key, ...value] = searchParams.get("fieldSelector")?.split(/[,=]/) ?? [];
        const sent = key ? value : pathname.split("/").slice(6, 7).map(decodeURIComponent);
        expect([key, sent]).toEqual([key && "metadata.name", [name]]);
      }
    }
  });
});

test.each<[string, () => unknown]>([
  // @ts-expect-error The types refuse it, too.
  ["all namespaces as one", () => resource("v1", "pods").in("*")],
  // @ts-expect-error The types refuse it, too.
  ["an empty namespace", () => resource("v1", "pods").in("")],
  // @ts-expect-error The types refuse it, too.
  ["no name, which to RBAC is every name", () => resource("v1", "pods").named()],
])("a declaration of %s is refused", (_, declare) =>
  expect(declare).toThrow(expect.objectContaining({ code: "InvalidName" })),
);

test("needs of all namespaces, and of a kind without, take a ClusterRole", () => {
  const need = { group: "", verbs: ["get"], cluster: true };
  expect(resource("v1", "pods").inAllNamespaces().may("get").needs).toEqual([{ ...need, resource: "pods" }]);
  expect(resource("v1", "nodes").clusterScoped().may("get").needs).toEqual([{ ...need, resource: "nodes" }]);
});

describe("a list", () => {
  test("is read page by page, each object with its kind", async () => {
    const { server, handle } = await pods(
      listOf("1", [{ metadata: { name: "a" } }], "next"),
      listOf("1", [pod("b", "1")]),
    );
    expect(await handle.list({ pageSize: 1, labelSelector: "app=web" }).toArray()).toMatchObject([
      { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      { kind: "Pod", metadata: { name: "b" } },
    ]);
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=1",
      "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=1&continue=next",
    ]);
  });

  test.each<[number | undefined, number, readonly string[]]>([
    [1, 1, ["limit=1"]],
    [2, 2, ["limit=2", "limit=2&continue=next"]],
    [0, 0, []],
    [undefined, 3, ["limit=500", "limit=500&continue=next"]],
  ])("with the limit %j has %i objects, and asks for no more pages than it needs", async (limit, count, queries) => {
    const { server, handle } = await pods(
      listOf("1", [pod("a", "1")], "next"),
      listOf("1", [pod("b", "1"), pod("c", "1")]),
    );
    expect(await handle.list({ limit }).toArray()).toHaveLength(count);
    expect(server.asked.map(({ path }) => path.replace(/.*[?]/, ""))).toEqual(queries);
  });

  test("that expires continues with the server's new token", async () => {
    const { handle } = await pods(
      listOf("1", [pod("a", "1")], "old"),
      json(410, { reason: "Expired", message: "too old", metadata: { continue: "fresh" } }),
      listOf("9", [pod("b", "9")]),
    );
    expect((await handle.list().toArray()).map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  });

  /** A connection whose list goes on with these tokens, in a page or in a refusal of an old token. */
  const paged = (tokens: Iterable<string>, status = 200) => {
    const next = tokens[Symbol.iterator]();
    const asked: string[] = [];
    const exchange: Connection["exchange"] = async ({ path }) => {
      asked.push(path);
      const metadata = { resourceVersion: "1", continue: next.next().value };
      const answer = { apiVersion: "v1", kind: "PodList", metadata, items: [], reason: "Expired" };
      return { status: asked.length === 1 ? 200 : status, headers: {}, text: JSON.stringify(answer) };
    };
    const kube = createKube({ server: "https://localhost", exchange });
    return { asked, handle: resource<Pod>("v1", "pods").on(kube) };
  };

  function* newTokens() {
    for (let page = 1; ; page++) yield `${page}`;
  }

  const reading: Readonly<Record<string, (handle: ReturnType<typeof paged>["handle"]) => Promise<unknown>>> = {
    list: (handle) => handle.list().toArray(),
    watch: (handle) => handle.watch()[Symbol.asyncIterator]().next(),
    until: (handle) => handle.until({ name: "a" }, isRunning, { absent: "wait" }),
    untilGone: (handle) => handle.untilGone({ name: "a" }),
  };
  describe.each(Object.entries(reading))("whose pages have no end, for %s:", (_, read) => {
    test.each<[string, Iterable<string>, number, number]>([
      ["the same token again", ["a", "a"], 200, 2],
      ["a circle of tokens", ["a", "b", "c", "a"], 200, 4],
      ["an expired token that is offered again", ["a", "a"], 410, 2],
      ["new tokens", newTokens(), 200, 10_000],
      ["new tokens, each of which expires", newTokens(), 410, 10_000],
    ])("%s: AnswerTooLong", async (_, tokens, status, pages) => {
      const { asked, handle } = paged(tokens, status);
      await expect(read(handle)).rejects.toMatchObject({
        code: "AnswerTooLong",
        message: `the list /api/v1/namespaces/default/pods does not end: it continues after page ${pages}`,
      });
      expect(asked).toHaveLength(pages);
    });
  });
});

describe("a wait", () => {
  test("lists one object, watches it, and returns the first that meets the condition", async () => {
    const { server, handle } = await pods(
      listOf("1", [pod("a", "1")]),
      events({ type: "MODIFIED", object: pod("a", "2", "Running") }),
    );
    expect(await handle.until({ name: "a" }, isRunning)).toMatchObject({ metadata: { resourceVersion: "2" } });
    expect(server.asked[0]?.path).toBe("/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Da&limit=500");
    expect(server.asked[1]?.path).toContain("&watch=true&allowWatchBookmarks=true&resourceVersion=1&");
  });

  test.each<[string, Answer]>([
    ["410 Gone before the watch begins", failure(410, "Expired", "too old resource version")],
    ["410 Gone in the watch", events({ type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } })],
    ["a server that is overloaded", failure(503, "ServiceUnavailable", "no")],
  ])("survives %s, and lists again", async (_, answer) => {
    const { handle } = await pods(listOf("1", [pod("a", "1")]), answer, listOf("5", [pod("a", "5", "Running")]));
    expect(await handle.until({ name: "a" }, isRunning)).toMatchObject({ metadata: { resourceVersion: "5" } });
  });

  test.each<[string, Answer]>([
    ["the end of a watch", events({ type: "BOOKMARK", object: pod("", "4") })],
    [
      "a connection that breaks in the middle of a line",
      (response) =>
        lastWords(response.writeHead(200), `${JSON.stringify({ type: "BOOKMARK", object: pod("", "4") })}\n{"ty`),
    ],
  ])("survives %s, and watches on from there", async (_, answer) => {
    const { server, handle } = await pods(
      listOf("1", [pod("a", "1")]),
      answer,
      events({ type: "MODIFIED", object: pod("a", "6", "Running") }),
    );
    await handle.until({ name: "a" }, isRunning);
    expect(server.asked[2]?.path).toContain("&resourceVersion=4&");
  });

  test("for an object that does not exist is NotFound, unless it may be absent", async () => {
    const { handle } = await pods(listOf("1", []));
    await expect(handle.until({ name: "a" }, isRunning)).rejects.toMatchObject({ code: "NotFound", status: 404 });
    const later = await pods(listOf("1", []), events({ type: "ADDED", object: pod("a", "2", "Running") }));
    expect(await later.handle.until({ name: "a" }, isRunning, { absent: "wait" })).toMatchObject({ kind: "Pod" });
  });

  test("without the right to watch is Forbidden at once", async () => {
    const { handle } = await pods(listOf("1", [pod("a", "1")]), failure(403, "Forbidden", "no"));
    await expect(handle.until({ name: "a" }, isRunning)).rejects.toMatchObject({ code: "Forbidden", status: 403 });
  });

  test("ends with its signal; a time-out names the missing condition", async () => {
    const { handle } = await pods(
      listOf("1", [pod("a", "1")]),
      (response) => void response.writeHead(200).flushHeaders(),
    );
    const condition = Object.assign(isRunning, { describe: () => "it is Pending" });
    await expect(handle.until({ name: "a" }, condition, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: "Timeout",
      message: 'time is up while waiting for pods "a" in shop: it is Pending',
    });
    const reason = new Error("cancelled");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await expect(handle.until({ name: "a" }, isRunning, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("for deletion ends when another object has the name", async () => {
    const other = { ...pod("a", "3"), metadata: { name: "a", uid: "other", resourceVersion: "3" } };
    const { handle } = await pods(listOf("1", [pod("a", "1")]), events({ type: "ADDED", object: other }));
    await handle.untilGone({ name: "a" });
  });
});

test("a watch yields one event for each object that changed during a gap", async () => {
  const { handle } = await pods(
    listOf("1", [pod("a", "1"), pod("b", "1"), pod("c", "1")]),
    failure(410, "Expired", "too old"),
    listOf("5", [pod("a", "1"), pod("b", "4"), pod("d", "5")]),
  );
  const seen: string[] = [];
  for await (const { type, object } of handle.watch()) {
    seen.push(`${type} ${object.metadata.name}`);
    if (seen.length === 6) break;
  }
  expect(seen).toEqual(["ADDED a", "ADDED b", "ADDED c", "DELETED c", "MODIFIED b", "ADDED d"]);
});
