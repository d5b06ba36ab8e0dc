/**
 * docs/your-own-function.md, as it is: its files and commands, in an empty folder, with the package as npm packs it and
 * the other packages from the registry.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { deployments, make } from "./support/cluster.ts";
import { repositoryFile, run } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const page = await readFile(repositoryFile("docs/your-own-function.md"), "utf8");

/** A file of the page, or a command, in the order of the page. */
type Step = { readonly path: string; readonly text: string } | { readonly command: string };

const steps: readonly Step[] = [...page.matchAll(/^<!-- file (\S+) -->\n\n```\w+\n(.*?)^```|^\$ ([^\n]+)$/gms)].map(
  ([, path, text = "", command]) => (path === undefined ? { command: command ?? "" } : { path, text }),
);

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

test("from nothing to a function in the cluster", { timeout: 300_000 }, async ({ world }) => {
  await world.fresh();
  const { backend, home } = world;
  await make(backend, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await make(backend, deployments("shop"), web);
  const project = join(home, "restart");
  await mkdir(join(project, "src"), { recursive: true });
  const shell = await shellIn(world, project);
  const done: string[] = [];
  for (const step of steps) {
    if ("path" in step) await writeFile(join(project, step.path), step.text);
    else done.push(await shell(step.command));
  }
  expect(done).toHaveLength(9);
  const [, invoked = "", listed = ""] = done.slice(5);
  expect(invoked).toContain('{"name":"web","readyReplicas":2}');
  expect(listed).toContain("patch,list,watch deployments.apps @shop");
});

/** Runs commands as a person in that folder: with a yes to each plan, and the versions that this repository has. */
async function shellIn({ env, home }: World, project: string) {
  const npm = async (...args: readonly string[]) => (await promisify(execFile)("npm", args)).stdout.trim();
  const [registry, cache, packed] = await Promise.all([
    npm("config", "get", "registry"),
    npm("config", "get", "cache"),
    npm("pack", repositoryFile(""), "--ignore-scripts", "--json", "--pack-destination", home),
  ]);
  const { devDependencies } = JSON.parse(await readFile(repositoryFile("package.json"), "utf8"));
  const versions: Readonly<Record<string, string>> = {
    ...devDependencies,
    "eks-lambda": join(home, JSON.parse(packed)[0].filename),
  };
  const exact = (command: string) =>
    command.replace(/(?<=^npm install .*)(?<= )[a-z-]+(?= |$)/g, (name) =>
      name === "eks-lambda" ? (versions[name] ?? "") : `${name}@${versions[name]}`,
    );
  return async (command: string): Promise<string> => {
    const asked = command.replace(/^npx eks-lambda (setup|teardown) .*/, "$& --yes");
    const { exit, stdout, stderr } = await run(
      "/bin/sh",
      "",
      {
        ...env,
        PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
        // As in a shell: the registry's certificate may be of a company's own CA.
        ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }),
        ...{ npm_config_registry: registry, npm_config_cache: cache, npm_config_prefer_offline: "true" },
        ...{ npm_config_update_notifier: "false", npm_config_audit: "false", npm_config_fund: "false" },
      },
      `cd ${project} && ${exact(asked)}`,
    );
    expect(exit, `${command}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  };
}
