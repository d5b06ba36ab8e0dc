/**
 * Mistakes that must not compile: `npm run typecheck` fails if one of them does, because its `@ts-expect-error` is then
 * unused. None of this code runs.
 */
import { readFile } from "node:fs/promises";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Node, Pod } from "kubernetes-types/core/v1.js";
import { expect, test } from "vitest";
import {
  connect,
  defineFunction,
  finished,
  type Kube,
  resource,
  rolledOut,
  type UntypedObject,
} from "../../../src/lambda/index.ts";

declare const kube: Kube;

const at = { name: "web" };
const elsewhere = { name: "web", namespace: "b" };
const deployments = resource<Deployment>("apps/v1", "deployments");
const pods = resource<Pod>("v1", "pods");
const everywhere = () => pods.inAllNamespaces().on(kube);
const nodes = () => resource<Node>("v1", "nodes").clusterScoped().on(kube);
const named = () => deployments.named("web").on(kube);

const mistakes: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error
  "get in all namespaces without one": () => everywhere().get(at),
  // @ts-expect-error
  "until in all namespaces without one": () => everywhere().until(at, () => true),
  // @ts-expect-error
  "untilGone in all namespaces without one": () => everywhere().untilGone(at),
  // @ts-expect-error
  "delete in all namespaces without one": () => everywhere().delete(at),
  // @ts-expect-error
  "create in all namespaces without one": () => everywhere().create({ metadata: at }),
  // @ts-expect-error
  "apply in all namespaces without one": () => everywhere().apply({ kind: "Pod", metadata: at }),
  // @ts-expect-error
  "get in one namespace from another": () => pods.in("shop").on(kube).get(elsewhere),
  // @ts-expect-error
  "list one namespace in another": () => pods.on(kube).list({ namespace: "b" }),
  // @ts-expect-error
  "get a node in a namespace": () => nodes().get(elsewhere),
  // @ts-expect-error
  "watch nodes in a namespace": () => nodes().watch({ namespace: "b" }),
  // @ts-expect-error
  "all namespaces as one": () => pods.in("*"),
  // @ts-expect-error
  "an empty namespace": () => pods.in(""),
  // @ts-expect-error
  "no name": () => pods.named(),
  // @ts-expect-error
  "another name": () => named().get({ name: "api" }),
  // @ts-expect-error
  "apply under another name": () => named().apply({ kind: "Deployment", metadata: { name: "api" } }),
  // @ts-expect-error
  "list named objects": () => named().list(),
  // @ts-expect-error
  "create a named object": () => named().create({ metadata: at }),
  // @ts-expect-error
  "a method without its right": () => deployments.may("get").on(kube).delete,
  // @ts-expect-error
  "a method with one right of two": () => deployments.may("list").on(kube).until,
  // @ts-expect-error
  "no right": () => deployments.may(),
  // @ts-expect-error
  "a right with a capital letter": () => deployments.may("Get"),
  // @ts-expect-error
  "a method as a right": () => pods.may("logs"),
  // @ts-expect-error
  "a name alone": () => pods.on(kube).get("web"),
  // @ts-expect-error
  "replicas as text": () => deployments.on(kube).patch(at, { spec: { replicas: "3" } }),
  // @ts-expect-error
  "a scale as text": () => deployments.on(kube).scale(at, "3"),
  // @ts-expect-error
  "a field that is not there": () => deployments.on(kube).create({ spec: { replica: 3 } }),
  // @ts-expect-error
  "a manifest without kind": () => deployments.on(kube).apply({ metadata: at }),
  // @ts-expect-error
  "a manifest of another kind": () => deployments.on(kube).apply({ kind: "Pod", metadata: at }),
  // @ts-expect-error
  "an update without the version that was read": () => deployments.on(kube).update({ metadata: at }),
  // @ts-expect-error
  "an update without its right": () => deployments.may("patch").on(kube).update,
  // @ts-expect-error
  "what may be absent as if it were there": async () => (await pods.on(kube).getIfFound(at)).metadata,
  // @ts-expect-error
  "a status with the right to patch": () => deployments.may("patch").on(kube).patchStatus,
  // @ts-expect-error
  "the log of a Deployment": () => deployments.may("log").on(kube).logs,
  // @ts-expect-error
  "the eviction of a Deployment": () => deployments.on(kube).evict,
  // @ts-expect-error
  "the scale of a Pod": () => pods.on(kube).scale,
  // @ts-expect-error
  "the rollout of a Pod": () => pods.on(kube).until(at, rolledOut),
  // @ts-expect-error
  "the end of a Deployment": () => deployments.on(kube).until(at, finished),
  // @ts-expect-error
  "deleteAll without a selector": () => pods.on(kube).deleteAll({}),
  // @ts-expect-error
  "deleteAll in all namespaces": () => everywhere().deleteAll({ labelSelector: "app=web" }),
  // @ts-expect-error
  "deleteAll of named objects": () => named().deleteAll,
  // @ts-expect-error
  "a JSON patch that is none": () => deployments.on(kube).patch(at, {}, { type: "json" }),
  // @ts-expect-error
  "a precondition that is not there": () => pods.on(kube).delete(at, { preconditions: { version: "1" } }),
  // @ts-expect-error
  "a field of the event without a schema": () => defineFunction({ needs: {}, run: (_, { event }) => event.name }),
  // @ts-expect-error
  "a cluster by its name": () => connect({ cluster: "demo" }),
  // @ts-expect-error
  "a field of an untyped object": () => async (object: UntypedObject) => object.spec.replicas,
};

test("each of the mistakes is one that must not compile", async () => {
  const lines = (await readFile(new URL(import.meta.url), "utf8")).split("\n");
  expect(lines.filter((line) => line.trim() === "// @ts-expect-error")).toHaveLength(Object.keys(mistakes).length);
});
