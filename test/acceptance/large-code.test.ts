/** Functions whose code is larger than a template. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { test, type World } from "./support/world.ts";

const code = (text: string) =>
  `const { name } = require("node:path").parse(__filename);\nexports.handler = async () => [name, ${JSON.stringify(text)}.length];\n`;

/** The entry's file, in the folder of the world. */
async function entry({ home }: World, text: string): Promise<string> {
  const file = join(home, "large.cjs");
  await writeFile(file, code(text));
  return `--name large --entry ${file} --allow 'get pods' --yes --no-kubeconfig`;
}

test("code that a template has no room for is compressed in it", async ({ world }) => {
  await world.fresh();
  const flags = await entry(world, "0123456789".repeat(10_000));
  const first = await world.run(`setup ${flags}`);
  expect(first.exit, first.stderr).toBe(0);
  expect(first.stderr).toMatch(/\+ stack .*, 100\d{3} bytes of code, compressed/);
  expect(JSON.parse((await world.run("invoke --name large")).stdout)).toEqual(["index", 100_000]);
  const again = await world.run(`setup ${flags}`);
  expect([again.exit, again.stderr]).toEqual([0, expect.not.stringMatching(/^ {2}[+~-] /m)]);
});

test("so are all actions together", async ({ world }) => {
  await world.fresh();
  const allowed = [
    ...["create", "restart", "scale", "set-image", "undo", "status"].map((action) => `${action}:deployments`),
    ...["apply:configmaps", "delete:configmaps", "run-job:jobs"],
  ];
  const { exit, stderr } = await world.run(`setup --allow ${allowed.join(" ")} --yes --no-kubeconfig`);
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/\+ stack .*, \d{5} bytes of code, compressed/);
  const created = await world.run(`invoke create --set name=web`);
  expect(created.exit, created.stderr).toBe(0);
  const scaled = await world.run("invoke scale deployments/web --set replicas=3 --json");
  expect(scaled.exit, scaled.stderr).toBe(0);
  const refused = await world.run("invoke delete deployments/web");
  expect(refused.exit).toBe(1);
});
