/** `teardown` removes what setup created, and nothing else. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { listenInTest } from "../support/server.ts";
import { makeStack, stackStatus } from "./support/aws.ts";
import { deploymentNames, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { tree } from "./support/disk.ts";
import { othersKubeconfig } from "./support/kubeconfig.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const awsAuth = ({ account }: World["names"]) => ({
  mapRoles: `# nodes
- rolearn: arn:aws:iam::${account}:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
`,
});

describe("after setup and an invocation", () => {
  test.beforeEach(async ({ world }) => {
    const { backend, names, home, run, fresh } = world;
    await fresh();
    await mkdir(join(home, ".kube"));
    await writeFile(join(home, ".kube/config"), othersKubeconfig);
    await putAwsAuth(backend, awsAuth(names));
    expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
    expect(await run('invoke --event \'{"name":"web"}\'')).toMatchObject({ exit: 0 });
  });

  test("restores everything except the Deployment", async ({ world }) => {
    const { backend, names, home, run } = world;
    expect(await run("teardown --yes")).toMatchObject({ exit: 0, stdout: "" });
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
    expect(await readAwsAuth(backend)).toEqual(awsAuth(names));
    for (const resource of ["roles", "rolebindings"])
      expect((await backend.kube("GET", `${rbac(resource, "default")}/lambda-create-deployments`)).status).toBe(404);
    expect(await readFile(join(home, ".kube/config"), "utf8")).toBe(othersKubeconfig);
    expect(await deploymentNames(world)).toEqual(["web"]);
    const { exit, stderr } = await run("teardown --yes");
    expect({ exit, last: stderr.trim().split("\n").at(-1) }).toEqual({
      exit: 0,
      last: `nothing to remove; the stack "${names.stack}" does not exist, so teardown does not know names that you chose at setup: pass them again (--role-name, --namespace, …)`,
    });
  });

  test.for([
    ["groups", "  groups: [system:masters]\n", "lambda"],
    ["another user", "", "web"],
  ] as const)("an entry in aws-auth to which somebody gave %s stays", async ([, groups, username], { world }) => {
    const { backend, names, run } = world;
    const mapRoles = `- rolearn: ${names.roleArn}\n  username: ${username}\n${groups}`;
    await putAwsAuth(backend, { mapRoles });
    const { exit, stderr } = await run("teardown --yes --no-kubeconfig");
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain(`kept: ${names.roleArn} is not mapped as setup maps it\n`);
    expect(await readAwsAuth(backend)).toEqual({ mapRoles });
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
  });

  test("a deleted cluster: the stack and the kubeconfig's entry are removed", async ({ world }) => {
    const { backend, names, home, run } = world;
    const eks = createServer((_, response) => {
      response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" });
      response.end(JSON.stringify({ message: `No cluster found for name: ${names.cluster}.` }));
    });
    const env = { AWS_ENDPOINT_URL_EKS: `http://${(await listenInTest(eks)).host}` };
    const { exit, stderr } = await run(`teardown --cluster ${names.cluster} --yes`, { env });
    const steps = stderr.match(/(?<=^ {2}- )\S+/gm);
    expect({ exit, steps }, stderr).toEqual({ exit: 0, steps: ["kubeconfig", "stack"] });
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
    expect(await readFile(join(home, ".kube/config"), "utf8")).toBe(othersKubeconfig);
  });

  test("--workloads also deletes the Deployment", async ({ world }) => {
    expect(await world.run("teardown --workloads --yes")).toMatchObject({ exit: 0 });
    await expect.poll(() => deploymentNames(world)).toEqual([]);
  });

  test.for([
    ["where nobody can be asked", "teardown", 2, ""],
    ["as a dry run", "teardown --workloads --dry-run", 0, expect.stringContaining("6 to remove")],
  ] as const)("%s, it changes nothing", async ([, command, exit, stdout], { world }) => {
    const before = await tree(world.home);
    const inCluster = async () => {
      const objects = ["roles", "rolebindings"].map(
        (resource) => `${rbac(resource, "default")}/lambda-create-deployments`,
      );
      const uids = objects.map(async (path) => (await world.backend.kube("GET", path)).body.metadata.uid);
      return [...(await Promise.all(uids)), ...(await deploymentNames(world))];
    };
    const found = await inCluster();
    await writesOf(world);
    expect(await world.run(command)).toMatchObject({ exit, stdout });
    expect(await writesOf(world)).toEqual([]);
    expect(await inCluster()).toEqual(found);
    expect(await tree(world.home)).toEqual(before);
  });
});

test("what was deleted by hand does not stop it", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  await backend.remove("AWS::Lambda::Function", names.functionName);
  await backend.remove("AWS::IAM::Role", names.role);
  await backend.remove("AWS::Logs::LogGroup", names.logGroup);
  await backend.kube("DELETE", `${rbac("roles", "default")}/lambda-create-deployments`);
  await putAwsAuth(backend, {});
  const { exit, stderr } = await run("teardown --yes");
  expect(exit, stderr).toBe(0);
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  const { status } = await backend.kube("GET", `${rbac("rolebindings", "default")}/lambda-create-deployments`);
  expect(status).toBe(404);
});

test("a stack that names the nodes' role does not unmap the nodes", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  const mapRoles = `- rolearn: arn:aws:iam::${names.account}:role/nodes\n  username: lambda\n  groups: [system:nodes]\n`;
  await putAwsAuth(backend, { mapRoles });
  const LogGroup = { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/aws/lambda/f" } };
  const parameters = { ClusterName: names.cluster, ContentHash: "0", FunctionName: "f", RoleName: "nodes" };
  await makeStack(backend, names.stack, parameters, { LogGroup });
  const { exit, stderr } = await run(`teardown --cluster ${names.cluster} --yes`);
  expect(exit, stderr).toBe(0);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles });
});

test.for([
  ["nodes", ""],
  ["admins", " --username admin"],
] as const)("the role %s, which others mapped, keeps its mapping", async ([role, flags], { world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  const admins = `- rolearn: arn:aws:iam::${names.account}:role/admins\n  username: admin\n  groups: [system:masters]\n`;
  const mapRoles = `${awsAuth(names).mapRoles}${admins}`;
  await putAwsAuth(backend, { mapRoles });
  await writesOf(world);
  const { exit, stderr } = await run(`teardown --cluster ${names.cluster} --role-name ${role} --yes${flags}`);
  expect(exit, stderr).toBe(0);
  expect(stderr).toContain(`kept: arn:aws:iam::${names.account}:role/${role} is not mapped as setup maps it\n`);
  expect(await writesOf(world)).toEqual([]);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles });
});

test("a mistyped name of a function gets a suggestion", async ({ world }) => {
  await world.fresh();
  expect(await world.run(`setup --cluster ${world.names.cluster} --name web --yes`)).toMatchObject({ exit: 0 });
  await writesOf(world);
  const { exit, stderr } = await world.run(`teardown --cluster ${world.names.cluster} --name wbe --yes`);
  expect({ exit, last: stderr.trim().split("\n").at(-1) }).toEqual({
    exit: 0,
    last: `nothing to remove for the name "wbe"; did you mean "web"? eks-lambda teardown --cluster ${world.names.cluster} --name web`,
  });
  expect(await writesOf(world)).toEqual([]);
});

test("a mistyped cluster name gets a suggestion", async ({ world }) => {
  await world.fresh();
  await writesOf(world);
  const { exit, stderr } = await world.run("teardown --cluster dmeo --yes");
  const lines = stderr.trim().split("\n");
  expect({ exit, said: [lines[0], lines.at(-1)] }).toEqual({
    exit: 0,
    said: [
      `cluster dmeo · ${world.names.region} · account ${world.names.account} · not found or not ready`,
      `nothing to remove: is the cluster's name "dmeo" right? aws eks list-clusters --region ${world.names.region} lists the clusters`,
    ],
  });
  expect(await writesOf(world)).toEqual([]);
});
