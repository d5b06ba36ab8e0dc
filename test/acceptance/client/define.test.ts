/** A defined function in a role that has exactly the rights of its needs, more, or less. */
import {
  type ConnectOptions,
  type Context,
  defineFunction,
  resource,
  restartedNow,
  rolledOut,
} from "eks-lambda/lambda";
import { expect } from "vitest";
import { failing } from "../backend.ts";
import { deployments, make, rbac } from "../support/cluster.ts";
import { relayTo } from "../support/relay.ts";
import { repositoryFile, run } from "../support/run.ts";
import { test, type World } from "../support/world.ts";
import { bindingOf, type Caller, introduce, without } from "./callers.ts";
import { environmentOf } from "./connected.ts";
import { type Deployment, deploymentSpec } from "./objects.ts";

/** The example of the documentation. */
const restartIn = (connect: ConnectOptions) =>
  defineFunction({
    needs: { deployments: resource<Deployment>("apps/v1", "deployments").in("shop").may("patch", "list", "watch") },
    connect,
    async run({ deployments }, { event, signal }) {
      const at = { name: String(event) };
      await deployments.patch(at, restartedNow());
      return (await deployments.until(at, rolledOut, { signal })).status;
    },
  });

const context: Context = { awsRequestId: "request", getRemainingTimeInMillis: () => 20_000 };
const { needs } = restartIn({ environment: {} });
const wider = needs.map((need) => ({ ...need, verbs: [...need.verbs, "delete"] }));

const exact: Caller = { user: "restart-exact", needs };
const lacking = needs.flatMap((need) =>
  need.verbs.map((lacks) => ({ lacks, user: `restart-without-${lacks}`, needs: without(needs, need, lacks) })),
);
const excessive: readonly (Caller & { readonly has: string })[] = [
  { has: "cluster-admin", user: "restart-admin", needs },
  { has: "a Role with another verb", user: "restart-wider", needs: wider },
];

test.beforeAll(async ({ world }) => {
  const { backend } = world;
  await world.fresh();
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
  await introduce(world, [exact, ...lacking, ...excessive], "shop");
  const admin = bindingOf("restart-admin", { kind: "ClusterRole", name: "cluster-admin" });
  await make(backend, rbac("clusterrolebindings"), admin);
  await make(backend, deployments("shop"), { metadata: { name: "web" }, spec: deploymentSpec("nginx:1.12") });
  await make(backend, deployments("shop"), { metadata: { name: "broken" }, spec: deploymentSpec(failing.image) });
});

const checksOf = (hasNeeds: boolean, hasNoOther: boolean) => ({
  checks: [
    { name: "may patch,list,watch deployments.apps @shop", ok: hasNeeds },
    { name: "may not delete deployments.apps @shop", ok: hasNoOther },
  ],
});

/** The handler in the role of a caller, once the cluster knows what that may do: its check tells it. */
async function handlerOf({ backend }: World, { user }: Caller, expected: ReturnType<typeof checksOf>) {
  const handler = restartIn({ environment: environmentOf(backend, { credentials: await backend.assumeRole(user) }) });
  const check = () => handler({ "eks-lambda": "check" }, context).catch(({ message }) => message);
  await expect.poll(check).toEqual(expected);
  return handler;
}

async function podsOf({ backend }: World, deployment: string): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", "/api/v1/namespaces/shop/pods");
  return body.items
    .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    .filter((name: string) => name.startsWith(`${deployment}-`));
}

test("restarts a Deployment and waits for it, with exactly the rights of its needs", async ({ world }) => {
  const handler = await handlerOf(world, exact, checksOf(true, true));
  await expect.poll(() => podsOf(world, "web")).toHaveLength(2);
  const before = await podsOf(world, "web");
  expect(await handler("web", context)).toMatchObject({ replicas: 2, availableReplicas: 2 });
  const after = await podsOf(world, "web");
  expect(after.filter((name) => !before.includes(name))).toHaveLength(2);
});

// A Deployment that never becomes available: the function has to list and to watch.
test.for(lacking)("is Forbidden without $lacks, and its check says so", async (caller, { world }) => {
  const handler = await handlerOf(world, caller, checksOf(false, true));
  await expect(handler("broken", context)).rejects.toMatchObject({
    name: "Forbidden",
    message: expect.stringContaining(`"${caller.user}" cannot ${caller.lacks} resource "deployments"`),
  });
});

test.for(excessive)("its check reports the excessive right $has", async (caller, { world }) => {
  await handlerOf(world, caller, checksOf(true, false));
});

test("in plain JavaScript and without an environment exposes its needs, and refuses undeclared methods before any request", async () => {
  const program = repositoryFile("test/acceptance/support/children/undeclared.mjs");
  const { stdout, stderr } = await run(process.execPath, `'${program}'`, {});
  expect({ ...JSON.parse(stdout || "{}"), stderr }).toEqual({
    needs: [{ group: "apps", resource: "deployments", verbs: ["patch", "list", "watch"], namespace: "shop" }],
    errors: ["NotDeclared", "EnvironmentIncomplete"],
    stderr: "",
  });
  expect(JSON.parse(stdout).needs).toEqual(needs);
});

test("sends nothing to the cluster for a method that is not declared", async ({ world: { backend } }) => {
  const relay = await relayTo(backend);
  const handler = defineFunction({
    needs: { deployments: resource("apps/v1", "deployments").in("shop").may("patch", "list", "watch") },
    connect: { environment: environmentOf(backend, { endpoint: relay.endpoint }) },
    run: ({ deployments }, { event: method }) =>
      (deployments as unknown as Record<string, typeof deployments.patch>)[String(method)]?.({ name: "web" }, {}),
  });
  try {
    await expect(handler("delete", context)).rejects.toMatchObject({ name: "NotDeclared" });
    expect(relay.connections()).toBe(0);
    await handler("patch", context);
    expect(relay.connections()).toBe(1);
  } finally {
    await relay.stop();
  }
});
