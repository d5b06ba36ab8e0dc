/**
 * Someone with all rights in one namespace makes objects there that look like ours, before grant, revoke, setup, teardown,
 * list and doctor. Nothing outside of his namespace changes by that: docs/decisions/0030-what-tenants-can-forge.md
 */
import { createHash } from "node:crypto";
import { describe, expect } from "vitest";
import { make, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { ownerMarks } from "./support/names.ts";
import { mint } from "./support/token.ts";
import { test, type World } from "./support/world.ts";

const namespace = "tenant";
const apiGroup = "rbac.authorization.k8s.io";
const hold = ["example.com/hold"];
/** The API server takes every segment of a path as the name of a Role. */
const odd = ["x y", "\u00e9", "$(id>&2)", "a;b"];
const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig";

const ci = ({ names }: World) => `arn:aws:iam::${names.account}:role/ci`;
const grant = (world: World) => `grant --yes --role ${ci(world)} --allow 'get pods @default' 'list nodes @*'`;
const revoke = (world: World) => `revoke --yes --role ${ci(world)}`;

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return { stdout, stderr };
};
const failed = async ({ run }: World, command: string) => {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(1);
  return stderr;
};

const mapped = (arn: string, username: string) => `- rolearn: ${arn}\n  username: ${username}\n`;

/** Names as documented. */
function grantMarks(world: World, mapping: string) {
  const id = createHash("sha256").update(ci(world).toLowerCase()).digest("hex").slice(0, 32);
  const annotations = {
    ...{ "eks-lambda/role": ci(world), "eks-lambda/rules": `get pods @${namespace}`, "eks-lambda/mapping": mapping },
  };
  return { name: `eks-lambda-grant-ci-${id.slice(0, 8)}`, labels: { "eks-lambda/grant": id }, annotations };
}

/** Gives a role all rights in its namespace. Returns its requests. */
async function given(world: World, mapRoles = "") {
  const { backend, names, fresh } = world;
  await fresh();
  await backend.describe(names.cluster, { authenticationMode: "CONFIG_MAP" });
  await backend.assumeRole("ci");
  const credentials = await backend.assumeRole("tenant");
  await putAwsAuth(backend, { mapRoles: mapped(`arn:aws:iam::${names.account}:role/tenant`, "tenant") + mapRoles });
  await make(backend, "/api/v1/namespaces", { metadata: { name: namespace } });
  await make(backend, rbac("clusterroles"), {
    ...{ metadata: { name: "everything" }, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
  });
  await make(backend, rbac("rolebindings", namespace), {
    metadata: { name: "tenants" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "everything" },
    subjects: [{ apiGroup, kind: "User", name: "tenant" }],
  });
  const token = await mint({ cluster: names.cluster, region: names.region, credentials });
  const asked = (method: string, path: string, body?: unknown, contentType?: string) =>
    backend.kube(method, path, { token, body, ...(contentType && { contentType }) });
  await expect.poll(async () => (await asked("GET", rbac("roles", namespace))).status, { timeout: 20_000 }).toBe(200);
  /** A Role, and a RoleBinding that gives it to the user. */
  async function pair(metadata: { readonly name: string; readonly [field: string]: unknown }, user: string) {
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    const roleRef = { apiGroup, kind: "Role", name: metadata.name };
    const subjects = [{ apiGroup, kind: "User", name: user }];
    for (const [kind, more] of [
      ["roles", { rules }],
      ["rolebindings", { roleRef, subjects }],
    ] as const) {
      const { status, body } = await asked("POST", rbac(kind, namespace), { metadata, ...more });
      expect(status, JSON.stringify(body)).toBe(201);
    }
  }
  return { asked, pair };
}

/** The objects of the tenant's namespace, as they are. */
const tenants = async ({ backend }: World) => {
  const lists = await Promise.all(["roles", "rolebindings"].map((kind) => backend.kube("GET", rbac(kind, namespace))));
  return lists.flatMap(({ body }) => body.items);
};

/** What our labels find outside of the tenant's namespace. */
async function ours({ backend }: World): Promise<readonly string[]> {
  const selectors = ["eks-lambda%2Fgrant", "eks-lambda%2Fowner"];
  const kinds = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];
  const lists = await Promise.all(
    selectors.flatMap((selector) =>
      kinds.map((kind) => backend.kube("GET", `${rbac(kind)}?labelSelector=${selector}`)),
    ),
  );
  return lists
    .flatMap(({ body }) => body.items)
    .filter(({ metadata }) => metadata.namespace !== namespace)
    .map(({ metadata }) => metadata.name);
}

describe("objects with our labels, odd names, finalizers and a record without end", () => {
  const plant = async (world: World) => {
    const { pair } = await given(world);
    const endless = { "eks-lambda/rules": `get pods @${namespace}\n`.repeat(11_000) };
    for (const name of odd)
      for (const { labels, annotations } of [grantMarks(world, "aws-auth"), ownerMarks(world.names)]) {
        const marks = { labels, annotations: { ...annotations, ...endless }, finalizers: hold };
        await pair({ ...marks, name: "eks-lambda/grant" in labels ? name : `${name}!` }, "somebody");
      }
    return tenants(world);
  };

  test("do not hinder grant and revoke, which say that they keep them", async ({ world }) => {
    const before = await plant(world);
    await worked(world, grant(world));
    const { stderr } = await worked(world, revoke(world));
    expect(stderr).toContain("have the label of grant, but not a name that grant gives");
    expect(await ours(world)).toEqual([]);
    expect(await tenants(world)).toEqual(before);
  });

  test("do not hinder setup, list, doctor and teardown", async ({ world }) => {
    const before = await plant(world);
    expect((await worked(world, setup)).stderr).toContain("have the label of setup, but not a name that setup gives");
    const { stdout, stderr } = await worked(world, "list");
    expect(stdout).not.toContain(namespace);
    expect(stderr).toMatch(
      /^not shown: tenant\/role\/.* and \d+ more, which has a label of eks-lambda but not a name that eks-lambda gives$/m,
    );
    await worked(world, "doctor");
    await worked(world, "invoke");
    await worked(world, teardown);
    expect(await ours(world)).toEqual([]);
    expect(await tenants(world)).toEqual(before);
  });
});

describe("perfect forgeries that cannot be deleted", () => {
  test("do not keep revoke from revoking everything else", async ({ world }) => {
    const { pair } = await given(world);
    const before = await readAwsAuth(world.backend);
    await worked(world, grant(world));
    await pair({ ...grantMarks(world, "aws-auth"), finalizers: hold }, ci(world));
    const stderr = await failed(world, revoke(world));
    expect(stderr).toContain("(BeingDeleted)");
    expect(await ours(world)).toEqual([]);
    expect(await readAwsAuth(world.backend)).toEqual(before);
  });

  test("do not keep teardown from removing everything else, the stack too", async ({ world }) => {
    const { pair } = await given(world);
    const before = await readAwsAuth(world.backend);
    await worked(world, setup);
    await pair({ ...ownerMarks(world.names), name: "lambda-create-deployments", finalizers: hold }, "lambda");
    const stderr = await failed(world, teardown);
    expect(stderr).toContain("(BeingDeleted)");
    expect(await ours(world)).toEqual([]);
    expect(await readAwsAuth(world.backend)).toEqual(before);
    expect((await worked(world, "list --json")).stdout).not.toContain('"stack":"eks-lambda');
  });
});

test("a mapping that a person made stays, whatever a tenant writes on Roles of the grant", async ({ world }) => {
  const { asked, pair } = await given(world, mapped(ci(world), ci(world)));
  const before = await readAwsAuth(world.backend);
  await pair(grantMarks(world, "aws-auth"), ci(world));
  await worked(world, revoke(world));
  expect(await readAwsAuth(world.backend)).toEqual(before);

  await worked(world, grant(world).replace("@default", `@${namespace}`));
  const { name } = grantMarks(world, "");
  for (const kind of ["roles", "rolebindings"]) {
    const body = { metadata: { annotations: { "eks-lambda/mapping": "aws-auth" } } };
    const path = `${rbac(kind, namespace)}/${name}`;
    expect((await asked("PATCH", path, body, "application/merge-patch+json")).status).toBe(200);
  }
  const { stderr } = await worked(world, revoke(world));
  expect(stderr).toContain("kept: no mark says that grant created it");
  expect(await readAwsAuth(world.backend)).toEqual(before);
  expect(await ours(world)).toEqual([]);
});

test("doctor asks for no rights that a tenant has recorded on a Role of the grant", async ({ world }) => {
  const { asked } = await given(world);
  await worked(world, grant(world).replace("@default", `@${namespace}`));
  const body = { metadata: { annotations: { "eks-lambda/rules": `* *.* @${namespace}\n* *.* @*` } } };
  const path = `${rbac("roles", namespace)}/${grantMarks(world, "").name}`;
  expect((await asked("PATCH", path, body, "application/merge-patch+json")).status).toBe(200);
  const { stdout } = await worked(world, `doctor --role ${ci(world)}`);
  expect(stdout).toContain("someone changed the rules of the Role");
  expect(stdout).not.toContain("* *");
});
