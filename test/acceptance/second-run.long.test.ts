/** A second run with other names: the function works all the time, and nothing of the first names is left. */
import { describe, expect } from "vitest";
import type { ClusterDescription } from "./backend.ts";
import { entryOf } from "./support/aws.ts";
import { make, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

type Mode = NonNullable<ClusterDescription["authenticationMode"]>;
const setup = "setup --yes --no-kubeconfig";
const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";

async function worked({ run }: World, command: string): Promise<string> {
  const { exit, stderr, stdout } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr + stdout;
}

async function setUp(world: World, mode: Mode, flags = ""): Promise<void> {
  await world.fresh();
  await putAwsAuth(world.backend, { mapRoles: nodes });
  await world.backend.describe(world.names.cluster, { authenticationMode: mode });
  await world.backend.kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
  await worked(world, `${setup}${flags}`);
  await worked(world, "invoke");
}

/** Every binding of ours, as `namespace/name: users`. */
async function bindings({ backend }: World): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", rbac("rolebindings"));
  const ours = body.items.filter(({ metadata }: Bound) => metadata.labels?.["eks-lambda/owner"]);
  return ours.map(
    ({ metadata, subjects }: Bound) =>
      `${metadata.namespace}/${metadata.name}: ${subjects.map(({ name }) => name).join(", ")}`,
  );
}
async function roles({ backend }: World): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", rbac("roles"));
  const ours = body.items.filter(({ metadata }: Bound) => metadata.labels?.["eks-lambda/owner"]);
  return ours.map(({ metadata }: Bound) => `${metadata.namespace}/${metadata.name}`);
}
interface Bound {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly subjects: readonly { readonly name: string }[];
}

async function unchanged(world: World): Promise<void> {
  const { changes } = JSON.parse((await world.run(`${setup} --json`)).stdout);
  expect(new Set(changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
}

const first = "lambda-create-deployments";
const theRole = "eks-lambda-demo-us-east-1";

describe.for<Mode>(["CONFIG_MAP", "API"])("in authentication mode %s", (mode) => {
  test.for([
    ["--username web", `default/${first}: web`, theRole, "web"],
    ["--namespace shop", `shop/${first}: lambda`, theRole, "lambda"],
    ["--rbac-name creators", "default/creators: lambda", theRole, "lambda"],
    ["--role-name other", `default/${first}: lambda`, "other", "lambda"],
    ["--username web --namespace shop --rbac-name creators --role-name other", "shop/creators: web", "other", "web"],
  ] as const)("%s moves the function", async ([flags, bound, role, username], { world }) => {
    const { backend, names } = world;
    await setUp(world, mode);
    const said = await worked(world, `${setup} ${flags}`);
    if (!flags.startsWith("--role-name"))
      expect(said).toMatch(/✔ rbac .*✔ stack .*✔ checks \S+ s\n.*✔ rbac .*✔ checks again/s);
    expect(await bindings(world)).toEqual([bound]);
    expect(await roles(world)).toEqual([bound.replace(/:.*/, "")]);
    const roleArn = `arn:aws:iam::${names.account}:role/${role}`;
    const entry = { username, groups: [] };
    if (mode === "API") expect(await entryOf({ ...world, names: { ...names, roleArn } })).toEqual(entry);
    else {
      const { mapRoles } = (await readAwsAuth(backend)) ?? {};
      expect(mapRoles).toBe(`${nodes}- rolearn: ${roleArn}\n  username: ${username}\n`);
    }
    await worked(world, "invoke");
    await unchanged(world);
    await worked(world, "teardown --yes --no-kubeconfig");
    expect([await bindings(world), await roles(world)]).toEqual([[], []]);
  });
});

describe("--access", () => {
  test("is remembered, until another one is given", async ({ world }) => {
    await setUp(world, "API_AND_CONFIG_MAP", " --access aws-auth");
    await unchanged(world);
    await worked(world, `${setup} --access auto`);
    expect(await entryOf(world)).toEqual({ username: "lambda", groups: [] });
    expect(await readAwsAuth(world.backend)).toEqual({ mapRoles: nodes });
    await worked(world, "invoke");
    await unchanged(world);
    const said = await worked(world, `${setup} --access aws-auth`);
    expect(said, "it is mapped there before the entry goes").toMatch(/✔ aws-auth .*✔ stack /s);
    await worked(world, "invoke");
    await unchanged(world);
  });

  test("that was remembered gives way where the mode does not allow it any more", async ({ world }) => {
    await setUp(world, "API_AND_CONFIG_MAP", " --access aws-auth");
    await world.backend.describe(world.names.cluster, { authenticationMode: "API" });
    await worked(world, setup);
    expect(await entryOf(world)).toEqual({ username: "lambda", groups: [] });
    await worked(world, "invoke");
  });
});

test("a user whom somebody else bound meanwhile is refused, and nothing is changed", async ({ world }) => {
  await setUp(world, "CONFIG_MAP");
  await make(world.backend, rbac("clusterrolebindings"), {
    metadata: { name: "web" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "web" }],
  });
  expect(await world.run(`${setup} --username web`)).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("(UsernameTaken)"),
  });
  expect(await bindings(world)).toEqual([`default/${first}: lambda`]);
});
