/** docs/permissions.md, held against what is called: nothing is missing from it, and nothing can be taken away. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { Backend } from "../acceptance/backend.ts";
import { make, putAwsAuth, rbac } from "../acceptance/support/cluster.ts";
import { as } from "../acceptance/support/names.ts";
import { repositoryFile, run as runProgram } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { writesOf } from "../acceptance/support/writes.ts";
import type { RealBackend } from "./backend/index.ts";

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface RbacRole {
  readonly kind: "Role" | "ClusterRole";
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly PolicyRule[];
}
interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
}

const page = await readFile(repositoryFile("docs/permissions.md"), "utf8");
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? "";
const policy = JSON.parse(block("json")) as { readonly Statement: readonly Statement[] };
const roles = parseAllDocuments(block("yaml")).map((document) => document.toJS() as RbacRole);

/** The names of AWS actions that the source waits for, each as `call("service:Action", …)` tells it. */
async function calledActions(): Promise<readonly string[]> {
  const folder = repositoryFile("src/core/aws");
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, "utf8")));
  const actions = texts.flatMap((text) => [...text.matchAll(/call\(\s*"(\w+:\w+)"/g)].map(([, action = ""]) => action));
  return [...new Set(actions)].sort();
}

test("the IAM policy has every action that is called, and no other", async () => {
  const listed = policy.Statement.flatMap(({ Action }) => Action);
  expect([...listed, "sts:GetCallerIdentity"].sort()).toEqual(await calledActions());
});

test("moto's evaluator permits each action by its statement alone", async ({ world: { backend, env } }) => {
  const program = repositoryFile("test/e2e/permissions/evaluate.py");
  const given = JSON.stringify(policy);
  const { python } = (backend as RealBackend).bin;
  const { exit, stdout, stderr } = await runProgram(python, program, env, given);
  expect(exit, stderr).toBe(0);
  const wanted = policy.Statement.flatMap(({ Sid, Action }) =>
    Action.map((action) => ({ action, permitted: true, without: { statement: Sid, permitted: false } })),
  );
  expect(JSON.parse(stdout)).toEqual(wanted);
});

test("the table has every resource of template.yml", async () => {
  const template = parse(await readFile(repositoryFile("template.yml"), "utf8"), { logLevel: "silent" });
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  const rows = [...page.matchAll(/^\| (AWS::\S+)/gm)].map(([, type]) => type);
  expect(rows.sort()).toEqual([...new Set(types)].sort());
});

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

/** Gives somebody these roles. */
async function permit(backend: Backend, granted: readonly RbacRole[], subject: object): Promise<void> {
  for (const { kind, metadata, rules } of granted) {
    const { namespace, name } = metadata;
    const path = (suffix: string) => rbac(`${kind.toLowerCase()}${suffix}`, namespace);
    await make(backend, path("s"), { apiVersion, kind, metadata: { name }, rules });
    await make(backend, path("bindings"), {
      ...{ apiVersion, kind: `${kind}Binding`, metadata: { name } },
      roleRef: { apiGroup: group, kind, name },
      subjects: [subject],
    });
  }
}

const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig --workloads";
const administrator = async ({ run }: World, command: string) => {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
};

/** Another user than the Role and its binding have: both have to be changed. */
const changed = async ({ backend }: World) => {
  const contentType = "application/merge-patch+json";
  const path = (resource: string) => `${rbac(resource, "default")}/lambda-create-deployments`;
  await backend.kube("PATCH", path("roles"), { contentType, body: { rules: [] } });
  await backend.kube("PATCH", path("rolebindings"), { contentType, body: { subjects: [] } });
};

interface Job {
  readonly name: string;
  readonly command: string;
  /** After the deployer's entry is in aws-auth, or, when there is to be none, without. */
  readonly given?: (world: World) => Promise<unknown>;
}
const jobs = {
  first: { name: "a first setup", command: setup },
  second: {
    name: "a setup that changes Role and RoleBinding",
    command: setup,
    given: async (world) => {
      await administrator(world, setup);
      await changed(world);
    },
  },
  last: {
    name: "teardown with a Deployment",
    command: teardown,
    given: async (world) => {
      await administrator(world, setup);
      await administrator(world, "invoke");
    },
  },
} satisfies Record<string, Job>;

test.for<Job>(Object.values(jobs))("these rules do for $name", async ({ command, given }, { world }) => {
  const env = await prepared(world, roles, given);
  const { exit, stderr } = await world.run(command, { env });
  expect(exit, stderr).toBe(0);
});

async function prepared(world: World, granted: readonly RbacRole[], given: Job["given"]) {
  await world.fresh();
  const { backend, names } = world;
  await permit(backend, granted, { apiGroup: group, kind: "User", name: "deployer" });
  await putAwsAuth(backend, {
    mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/deployer\n  username: deployer\n`,
  });
  const env = as(await backend.assumeRole("deployer"));
  await given?.(world);
  return env;
}

/** Which job needs a verb on a resource; those that no command of these jobs needs are told why. */
const needed: readonly (readonly [resource: string, verb: string, job: Job])[] = [
  ["configmaps", "get", jobs.first],
  ["configmaps", "patch", jobs.first],
  ["roles", "get", jobs.first],
  ["roles", "create", jobs.first],
  ["roles", "patch", jobs.second],
  ["roles", "delete", jobs.last],
  ["rolebindings", "get", jobs.first],
  ["rolebindings", "create", jobs.first],
  ["rolebindings", "patch", jobs.second],
  ["rolebindings", "delete", jobs.last],
  ["deployments", "create", jobs.first],
  ["deployments", "list", jobs.last],
  ["deployments", "delete", jobs.last],
  ["rolebindings", "list", jobs.first],
  ["clusterrolebindings", "list", jobs.first],
];

/** The same without one verb on one resource. */
const without = (resource: string, verb: string): readonly RbacRole[] =>
  roles.map((role) => ({
    ...role,
    rules: role.rules.flatMap((rule) =>
      rule.resources
        .map((one) => ({
          ...rule,
          resources: [one],
          verbs: one === resource ? rule.verbs.filter((known) => known !== verb) : rule.verbs,
        }))
        .filter(({ verbs }) => verbs.length > 0),
    ),
  }));

test.for(needed)(
  "without the right on %s to %s it fails before any write",
  async ([resource, verb, job], { world }) => {
    const env = await prepared(world, without(resource, verb), job.given);
    await writesOf(world);
    const { exit, stderr } = await world.run(job.command, { env });
    expect(exit).toBe(1);
    const error = stderr.slice(stderr.search(/^error /m));
    expect(error).toContain("(Forbidden)");
    expect(error).toContain(resource);
    expect(error.toLowerCase()).toContain(verb);
    expect(await writesOf(world)).toEqual([]);
  },
);

/** Where there was no aws-auth, whoever runs setup is let in by other means: here by the cluster's own context. */
test.for(["create", "delete"])(
  "the right to %s configmaps is needed where setup makes aws-auth",
  async (verb, { world }) => {
    await world.fresh();
    const { run } = world;
    const KUBECONFIG = await deployerContext(world, without("configmaps", verb));
    if (verb === "delete") await administrator(world, setup);
    await writesOf(world);
    const command = `${verb === "create" ? setup : teardown} --context deployer`;
    const { exit, stderr } = await run(command, { env: { KUBECONFIG } });
    expect({ exit, stderr }).toEqual({
      exit: 1,
      stderr: expect.stringContaining(`cannot ${verb} resource "configmaps"`),
    });
    expect(await writesOf(world)).toEqual([]);
  },
);

/** A service account with those roles, as a context of the kubeconfig. */
async function deployerContext({ backend, home }: World, granted: readonly RbacRole[]): Promise<string> {
  await permit(backend, granted, { kind: "ServiceAccount", name: "default", namespace: "default" });
  const token = await make(backend, "/api/v1/namespaces/default/serviceaccounts/default/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const { endpoint, ca } = backend.cluster;
  const file = join(home, "deployer.json");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server: endpoint, "certificate-authority-data": ca } }],
    users: [{ name: "deployer", user: { token: token.body.status.token } }],
    contexts: [{ name: "deployer", context: { cluster: "cluster", user: "deployer" } }],
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  return file;
}
