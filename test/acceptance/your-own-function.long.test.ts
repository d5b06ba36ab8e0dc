/**
 * docs/your-own-function.md and examples/README.md, as they are: their files and commands, in an empty folder, with the
 * package as npm packs it and the other packages from the registry. Where there is a kubectl, test/kubectl has the first one
 * in the sandbox's shell, word by word.
 */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deployments, make } from "./support/cluster.ts";
import { repositoryFile, run } from "./support/run.ts";
import { packedInto, stepsOf } from "./support/walkthrough.ts";
import { test, type World } from "./support/world.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
};

/** Runs the page's steps in a project, but for those of kubectl, and returns what its commands print. */
async function follow({ env: own, home }: World, file: string, project: string): Promise<readonly string[]> {
  const { typed, env } = await packedInto(home);
  const done: string[] = [];
  for (const step of await stepsOf(file)) {
    if ("path" in step) await writeFile(join(project, step.path), step.text);
    else if (!step.command.startsWith("kubectl ")) {
      const command = `cd ${project} && ${typed(step.command)}`;
      const { exit, stdout, stderr } = await run("/bin/sh", "", { ...own, ...env }, command);
      expect(exit, `${step.command}\n${stdout}${stderr}`).toBe(0);
      done.push(stdout + stderr);
    }
  }
  return done;
}

const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };

test("from nothing to a function in the cluster", { timeout: 300_000 }, async ({ world }) => {
  await world.fresh();
  const { backend, home } = world;
  await make(backend, "/api/v1/namespaces", shop);
  await make(backend, deployments("shop"), web);
  const project = join(home, "restart");
  await mkdir(join(project, "src"), { recursive: true });
  const done = await follow(world, "docs/your-own-function.md", project);
  expect(done).toHaveLength(9);
  const [, invoked = "", listed = ""] = done.slice(5);
  expect(invoked).toContain('{"name":"web","readyReplicas":2}');
  expect(listed).toContain("patch,list,watch deployments.apps @shop");
});

test("the examples, with their events", { timeout: 300_000 }, async ({ world }) => {
  await world.fresh();
  const project = join(world.home, "examples");
  await cp(repositoryFile("examples"), project, { recursive: true });
  await make(world.backend, "/api/v1/namespaces", shop);
  const done = await follow(world, "examples/README.md", project);
  expect(done.at(-1)).toContain('{"secret":"shop/db","restarted":[]}');
});
