/** The types of the library. `npm run typecheck` checks them; at run time they assert nothing. */
import type { V1Deployment } from "@kubernetes/client-node";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Node, Pod } from "kubernetes-types/core/v1.js";
import * as valibot from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import * as zod from "zod";
import {
  type At,
  type Checked,
  type Client,
  type Context,
  type connect,
  defineFunction,
  finished,
  type Handles,
  type Kube,
  type KubeObject,
  type Need,
  type Resource,
  resource,
  resourceWith,
  restartedNow,
  rolledOut,
  type Stored,
  type Wire,
} from "../../../src/lambda/index.ts";
import { get, patch } from "../../../src/lambda/methods.ts";

declare const kube: Kube;
declare const context: Context;
const deployments = resource<Deployment>("apps/v1", "deployments");
type Of<T extends KubeObject> = Exclude<keyof Client<T>, "logs" | "evict">;
interface Widget extends KubeObject {
  readonly kind?: "Widget";
}
const methodsOf = <H>(_: () => H): keyof H => undefined as never;

describe("a handle", () => {
  test("has only the methods that its rights allow", () => {
    expectTypeOf(methodsOf(() => deployments.may("get").on(kube))).toEqualTypeOf<"get" | "getIfFound">();
    expectTypeOf(methodsOf(() => deployments.may("patch").on(kube))).toEqualTypeOf<"patch">();
    expectTypeOf(methodsOf(() => deployments.may("patch", "create").on(kube))).toEqualTypeOf<
      "patch" | "create" | "apply"
    >();
    expectTypeOf(methodsOf(() => deployments.may("list", "watch").on(kube))).toEqualTypeOf<
      "list" | "watch" | "until" | "untilGone"
    >();
    expectTypeOf(methodsOf(() => deployments.may("status", "deletecollection").on(kube))).toEqualTypeOf<
      "patchStatus" | "applyStatus" | "deleteAll"
    >();
  });

  test("has the methods of its kind only, where its type tells the kind", () => {
    const subresources = ["log", "scale", "evict"] as const;
    expectTypeOf(methodsOf(() => deployments.may(...subresources).on(kube))).toEqualTypeOf<"scale">();
    const pods = resource<Pod>("v1", "pods");
    expectTypeOf(methodsOf(() => pods.may(...subresources).on(kube))).toEqualTypeOf<"logs" | "evict">();
    expectTypeOf(methodsOf(() => deployments.on(kube))).toEqualTypeOf<Of<Deployment>>();
    const widgets = resource<Widget>("example.com/v1", "widgets");
    expectTypeOf(methodsOf(() => widgets.may(...subresources).on(kube))).toEqualTypeOf<"scale">();
    const untyped = resource("apps/v1", "deployments");
    expectTypeOf(methodsOf(() => untyped.on(kube))).toEqualTypeOf<keyof Client<Deployment>>();
    const at = { name: "a" };
    methodsOf(() => [untyped.on(kube).until(at, rolledOut), untyped.on(kube).until(at, finished)]);
    methodsOf(() => deployments.on(kube).until(at, rolledOut));
    // Code for any kind compiles, too.
    const first = <T extends KubeObject>(any: Resource<T>) => any.on(kube).list({ limit: 1 }).toArray();
    methodsOf(() => first(deployments));
  });

  test("for named objects accepts those names only, and lacks methods that RBAC cannot limit to names", () => {
    const named = deployments.named("web", "api").may("get", "list", "watch", "create", "patch");
    type Handle = ReturnType<typeof named.on>;
    expectTypeOf<keyof Handle>().toEqualTypeOf<"get" | "getIfFound" | "patch" | "apply" | "until" | "untilGone">();
    expectTypeOf<Parameters<Handle["get"]>[0]["name"]>().toEqualTypeOf<"web" | "api">();
    // What was read can be written.
    const changing = deployments.named("web").may("get", "update");
    type Changing = ReturnType<typeof changing.on>;
    expectTypeOf<Awaited<ReturnType<Changing["get"]>>>().toExtend<Parameters<Changing["update"]>[0]>();
    expectTypeOf(methodsOf(() => deployments.named("web").on(kube))).toEqualTypeOf<
      Exclude<Of<Deployment>, "list" | "watch" | "create" | "deleteAll">
    >();
  });

  test("for all namespaces needs one, and its objects have one; others take none", () => {
    expectTypeOf<Parameters<Client<Pod, "all">["get"]>[0]>().toEqualTypeOf<At<"all">>();
    expectTypeOf<At<"all">["namespace"]>().toEqualTypeOf<string>();
    expectTypeOf<string>().not.toExtend<At<"namespaced">["namespace"]>();
    expectTypeOf<At<"cluster">["namespace"]>().toEqualTypeOf<undefined>();
    const all = resource<Pod>("v1", "pods").inAllNamespaces();
    expectTypeOf<Awaited<ReturnType<ReturnType<typeof all.on>["get"]>>>().toEqualTypeOf<Stored<Pod, "all">>();
    expectTypeOf<Stored<Pod, "all">["metadata"]>().toExtend<At<"all">>();
    expectTypeOf<Stored<Pod>["metadata"]>().toExtend<At<"namespaced">>();
    expectTypeOf<Stored<Node, "cluster">["metadata"]>().toExtend<At<"cluster">>();
    expectTypeOf<Stored<Pod, "all">>().toExtend<Stored<Pod>>();
  });

  test("has the methods of its own table only", () => {
    expectTypeOf(methodsOf(() => resourceWith({ get, patch })<Pod>("v1", "pods").on(kube))).toEqualTypeOf<
      "get" | "patch"
    >();
  });

  test("returns objects of its type, as the server stores them", () => {
    expectTypeOf<Awaited<ReturnType<Client<Pod>["get"]>>>().toEqualTypeOf<Stored<Pod>>();
    expectTypeOf<Stored<Pod>["metadata"]["uid"]>().toEqualTypeOf<string>();
    expectTypeOf<Stored<Pod>["spec"]>().toEqualTypeOf<Pod["spec"]>();
  });

  test("takes patches of its type, and applies manifests with kind and name only", () => {
    type Handle = Client<Deployment>;
    expectTypeOf(restartedNow).returns.toExtend<Parameters<Handle["patch"]>[1]>();
    expectTypeOf<{ spec: { replicas: null } }>().toExtend<Parameters<Handle["patch"]>[1]>();
    expectTypeOf<{ spec: { replicas: string } }>().not.toExtend<Parameters<Handle["patch"]>[1]>();
    type Manifest = Parameters<Handle["apply"]>[0];
    expectTypeOf<{ kind: "Deployment"; metadata: { name: string }; spec: { replicas: 2 } }>().toExtend<Manifest>();
    expectTypeOf<{ metadata: { name: string } }>().not.toExtend<Manifest>();
    expectTypeOf<{ kind: "Deployment"; metadata: { labels: object } }>().not.toExtend<Manifest>();
  });

  test("takes the types of client-node with dates as strings", () => {
    const handle = () => resource<Wire<V1Deployment>>("apps/v1", "deployments").on(kube);
    expectTypeOf<
      NonNullable<Awaited<ReturnType<ReturnType<typeof handle>["get"]>>["metadata"]["deletionTimestamp"]>
    >().toEqualTypeOf<string>();
    expectTypeOf(rolledOut).parameter(0).not.toBeAny();
  });
});

describe("a defined function", () => {
  const needs = { deployments: deployments.may("patch"), pods: resource<Pod>("v1", "pods").may("list") };

  test("gives run a handle for each need", () => {
    expectTypeOf<keyof Handles<typeof needs>>().toEqualTypeOf<"deployments" | "pods">();
    defineFunction({
      needs,
      async run({ deployments, pods }, { event, signal }) {
        expectTypeOf<keyof typeof deployments>().toEqualTypeOf<"patch">();
        expectTypeOf<keyof typeof pods>().toEqualTypeOf<"list">();
        expectTypeOf(event).toBeUnknown();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        // @ts-expect-error: an undeclared method does not compile
        expectTypeOf(deployments.delete).toBeAny;
      },
    });
  });

  test("returns what run returns, and checks for a check", () => {
    const handler = defineFunction({ needs, run: () => 5 });
    const call = (event: unknown) => handler(event, context);
    const check = () => handler({ "eks-lambda": "check" }, context);
    expectTypeOf(call).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(check).returns.toEqualTypeOf<Promise<Checked>>();
    expectTypeOf(handler.needs).toEqualTypeOf<readonly Need[]>();
  });

  test("answers what its wrapper answers", () => {
    const handler = defineFunction({
      needs,
      run: () => 5,
      wrap: (handle) => async (event, context) => `${(await handle(event, context)).toFixed(1)}`,
    });
    const call = (event: unknown) => handler(event, context);
    expectTypeOf(call).returns.toEqualTypeOf<Promise<string>>();
  });

  test("has the event that its schema makes", () => {
    const byZod = zod.object({ name: zod.string(), replicas: zod.coerce.number() });
    defineFunction({
      needs,
      event: byZod,
      run: (_, { event }) => expectTypeOf(event).toEqualTypeOf<{ name: string; replicas: number }>(),
    });
    const byValibot = valibot.object({ name: valibot.string() });
    defineFunction({
      needs,
      event: byValibot,
      run: (_, { event }) => expectTypeOf(event).toEqualTypeOf<{ name: string }>(),
    });
  });
});

test("connect takes the credential providers of the AWS SDK", () => {
  type Credentials = NonNullable<NonNullable<Parameters<typeof connect>[0]>["credentials"]>;
  type Provider = () => Promise<{
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
    expiration?: Date;
  }>;
  expectTypeOf<Provider>().toExtend<Credentials>();
});
