/**
 * docs/terraform.md with Terraform itself, in a real cluster and in the sandbox: its command, its module and
 * examples/terraform, from the first line to destroy.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { virginia } from "../acceptance/backend.ts";
import { startSandboxBackend } from "../acceptance/sandbox.ts";
import { startBackend } from "../acceptance/start.ts";
import { deployments, make, rbac } from "../acceptance/support/cluster.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { startWorld, type World } from "../acceptance/support/world.ts";
import { startTerraform, type Terraform } from "./support/terraform.ts";

const page = await readFile(repositoryFile("docs/terraform.md"), "utf8");
const example = await readFile(repositoryFile("examples/terraform/main.tf"), "utf8");
const blocks = [...page.matchAll(/^```hcl\n(.*?)^```/gms)].map(([, block = ""]) => block);
const [module = ""] = blocks;
const [, setup = ""] = /^\$ eks-lambda (setup .*)$/m.exec(page) ?? [];

const labels = { app: "web" };
const deployment = (name: string, replicas = 1, image = "web:1") => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } },
  spec: {
    ...{ replicas, selector: { matchLabels: labels } },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
  },
});
const service = (name: string, port = 80) => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
  spec: { selector: labels, ports: [{ port }] },
});
const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } };
const none = { exit: 0 };

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The files of `web`. JSON is YAML. */
const files = (manifests: readonly Manifest[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    manifests.map((one) => [`web/${one.kind}-${one.metadata.name}.yml`.toLowerCase(), JSON.stringify(one)]),
  );

describe.each([
  ["a real cluster", startBackend],
  ["the sandbox", startSandboxBackend],
] as const)("in %s", (_, start) => {
  let world: World;
  let terraform: Terraform;
  const stopping: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const started = await startWorld(virginia, start);
    stopping.push(started.stop);
    world = started.world;
    await make(world.backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
    const { exit, stderr } = await world.run(`${setup} --yes`);
    expect(exit, stderr).toBe(0);
    terraform = await startTerraform(world.env);
    stopping.push(terraform.remove);
    await terraform.write({ "modules/objects/main.tf": example, "main.tf": module });
  });
  afterAll(async () => {
    for (const stop of stopping.reverse()) await stop();
  });

  const services = "/api/v1/namespaces/shop/services";
  const list = async (path: string): Promise<readonly { readonly metadata: { readonly name: string } }[]> =>
    (await world.backend.kube("GET", path)).body.items;
  /** `deployments web`, … */
  const objects = async () => {
    const all = { deployments: await list(deployments("shop")), services: await list(services) };
    return Object.entries(all).flatMap(([kind, ones]) => ones.map(({ metadata }) => `${kind} ${metadata.name}`));
  };
  const read = async (path: string) => (await world.backend.kube("GET", path)).body;
  const replicas = async (name: string) => (await read(`${deployments("shop")}/${name}`)).spec.replicas;
  const owners = async (path: string): Promise<unknown> =>
    JSON.parse((await read(path)).metadata.annotations["eks-lambda/owners"]);

  /** Replaces the manifests. */
  let current: Readonly<Record<string, string>> = {};
  async function change(...manifests: readonly Manifest[]) {
    const next = files(manifests);
    const gone = Object.keys(current).filter((name) => !(name in next));
    await terraform.write({ ...Object.fromEntries(gone.map((name) => [name, undefined])), ...next });
    current = next;
  }
  async function applied(): Promise<Readonly<Record<string, unknown>>> {
    const { exit, stdout, stderr } = await terraform.run("apply");
    expect(exit, stdout + stderr).toBe(0);
    return JSON.parse((await terraform.run("output -json web")).stdout);
  }
  /** 0: Terraform sees nothing to do; 2: changes. */
  const planned = async () => (await terraform.run("plan -detailed-exitcode")).exit;

  test("the page's module is valid, and formatted", async () => {
    await terraform.write(Object.fromEntries(blocks.map((block, index) => [`page/block-${index}.tf`, block])));
    expect(await terraform.run("fmt -check -recursive -diff")).toMatchObject({ exit: 0, stdout: "" });
    expect(await terraform.run("init")).toMatchObject(none);
    expect(await terraform.run("validate")).toMatchObject(none);
  });

  test("a create makes the objects", async () => {
    await change(deployment("web"), deployment("worker"), service("web"));
    expect(await applied()).toEqual({ action: "create", owner: "shop/web", objects: 3 });
    expect(await objects()).toEqual(["deployments web", "deployments worker", "services web"]);
    expect(await planned()).toBe(0);
  });

  test("an update changes, renames and deletes objects", async () => {
    await change(deployment("web", 2), service("web-v2"));
    expect(await planned()).toBe(2);
    expect(await applied()).toEqual({ action: "update", owner: "shop/web", objects: 2 });
    expect(await objects()).toEqual(["deployments web", "services web-v2"]);
    expect(await replicas("web")).toBe(2);
    expect(await planned()).toBe(0);
  });

  test("Terraform does not see drift; another `attempt` undoes it", async () => {
    await world.backend.kube("DELETE", `${services}/web-v2`);
    const body = { spec: { replicas: 5 } };
    const contentType = "application/merge-patch+json";
    await world.backend.kube("PATCH", `${deployments("shop")}/web`, { body, contentType });
    expect(await planned()).toBe(0);
    await terraform.write({ "main.tf": module.replace(/^}$/m, "  attempt = 2\n}") });
    await applied();
    expect(await objects()).toEqual(["deployments web", "services web-v2"]);
    expect(await replicas("web")).toBe(2);
  });

  test("a failed update is stored as done; another `attempt` repeats it", async () => {
    await make(world.backend, services, service("taken"));
    await change(deployment("web", 3), service("web-v2"), service("taken"));
    const { exit, stderr } = await terraform.run("apply");
    expect([exit, stderr]).toEqual([1, expect.stringContaining("AlreadyExists")]);
    expect(await replicas("web")).toBe(2);
    // https://github.com/hashicorp/terraform-provider-aws/issues/43447
    expect(await planned()).toBe(0);
    await world.backend.kube("DELETE", `${services}/taken`);
    await terraform.write({ "main.tf": module.replace(/^}$/m, "  attempt = 3\n}") });
    await applied();
    expect(await replicas("web")).toBe(3);
    expect(await owners(`${services}/taken`)).toEqual(["terraform:shop/web"]);
  });

  test("a failed update that was to delete objects is taken back, and made again", async () => {
    await change(deployment("web", 3), configMap);
    const { exit, stderr } = await terraform.run("apply");
    expect([exit, stderr]).toEqual([1, expect.stringContaining("NotAllowed")]);
    expect(await planned()).toBe(0);
    await change(deployment("web", 3), service("web-v2"), service("taken"));
    expect(await applied()).toMatchObject({ left: ["ConfigMap settings"] });
    await change(deployment("web", 3));
    await applied();
    expect(await objects()).toEqual(["deployments web"]);
  });

  test("another `owner` keeps the objects, whose new name can destroy them", async () => {
    await terraform.write({ "main.tf": module.replace("shop/web", "shop/site") });
    expect(await applied()).toEqual({ action: "update", owner: "shop/site", objects: 1 });
    expect(await owners(`${deployments("shop")}/web`)).toEqual(["terraform:shop/site"]);
  });

  /** A second resource, beside `web`. */
  async function other(arguments_: string, ...manifests: readonly Manifest[]) {
    const called = module.replaceAll("web", "other").replace(/^}$/m, `${arguments_}}`);
    const all = manifests.map((one) => [`other/${one.kind}-${one.metadata.name}.yml`, JSON.stringify(one)]);
    await terraform.write({ "other.tf": called, ...Object.fromEntries(all) });
    expect(await terraform.run("init")).toMatchObject(none);
    return terraform.run("apply");
  }
  const resources = async () => (await terraform.run("state list")).stdout.trim().split("\n");
  const web = "module.web.aws_lambda_invocation.objects";

  test("a failed create leaves no objects, and no resource", async () => {
    const { exit, stderr } = await other("", deployment("web"), service("free"));
    expect([exit, stderr]).toEqual([1, expect.stringContaining("terraform:shop/site")]);
    expect(await objects()).toEqual(["deployments web"]);
    expect(await resources()).toEqual([web]);
    await terraform.write({ "other/Deployment-web.yml": undefined });
  });

  test("a create whose answer was lost, and which the provider repeated, succeeds with `overwrite`", async () => {
    world.backend.faults.dropAnswer("lambda:Invoke");
    const { exit, stderr } = await other("", service("free"));
    expect([exit, stderr]).toEqual([1, expect.stringContaining("terraform:shop/other")]);
    expect(await objects()).toEqual(["deployments web", "services free"]);
    expect(await resources()).toEqual([web]);
    expect(await other("  overwrite = true\n", service("free"))).toMatchObject(none);
    expect(await owners(`${services}/free`)).toEqual(["terraform:shop/other"]);
    await terraform.write({ "other.tf": undefined });
    await applied();
    expect(await objects()).toEqual(["deployments web"]);
  });

  test("destroy deletes the objects; one that failed is repeated", async () => {
    const bindings = (await list(rbac("rolebindings", "shop"))) as readonly (Manifest & { readonly roleRef: object })[];
    for (const { metadata } of bindings)
      await world.backend.kube("DELETE", `${rbac("rolebindings", "shop")}/${metadata.name}`);
    const { exit, stderr } = await terraform.run("destroy");
    expect([exit, stderr]).toEqual([1, expect.stringContaining("Forbidden")]);
    expect(await resources()).toEqual([web]);
    expect(await objects()).toEqual(["deployments web"]);
    for (const { metadata, ...rest } of bindings) {
      const { name, labels, annotations } = metadata as Manifest["metadata"] & Record<string, unknown>;
      await make(world.backend, rbac("rolebindings", "shop"), { ...rest, metadata: { name, labels, annotations } });
    }
    expect(await terraform.run("destroy")).toMatchObject(none);
    expect(await objects()).toEqual([]);
    expect(await resources()).toEqual([""]);
  });
});
