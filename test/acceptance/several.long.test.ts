/** Several functions for one cluster, each with `--name`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { deploymentNames, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return { stdout, stderr };
};
const setUp = async (world: World, flags: string) =>
  JSON.parse((await worked(world, `setup --yes --json ${flags}`)).stdout);
const status = async ({ backend }: World, path: string) => (await backend.kube("GET", path)).status;
const nodes = ({ account }: World["names"]) =>
  `- rolearn: arn:aws:iam::${account}:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n`;

test.beforeEach(async ({ world }) => {
  await world.fresh();
  await putAwsAuth(world.backend, { mapRoles: nodes(world.names) });
});

test("each has its own stack, function, role, user, Role and RoleBinding", async ({ world }) => {
  const { names, backend } = world;
  const first = await setUp(world, "");
  const web = await setUp(world, "--name web");
  expect(first).toMatchObject({ stack: names.stack, functionName: names.functionName, access: { username: "lambda" } });
  expect(web).toMatchObject({
    stack: expect.stringMatching(`^eks-lambda-${names.cluster}-web-[0-9a-f]{6}$`),
    functionName: expect.stringMatching(`^eks-lambda-${names.cluster}-${names.region}-web-[0-9a-f]{6}$`),
    roleArn: expect.stringMatching(`:role/eks-lambda-${names.cluster}-${names.region}-web-[0-9a-f]{6}$`),
    access: { username: "eks-lambda:web" },
    checks: [{ ok: true }, { ok: true }],
  });
  const { body } = await backend.kube("GET", rbac("rolebindings", "default"));
  const bindings = body.items.map(({ metadata, subjects }: { metadata: { name: string }; subjects: unknown }) => [
    metadata.name,
    subjects,
  ]);
  const to = (name: string) => [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }];
  expect(bindings).toEqual([
    ["lambda-create-deployments", to("lambda")],
    [expect.stringMatching(/^lambda-create-deployments-web-[0-9a-f]{6}$/), to("eks-lambda:web")],
  ]);
  await worked(world, 'invoke --event \'{"name":"a"}\'');
  await worked(world, 'invoke --name web --event \'{"name":"b"}\'');
  expect(await deploymentNames(world)).toEqual(["a", "b"]);
  for (const name of ["", "--name web"]) {
    await writesOf(world);
    const { changes } = JSON.parse((await worked(world, `setup --json ${name}`)).stdout);
    expect(await writesOf(world)).toEqual([]);
    expect(new Set(changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
    expect(JSON.parse((await worked(world, `doctor --json ${name}`)).stdout).ok).toBe(true);
  }
});

test("list shows them with their rights", async ({ world }) => {
  const { names, backend } = world;
  expect(await world.run("list")).toEqual({
    exit: 0,
    stdout: "",
    stderr: `there is no function for ${names.cluster}; \`eks-lambda setup\` creates one\n`,
  });
  expect(await world.run("list --json")).toEqual({ exit: 0, stdout: "[]\n", stderr: "" });
  await backend.kube("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  });
  await setUp(world, "");
  const web = await setUp(world, "--name web --namespace shop");
  const version = (await worked(world, "--version")).stdout.trim();
  const common = { access: "aws-auth", version, state: "Active", images: [], entry: null, exportName: null };
  const owner = `${names.account}/${names.region}/`;
  expect(JSON.parse((await worked(world, "list --json")).stdout)).toEqual([
    {
      ...{ name: null, owner: owner + names.stack, stack: names.stack, functionName: names.functionName, ...common },
      ...{ users: ["lambda"], namespaces: ["default"], may: ["create deployments.apps @default"] },
    },
    {
      ...{ name: "web", owner: owner + web.stack, stack: web.stack, functionName: web.functionName, ...common },
      ...{ users: ["eks-lambda:web"], namespaces: ["shop"], may: ["create deployments.apps @shop"] },
    },
  ]);
  const rows = (await worked(world, "list")).stdout.trimEnd().split("\n");
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ["NAME", "STACK", "NAMESPACE", "ACCESS", "VERSION", "STATE", "MAY"],
    ["-", names.stack, "default", "aws-auth", version, "Active", "create deployments.apps @default"],
    ["web", web.stack, "shop", "aws-auth", version, "Active", "create deployments.apps @shop"],
  ]);
  await worked(world, 'invoke --name web --event \'{"name":"x","replicas":0}\'');
  const one = await worked(world, "list web");
  expect(one.stdout).toBe(`${web.functionName} · Active
  stack    ${web.stack}
  version  ${version}, the same as this package
  mapping  aws-auth: eks-lambda:web
  rights   create deployments.apps @shop
  created  shop/x  0/0 ready
`);
  expect(JSON.parse((await worked(world, "list web --json")).stdout)).toMatchObject({
    name: "web",
    deployments: [{ name: "shop/x", ready: 0, replicas: 0 }],
  });
  expect(await world.run("list shop")).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error no function named "shop" for this cluster (FunctionNotFound)\nhint  functions here: ${names.stack}, web\n`,
  });
  await backend.remove("AWS::Lambda::Function", web.functionName);
  const [, lost] = JSON.parse((await worked(world, "list --json")).stdout);
  expect(lost).toMatchObject({ name: "web", state: "no function" });
});

test("teardown of one leaves the others, and the kubeconfig's entries until the last", async ({ world }) => {
  const { names, backend, home } = world;
  const kubeconfig = join(home, ".kube/config");
  await setUp(world, "");
  const web = await setUp(world, "--name web");
  const { stderr } = await worked(world, "teardown --name web --yes");
  expect(stderr).toMatch(
    `kept: the function of the stack ${names.account}/${names.region}/${names.stack} is in this cluster, too`,
  );
  expect(stderr).toContain("removed; `eks-lambda setup --name web` creates it again");
  expect(await stackStatus(backend, web.stack)).toBeUndefined();
  expect(await readFile(kubeconfig, "utf8")).toContain(`name: "${names.context}"`);
  expect(await readAwsAuth(backend)).toEqual({
    mapRoles: `${nodes(names)}- rolearn: ${names.roleArn}\n  username: lambda\n`,
  });
  expect(await status(world, `${rbac("roles", "default")}/lambda-create-deployments`)).toBe(200);
  await worked(world, "invoke");
  await worked(world, "teardown --yes");
  await expect(readFile(kubeconfig, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: nodes(names) });
});

test("hints name the same function", async ({ world }) => {
  const doctor = await world.run("doctor --name web --json");
  const stack = JSON.parse(doctor.stdout).findings.find(({ link }: { link: string }) => link === "stack");
  expect(stack.hint).toMatch(`eks-lambda setup --name web --cluster ${world.names.cluster}`);
  const { exit, stderr } = await world.run("invoke --name web");
  expect({ exit, stderr }).toMatchObject({ exit: 1, stderr: expect.stringContaining("`eks-lambda setup --name web`") });
});

test("names tell clusters and functions apart, and fit into IAM's 64 characters", async ({ world }) => {
  const { backend, names } = world;
  const [long, longer] = ["x".repeat(99), "x".repeat(100)];
  for (const cluster of ["demo-prod", long, longer]) await backend.describe(cluster, {});
  const all: readonly (readonly [cluster: string, name?: string])[] = [
    [names.cluster, "prod"],
    ["demo-prod"],
    ["demo-prod", "prod"],
    [long, "a".repeat(24)],
    [longer, "a".repeat(24)],
  ];
  const roles = await Promise.all(
    all.map(async ([cluster, name]) => {
      const { stdout } = await worked(world, `permissions --cluster ${cluster} ${name ? `--name ${name}` : ""}`);
      const [, role = ""] = /:role\/([^"*/]+)"/.exec(stdout) ?? [];
      const [, stack = ""] = /:stack\/([^"*/]+)\//.exec(stdout) ?? [];
      expect(role).toMatch(/^[a-z0-9-]{1,64}$/);
      if (name) for (const made of [role, stack]) expect(made).toMatch(new RegExp(`-${name}-[0-9a-f]{6}$`));
      return `${role} ${stack}`;
    }),
  );
  expect(new Set(roles).size).toBe(all.length);
});

test("a stack of one is refused under the name of another", async ({ world }) => {
  const { stack } = await setUp(world, "--name web");
  await setUp(world, "");
  await writesOf(world);
  for (const [at, of] of [
    [stack, 'of another function, "web"'],
    [world.names.stack, "of the function without a name"],
  ]) {
    const { exit, stderr } = await world.run(`setup --yes --name shop --stack ${at}`);
    expect(exit).toBe(1);
    expect(stderr).toContain(`there is a stack "${at}" ${of} (StackNotOurs)`);
  }
  expect(await writesOf(world)).toEqual([]);
});

test.for([
  ["too long", "a".repeat(25)],
  ["with capitals", "Web"],
])("a name that is %s is refused", async ([, name], { world }) => {
  const { exit, stderr } = await world.run(`setup --yes --name ${name}`);
  expect({ exit, stderr }).toEqual({
    exit: 2,
    stderr: `error --name is "${name}"; it must be at most 24 lower-case letters, digits and \`-\`, the first and last a letter or digit (InvalidFlag)\n`,
  });
});

test("sets of applied objects are told apart by stack, though their names are the same", async ({ world }) => {
  const { backend, run } = world;
  for (const name of ["a", "b"]) await setUp(world, `--name ${name} --allow apply:configmaps delete:configmaps`);
  const configMaps = "/api/v1/namespaces/default/configmaps";
  const left = async () => {
    const { body } = await backend.kube("GET", `${configMaps}?labelSelector=eks-lambda%2Fset`);
    return body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  };
  const event = (objects: readonly string[], more: object) => {
    const manifests = objects.map((name) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { name },
    }));
    return JSON.stringify({ action: "apply", manifests, prune: "web", ...more });
  };
  const apply = (name: string, objects: readonly string[], more = {}) =>
    run(`invoke --json --name ${name} --event '${event(objects, more)}'`);
  const pruned = async (...asked: Parameters<typeof apply>) => {
    const { exit, stdout, stderr } = await apply(...asked);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).pruned.map(({ name }: { name: string }) => name);
  };

  expect(await pruned("a", ["one", "two"])).toEqual([]);
  expect(await pruned("b", ["three"])).toEqual([]);
  expect(await pruned("b", ["four"])).toEqual(["three"]);
  expect(await left()).toEqual(["four", "one", "two"]);

  // Neither takes over an object of the other, with whose owner it is in conflict.
  const refused = await apply("b", ["one"]);
  expect(refused.exit).toBe(1);
  expect(JSON.parse(refused.stderr)).toMatchObject({
    code: "Conflict",
    message: expect.stringContaining("nothing was written"),
  });
  expect(await left()).toEqual(["four", "one", "two"]);

  // A person marks an object as one of the set, with the labels of the function.
  const { body: one } = await backend.kube("GET", `${configMaps}/one`);
  const metadata = { name: "by-hand", labels: one.metadata.labels };
  expect((await backend.kube("POST", configMaps, { body: { metadata } })).status).toBe(201);
  // What b was told to take over is a's no more.
  expect(await pruned("b", ["four", "two"], { force: true })).toEqual([]);
  expect(await pruned("a", ["five"])).toEqual(["one"]);
  expect(await left()).toEqual(["by-hand", "five", "four", "two"]);
  expect(await pruned("b", ["six"])).toEqual(["four", "two"]);
  expect(await left()).toEqual(["by-hand", "five", "six"]);
});
