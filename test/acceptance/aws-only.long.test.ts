/** Teardown where the cluster cannot be reached, where the stack is protected, and where it is lost. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deleteStack, protectStack, stackStatus } from "./support/aws.ts";
import { putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { as } from "./support/names.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const nodes = ({ account }: World["names"]) =>
  `- rolearn: arn:aws:iam::${account}:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n`;
const unreachable = { endpoint: "https://127.0.0.1:1" };
const chosen = "--namespace shop --rbac-name shop-creators --username shop";

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return { stdout, stderr };
};
const setUp = (world: World, flags = "") => worked(world, `setup --cluster ${world.names.cluster} --yes ${flags}`);
const statuses = ({ backend }: World, namespace = "default", name = "lambda-create-deployments") =>
  Promise.all(
    ["roles", "rolebindings"].map(
      async (kind) => (await backend.kube("GET", `${rbac(kind, namespace)}/${name}`)).status,
    ),
  );
/** The command that the output tells to run. */
const commandIn = (stderr: string): string => / {2}eks-lambda (teardown .*)$/m.exec(stderr)?.[1] ?? "none";

test.beforeEach(async ({ world }) => {
  const { backend, names } = world;
  await world.fresh();
  await putAwsAuth(backend, { mapRoles: nodes(names) });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  await backend.kube("POST", "/api/v1/namespaces", { body: namespace });
});

test("a cluster that cannot be reached: nothing is removed, and the hint has the way", async ({ world }) => {
  const { backend, names, run } = world;
  await setUp(world);
  await backend.describe(names.cluster, unreachable);
  await writesOf(world);
  const { exit, stderr } = await run("teardown --yes");
  expect({ exit, last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
    exit: 1,
    last: "hint  if you cannot reach the cluster, eks-lambda teardown --aws-only deletes the stack and lists what it leaves",
  });
  expect(await writesOf(world)).toEqual([]);
  await deleteStack(backend, names.stack);
  expect((await run("teardown --yes")).stderr).toContain(
    "if you cannot reach the cluster, eks-lambda teardown --aws-only",
  );
});

test("a caller whom the cluster does not admit any more gets the same way, which works for them", async ({ world }) => {
  const { backend, names, run } = world;
  await setUp(world);
  const env = as(await backend.assumeRole("stranger"));
  await writesOf(world);
  const { exit, stderr } = await run("teardown --yes", { env });
  expect(exit).toBe(1);
  expect(stderr).toContain("(Unauthorized)\n");
  expect(stderr).toContain("if you cannot reach the cluster, eks-lambda teardown --aws-only");
  expect(await writesOf(world)).toEqual([]);
  expect(await run("teardown --aws-only --yes", { env })).toMatchObject({ exit: 0 });
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  await worked(world, "teardown --yes");
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: nodes(names) });
});

test.for([
  ["with names of the defaults", ""],
  ["with names that were chosen", `${chosen} --role-name shop-role`],
  ["of one of several functions", "--name web"],
])("--aws-only deletes the stack alone, and its command the rest: %s", async ([, flags = ""], { world }) => {
  const { backend, names, home, run } = world;
  const { stdout } = await setUp(world, `--json ${flags}`);
  const { stack, roleArn, access } = JSON.parse(stdout);
  const mapRoles = `${nodes(names)}- rolearn: ${roleArn}\n  username: ${access.username}\n`;
  await backend.describe(names.cluster, unreachable);
  const name = flags.startsWith("--name") ? flags : "";
  const { stderr } = await worked(world, `teardown --aws-only --yes ${name}`);
  const role = roleArn.split("/").at(-1);
  expect(stderr.split("\n")[2]).toBe(
    `warning: the entry in aws-auth stays: anyone who can create a role named "${role}" in this account becomes "${access.username}" in the cluster, with its rights, until the entry is removed`,
  );
  expect(stderr.match(/(?<=^ {2}- )\S+/gm)).toEqual(["stack"]);
  expect(await stackStatus(backend, stack)).toBeUndefined();
  expect(await readAwsAuth(backend)).toEqual({ mapRoles });
  const kubeconfig = join(home, ".kube/config");
  expect(await readFile(kubeconfig, "utf8")).toContain(names.context);

  await backend.describe(names.cluster, { endpoint: backend.cluster.endpoint });
  await worked(world, `${commandIn(stderr)} --yes`);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: nodes(names) });
  for (const kind of ["roles", "rolebindings"])
    for (const namespace of ["default", "shop"])
      expect((await backend.kube("GET", rbac(kind, namespace))).body.items).toEqual([]);
  await expect(readFile(kubeconfig, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
  expect((await run("teardown --yes")).exit).toBe(0);
});

test("--aws-only as data, as a dry run, for a cluster that is being deleted", async ({ world }) => {
  const { backend, names } = world;
  await setUp(world);
  await backend.describe(names.cluster, { status: "DELETING", ...unreachable });
  await writesOf(world);
  const { changes, left } = JSON.parse((await worked(world, "teardown --aws-only --dry-run --json")).stdout);
  expect(changes).toHaveLength(1);
  expect({ changes, left }).toMatchObject({
    changes: [{ step: "stack", action: "delete", target: names.stack }],
    left: {
      warnings: [
        expect.stringContaining("the entry in aws-auth stays"),
        "the cluster is being deleted (DELETING): its objects are deleted with it, unless the deletion fails",
      ],
      objects: [
        `the entry of ${names.roleArn} in aws-auth`,
        "Role and RoleBinding lambda-create-deployments in default",
        "the entries of the cluster in your kubeconfig",
      ],
      commands: [`eks-lambda teardown --cluster ${names.cluster} --region ${names.region}`],
    },
  });
  expect(await writesOf(world)).toEqual([]);
});

test("termination protection is found while planning", async ({ world }) => {
  const { backend, names, run } = world;
  await setUp(world);
  await protectStack(backend, names.stack, true);
  await writesOf(world);
  for (const flags of ["", "--dry-run", "--aws-only"]) {
    const { exit, stderr } = await run(`teardown --yes ${flags}`);
    expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
      exit: 1,
      error: `error the stack "${names.stack}" has termination protection (StackProtected)
hint  to allow the deletion: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${names.stack} --region ${names.region}
`,
    });
  }
  expect(await writesOf(world)).toEqual([]);
  await protectStack(backend, names.stack, false);
  await worked(world, "teardown --yes");
});

test("with the stack lost, the names that were chosen find what it owned", async ({ world }) => {
  const { backend, names } = world;
  await setUp(world, chosen);
  await deleteStack(backend, names.stack);
  expect(await statuses(world, "shop", "shop-creators")).toEqual([200, 200]);
  await worked(world, "teardown --yes --namespace shop --rbac-name shop-creators");
  expect(await statuses(world, "shop", "shop-creators")).toEqual([404, 404]);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: nodes(names) });
});

test("with the stack lost, an entry of the same user for another role is named", async ({ world }) => {
  const { backend, names } = world;
  await setUp(world, `${chosen} --role-name shop-role`);
  await deleteStack(backend, names.stack);
  const { stderr } = await worked(world, "teardown --yes --namespace shop --rbac-name shop-creators");
  const arn = `arn:aws:iam::${names.account}:role/shop-role`;
  expect(stderr).toContain(
    `kept: ${arn} is "shop"; if that is the function's role, name it with --role-name shop-role\n`,
  );
  expect((await readAwsAuth(backend))?.mapRoles).toContain(arn);
});
