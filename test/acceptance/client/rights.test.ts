/**
 * RBAC: each method works with the rights that the library declares for it, and fails without any one of them. The same
 * for rights that are limited to names.
 */
import { type Kube, KubernetesError } from "eks-lambda/lambda";
import { expect } from "vitest";
import { make, putAwsAuth, rbac } from "../support/cluster.ts";
import { test, type World } from "../support/world.ts";
import { connectTo } from "./connected.ts";
import { type MethodName, prepare, resourceOf, rightsOf, trials } from "./methods.ts";

interface Need {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
}

/** A caller that may do what these needs say. */
interface Caller {
  readonly method: MethodName;
  /** The verb that it lacks, as `patch deployments/scale`. */
  readonly lacks?: string;
  readonly needs: readonly Need[];
  readonly user: string;
}

const all = Object.keys(trials) as readonly MethodName[];

const needsOf = (method: MethodName): readonly Need[] => {
  const [first, ...rest] = rightsOf(method);
  if (first === undefined) throw new Error(`${method} declares no right`);
  return resourceOf(method).may(first, ...rest).needs;
};

const without = (needs: readonly Need[], lacking: Need, verb: string): readonly Need[] =>
  needs.map((need) => (need === lacking ? { ...need, verbs: need.verbs.filter((one) => one !== verb) } : need));

const complete = all.map(
  (method): Caller => ({ method, needs: needsOf(method), user: `${method}-complete`.toLowerCase() }),
);
const lacking = complete.flatMap(({ method, needs }) =>
  needs.flatMap((need) =>
    need.verbs.map((verb): Caller => {
      const user = `${method}-without-${verb}`.toLowerCase();
      return { method, lacks: `${verb} ${need.resource}`, needs: without(needs, need, verb), user };
    }),
  ),
);

/** RBAC cannot limit these to names. */
const unnamed: readonly MethodName[] = ["list", "watch", "create"];
const nameable = all.filter((method) => !unnamed.includes(method));

const namedNeeds = (method: MethodName, names: readonly [string, ...string[]]): readonly Need[] => {
  const [first, ...rest] = rightsOf(method);
  if (first === undefined) throw new Error(`${method} declares no right`);
  return resourceOf(method)
    .named(...names)
    .may(first, ...rest).needs;
};

const named = nameable.map((method): Caller => {
  const user = `${method}-named`.toLowerCase();
  return { method, needs: namedNeeds(method, [user, `${user}-new`]), user };
});
const elsewhere = nameable.map(
  (method): Caller => ({ method, needs: namedNeeds(method, ["other"]), user: `${method}-elsewhere`.toLowerCase() }),
);

const apiGroup = "rbac.authorization.k8s.io";

/** Maps each caller's role to a user, and binds that to a Role with its needs. */
async function introduce({ backend }: World, callers: readonly Caller[]): Promise<void> {
  const entries = callers.map(
    ({ user }) => `- rolearn: arn:aws:iam::${backend.account}:role/${user}\n  username: ${user}\n`,
  );
  await putAwsAuth(backend, { mapRoles: entries.join("") });
  for (const { user: name, needs } of callers) {
    const rules = needs
      .filter(({ verbs }) => verbs.length > 0)
      .map(({ group, resource, verbs, names: resourceNames }) => ({
        ...{ apiGroups: [group], resources: [resource], verbs },
        ...(resourceNames && { resourceNames }),
      }));
    await make(backend, rbac("roles", "default"), { metadata: { name }, rules });
    await make(backend, rbac("rolebindings", "default"), {
      metadata: { name },
      roleRef: { apiGroup, kind: "Role", name },
      subjects: [{ apiGroup, kind: "User", name }],
    });
  }
}

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
      await expect.poll(isAllowed, { timeout: 20_000 }).toBe(true);
    }
  }
  return kube;
}

test.beforeAll(async ({ world }) => {
  await world.fresh();
  await introduce(world, [...complete, ...lacking, ...named, ...elsewhere]);
});

async function run(world: World, caller: Caller): Promise<void> {
  const kube = await connectAs(world, caller);
  const trial = await prepare(world.backend, caller.method, caller.user);
  await trials[caller.method]({ ...trial, kube });
}

async function expectForbidden(world: World, caller: Caller): Promise<void> {
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
