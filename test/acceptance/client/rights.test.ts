/**
 * RBAC: each method works with the rights that the library declares for it, and fails without any one of them. The same
 * for rights that are limited to names.
 */
import { type Kube, KubernetesError } from "eks-lambda/lambda";
import { expect } from "vitest";
import { test, type World } from "../support/world.ts";
import { type Caller, introduce, type Need, without } from "./callers.ts";
import { connectTo } from "./connected.ts";
import { type MethodName, prepare, resourceOf, rightsOf, trials } from "./methods.ts";

/** A caller that may do what its needs say. */
interface MethodCaller extends Caller {
  readonly method: MethodName;
  /** The verb that it lacks, as `patch deployments/scale`. */
  readonly lacks?: string;
}

const all = Object.keys(trials) as readonly MethodName[];

const needsOf = (method: MethodName): readonly Need[] => {
  const [first, ...rest] = rightsOf(method);
  if (first === undefined) throw new Error(`${method} declares no right`);
  return resourceOf(method).may(first, ...rest).needs;
};

const complete = all.map(
  (method): MethodCaller => ({ method, needs: needsOf(method), user: `${method}-complete`.toLowerCase() }),
);
const lacking = complete.flatMap(({ method, needs }) =>
  needs.flatMap((need) =>
    need.verbs.map((verb): MethodCaller => {
      const user = `${method}-without-${verb}`.toLowerCase();
      return { method, lacks: `${verb} ${need.resource}`, needs: without(needs, need, verb), user };
    }),
  ),
);

/** RBAC cannot limit these to names. */
const unnamed: readonly MethodName[] = ["list", "watch", "create", "deleteAll"];
const nameable = all.filter((method) => !unnamed.includes(method));

const namedNeeds = (method: MethodName, names: readonly [string, ...string[]]): readonly Need[] => {
  const [first, ...rest] = rightsOf(method);
  if (first === undefined) throw new Error(`${method} declares no right`);
  return resourceOf(method)
    .named(...names)
    .may(first, ...rest).needs;
};

const named = nameable.map((method): MethodCaller => {
  const user = `${method}-named`.toLowerCase();
  return { method, needs: namedNeeds(method, [user, `${user}-new`]), user };
});
const elsewhere = nameable.map(
  (method): MethodCaller => ({
    method,
    needs: namedNeeds(method, ["other"]),
    user: `${method}-elsewhere`.toLowerCase(),
  }),
);

const review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Connects a caller, once the cluster knows what it may do. */
async function connectAs({ backend }: World, { user, needs }: Caller): Promise<Kube> {
  const kube = connectTo(backend, { credentials: await backend.assumeRole(user) });
  for (const { group, resource: plural, verbs, names: [name] = [] } of needs) {
    const [resource = "", subresource = ""] = plural.split("/");
    for (const verb of verbs) {
      const spec = { resourceAttributes: { namespace: "default", group, resource, subresource, verb, name } };
      const isAllowed = () =>
        kube
          .request<{ status: { allowed: boolean } }>({ method: "POST", path: review, body: { spec } })
          .then(({ status }) => status.allowed)
          .catch(() => false);
      await expect.poll(isAllowed).toBe(true);
    }
  }
  return kube;
}

test.beforeAll(async ({ world }) => {
  await world.fresh();
  await introduce(world, [...complete, ...lacking, ...named, ...elsewhere]);
});

async function run(world: World, caller: MethodCaller): Promise<void> {
  const kube = await connectAs(world, caller);
  const trial = await prepare(world.backend, caller.method, caller.user);
  await trials[caller.method]({ ...trial, kube });
}

async function expectForbidden(world: World, caller: MethodCaller): Promise<void> {
  const refused = await run(world, caller).then(
    () => "it worked",
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(KubernetesError);
  expect(refused).toMatchObject({ status: 403, reason: "Forbidden", message: expect.stringContaining(caller.user) });
}

test.for(complete)("$method works with its rights", (caller, { world }) => run(world, caller));
test.for(lacking)("$method fails without $lacks", (caller, { world }) => expectForbidden(world, caller));
test.for(named)("$method works with rights to its object's name", (caller, { world }) => run(world, caller));
test.for(elsewhere)("$method fails with rights to another name", (caller, { world }) => expectForbidden(world, caller));
