/** A role that SAM, CDK, Terraform or a CI system made is let into the cluster, and out again, without a stack. */
import { DescribeAccessEntryCommand } from "@aws-sdk/client-eks";
import { describe, expect } from "vitest";
import type { Credentials } from "./backend.ts";
import { associate, disassociate, eks, makeEntry } from "./support/aws.ts";
import { make, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { tree } from "./support/disk.ts";
import { mint } from "./support/token.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const others = `# Nodes last. Ask platform@ before you touch this.
-   { rolearn: "arn:aws:iam::123456789012:role/ops", username: 'ops', groups: [ system:masters ] } # break glass

- groups:   # in this order
    - system:bootstrappers
    - system:nodes
  rolearn: arn:aws:iam::123456789012:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  x-owner: platform
`;

const roleArn = ({ names }: World, path = "") => `arn:aws:iam::${names.account}:role/${path}ci`;
const allow = "--allow 'get,patch configmaps web @default' --allow 'list nodes @*'";
const grant = (world: World, rules = allow) => `grant --yes --role ${roleArn(world)} ${rules}`;
const revoke = (world: World) => `revoke --yes --role ${roleArn(world)}`;

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return { stdout, stderr };
};

async function given(world: World, authenticationMode: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API", path?: string) {
  const { backend, names, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: others });
  await backend.describe(names.cluster, { authenticationMode });
  return backend.assumeRole("ci", path);
}

/** What the role is answered; each token is new, so that the API server remembers none. */
let age = 0;
async function asked({ backend, names }: World, credentials: Credentials, [method, path]: readonly [string, string]) {
  const token = await mint({ cluster: names.cluster, region: names.region, credentials, age: age++ });
  return (await backend.kube(method, path, { token })).status;
}
const configMaps = "/api/v1/namespaces/default/configmaps";
const may = [
  ["GET", `${configMaps}/web`],
  ["GET", "/api/v1/nodes"],
] as const;
const mayNot = [
  ["GET", configMaps],
  ["GET", `${configMaps}/other`],
  ["GET", "/api/v1/namespaces/kube-system/configmaps/web"],
  ["GET", "/api/v1/namespaces/default/secrets"],
] as const;

const mapRoles = async ({ backend }: World) => (await readAwsAuth(backend))?.mapRoles;

/** The objects that carry a grant's label. */
async function objects({ backend }: World) {
  const kinds = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];
  const lists = await Promise.all(
    kinds.map((kind) => backend.kube("GET", `${rbac(kind)}?labelSelector=eks-lambda%2Fgrant`)),
  );
  return lists.map(({ body }) => body.items.length);
}

async function entry(world: World, principalArn = roleArn(world)) {
  const command = new DescribeAccessEntryCommand({ clusterName: world.names.cluster, principalArn });
  const { accessEntry } = await eks(world.backend)
    .send(command)
    .catch((error) => {
      if (/^(ResourceNotFound|InvalidRequest)Exception$/.test(error.name)) return { accessEntry: undefined };
      throw error;
    });
  return accessEntry && { username: accessEntry.username, groups: accessEntry.kubernetesGroups };
}

describe.for(["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const)("in authentication mode %s", (mode) => {
  test("the role may do what was granted and nothing else, until it is revoked", async ({ world }) => {
    const credentials = await given(world, mode);
    await make(world.backend, configMaps, { metadata: { name: "web" } });
    for (const request of may) expect(await asked(world, credentials, request)).toBe(401);
    const { stdout } = await worked(world, `${grant(world)} --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      roleArn: roleArn(world),
      username: roleArn(world),
      rules: ["get,patch configmaps web @default", "list nodes @*"],
      checks: [
        { name: `is "${roleArn(world)}"`, ok: true },
        { name: "may get,patch configmaps web @default", ok: true },
        { name: "may list nodes @*", ok: true },
      ],
    });
    const ours = `- rolearn: ${roleArn(world)}\n  username: ${roleArn(world)}\n`;
    expect({ mapRoles: await mapRoles(world), entry: await entry(world) }).toEqual(
      mode === "CONFIG_MAP"
        ? { mapRoles: others + ours, entry: undefined }
        : { mapRoles: others, entry: { username: roleArn(world), groups: [] } },
    );
    for (const request of may) await expect.poll(() => asked(world, credentials, request)).toBe(200);
    for (const request of mayNot) expect(await asked(world, credentials, request), request.join(" ")).toBe(403);

    await writesOf(world);
    const again = JSON.parse((await worked(world, `${grant(world)} --json`)).stdout);
    expect(new Set(again.changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
    expect(await writesOf(world)).toEqual([]);

    await worked(world, revoke(world));
    expect({ mapRoles: await mapRoles(world), entry: await entry(world), objects: await objects(world) }).toEqual({
      mapRoles: others,
      entry: undefined,
      objects: [0, 0, 0, 0],
    });
    for (const request of may) await expect.poll(() => asked(world, credentials, request)).toBe(401);
    expect((await worked(world, revoke(world))).stderr).toContain("nothing to revoke");
  });

  test("a dry run, and a run that nobody agreed to, change nothing", async ({ world }) => {
    await given(world, mode);
    const before = await tree(world.home);
    await writesOf(world);
    const command = grant(world).replace("--yes ", "");
    expect((await worked(world, `${command} --dry-run`)).stdout).toMatch(
      /\+ rbac {2,}default\/role\/eks-lambda-grant-ci-/,
    );
    expect(await world.run(command, { stdin: "y\n" })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("(ConfirmationNeeded)"),
    });
    expect(await writesOf(world)).toEqual([]);
    expect(await tree(world.home)).toEqual(before);
  });
});

test("a role with a path is found by its session, its ARN, and its ARN without the path", async ({ world }) => {
  await given(world, "API", "/team/");
  const [whole, bare] = [roleArn(world, "team/"), roleArn(world)];
  const session = `arn:aws:sts::${world.names.account}:assumed-role/ci/deploy`;
  for (const role of [session, whole, bare]) {
    await worked(world, `grant --yes --role ${role} --allow 'get pods'`);
    expect(await entry(world, whole)).toEqual({ username: bare, groups: [] });
  }
  await worked(world, `revoke --yes --role ${session}`);
  expect({ entry: await entry(world, whole), objects: await objects(world) }).toEqual({
    entry: undefined,
    objects: [0, 0, 0, 0],
  });
});

test("a mapping that somebody else made is used as it is, and kept by revoke", async ({ world }) => {
  const credentials = await given(world, "API_AND_CONFIG_MAP");
  await makeEntry(world, { principalArn: roleArn(world), username: "deployer" });
  await worked(world, grant(world));
  await expect.poll(() => asked(world, credentials, ["GET", "/api/v1/nodes"])).toBe(200);
  expect(await asked(world, credentials, ["GET", configMaps])).toBe(403);
  await worked(world, revoke(world));
  expect({ entry: await entry(world), objects: await objects(world) }).toEqual({
    entry: { username: "deployer", groups: [] },
    objects: [0, 0, 0, 0],
  });
});

test("a role that EKS does not know yet is mapped as soon as EKS knows it", async ({ world }) => {
  const credentials = await given(world, "API");
  world.backend.faults.refuseNewRoles(1);
  const { stderr } = await worked(world, grant(world));
  expect(stderr).toContain("waiting for EKS to know the new role");
  expect(await entry(world)).toEqual({ username: roleArn(world), groups: [] });
  await expect.poll(() => asked(world, credentials, ["GET", "/api/v1/nodes"])).toBe(200);
});

describe("a role that may do more than Roles and bindings show", () => {
  const policy = "AmazonEKSViewPolicy";
  const refused = async (world: World, told: RegExp) => {
    await writesOf(world);
    const { exit, stderr } = await world.run(grant(world));
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(told) });
    expect(await writesOf(world)).toEqual([]);
  };

  test("by an access policy, is refused until it is taken away", async ({ world }) => {
    const credentials = await given(world, "API");
    const principalArn = roleArn(world);
    await makeEntry(world, { principalArn, username: "deployer" });
    await associate(world, policy, { principalArn });
    await expect.poll(() => asked(world, credentials, mayNot[0])).toBe(200);
    await refused(world, /^error the access entry of \S+ has the access policy AmazonEKSViewPolicy for the cluster: /m);
    await disassociate(world, policy, { principalArn });
    await worked(world, grant(world));
    for (const request of mayNot) expect(await asked(world, credentials, request), request.join(" ")).toBe(403);
  });

  test("by system:masters, is refused, and one in other groups is warned about", async ({ world }) => {
    await given(world, "CONFIG_MAP");
    const mapped = (group: string) =>
      putAwsAuth(world.backend, {
        mapRoles: `- rolearn: ${roleArn(world)}\n  username: ops\n  groups: [viewers, ${group}]\n`,
      });
    await mapped("system:masters");
    await refused(world, /^error \S+ is in system:masters by entry 1 of mapRoles: .*\(RightsTooWide\)$/m);
    await mapped('"system:{{SessionName}}"');
    await refused(world, /^error \S+ is in system:\{\{SessionName\}\} by entry 1 of mapRoles: .*\(RightsTooWide\)$/m);
    await mapped("deployers");
    expect((await worked(world, grant(world))).stderr).toContain('"ops" also has the rights of viewers, deployers');
  });

  test("by an access policy that a person gave our entry since, keeps it after revoke", async ({ world }) => {
    const credentials = await given(world, "API");
    const principalArn = roleArn(world);
    await worked(world, grant(world));
    await associate(world, policy, { principalArn });
    const { stderr } = await worked(world, revoke(world));
    expect(stderr).toContain("kept: someone has given it the access policy AmazonEKSViewPolicy for the cluster since");
    expect({ entry: await entry(world), objects: await objects(world) }).toEqual({
      entry: { username: principalArn, groups: [] },
      objects: [0, 0, 0, 0],
    });
    await expect.poll(() => asked(world, credentials, ["GET", "/api/v1/nodes"])).toBe(403);
    expect(await asked(world, credentials, mayNot[0])).toBe(200);
    await disassociate(world, policy, { principalArn });
    await worked(world, revoke(world));
    expect(await entry(world)).toBeUndefined();
  });
});

test("setup and grant for the same cluster leave each other alone", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  await worked(world, "setup --yes --no-kubeconfig");
  const before = await mapRoles(world);
  await worked(world, grant(world));
  await worked(world, "teardown --yes --no-kubeconfig --workloads");
  expect(await objects(world)).toEqual([1, 1, 1, 1]);
  await worked(world, "setup --yes --no-kubeconfig");
  await worked(world, revoke(world));
  expect(await mapRoles(world)).toBe(before);
  await worked(world, "invoke");
});

test("list shows what was granted", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  await worked(world, grant(world));
  const { stdout } = await worked(world, "list --json");
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{
        name: null,
        owner: roleArn(world),
        stack: null,
        functionName: null,
        entry: null,
        version: null,
        state: "granted",
      },
      ...{ users: [roleArn(world)], namespaces: ["*", "default"], access: "aws-auth" },
      may: ["get,patch configmaps web @default", "list nodes @*"],
      images: [],
      exportName: null,
    },
  ]);
});

test("rules that reach far are warned about before anybody agrees", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const { stdout } = await worked(
    world,
    `grant --dry-run --role ${roleArn(world)} --allow 'get secrets @default' 'create pods/exec @default'`,
  );
  expect(stdout.match(/^warning: .*/gm)).toEqual([
    "warning: get secrets @default: it reads Secrets, among them the tokens of ServiceAccounts",
    "warning: create pods/exec @default: it can run commands in Pods or talk to them, with the rights and Secrets of these Pods",
  ]);
});

test.for<readonly [string, string]>([
  ["grant --yes", "no role is given (InvalidFlag)"],
  ["grant --yes --role ci", '--role is "ci"; it must be the ARN of a role, arn:…:iam::…:role/… (InvalidFlag)'],
  ["grant --yes --role arn:aws:iam::111122223333:role/ci", "no rule says what the role may do (InvalidNeed)"],
  [
    "grant --yes --role arn:aws:iam::111122223333:role/ci --allow create deployments.apps",
    'cannot read the right "create" (InvalidNeed)',
  ],
  [
    "grant --yes --role arn:aws:iam::111122223333:role/ci --allow 'get pods' --namespace Shop",
    '--namespace is "Shop"; it must be at most 63 lower-case letters, digits and `-` (InvalidFlag)',
  ],
  ["revoke --yes", "no role is given (InvalidFlag)"],
])("%s is refused before anything is read", async ([command, error], { world }) => {
  const { exit, stderr } = await world.run(command, { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } });
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining(`error ${error}`) });
});
