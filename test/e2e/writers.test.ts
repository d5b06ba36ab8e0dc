/** Fifty writers change aws-auth at once, half of them this tool, half people with an editor. No entry is lost. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { putAwsAuth, readAwsAuth } from "../acceptance/support/cluster.ts";
import { preloading } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";

const awsAuth = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
const numbers = Array.from({ length: 25 }, (_, at) => at + 1);

const given = `# The nodes. Do not touch!
- rolearn: arn:aws:iam::123456789012:role/nodes # all of them
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]

# People
`;
const edited = (n: number) => `# asked for by team ${n}
- rolearn: arn:aws:iam::123456789012:role/team-${n}   # editor ${n}
  username: team-${n}
`;

const flags = (n: number) =>
  `--stack writer-${n} --function-name writer-${n} --role-name writer-${n} --rbac-name writer-${n} --username writer-${n}`;

test("50 writers at once", { timeout: 240_000 }, async ({ world }) => {
  const { backend, run } = world;
  await putAwsAuth(backend, { mapRoles: given });

  await backend.writes();
  const refused = await atOnce(world, (n) => `setup ${flags(n)} --no-kubeconfig --yes`, add);
  // All have read the same version: in each half, at most one write succeeds.
  const patches = (await backend.writes()).filter(({ action }) => action === `PATCH ${awsAuth}`);
  expect(patches.length).toBeGreaterThanOrEqual(numbers.length + numbers.length - 1);
  expect(refused).toBeGreaterThanOrEqual(numbers.length - 1);
  const { mapRoles = "" } = (await readAwsAuth(backend)) ?? {};
  const writers = numbers.map((n) => ({ rolearn: arn(`writer-${n}`), username: `writer-${n}` }));
  const teams = numbers.map((n) => ({ rolearn: arn(`team-${n}`), username: `team-${n}` }));
  expect(sorted(parse(mapRoles).slice(1))).toEqual(sorted([...writers, ...teams]));
  expect(mapRoles.startsWith(given)).toBe(true);
  for (const n of numbers) expect(mapRoles).toContain(edited(n));

  await atOnce(world, (n) => `teardown ${flags(n)} --no-kubeconfig --yes`, take);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: given });
  expect((await run("aws-auth restore")).stdout.trim().split("\n")).toHaveLength(20);
});

const arn = (role: string) => `arn:aws:iam::123456789012:role/${role}`;
const sorted = (entries: readonly { rolearn: string }[]) =>
  entries.toSorted((a, b) => (a.rolearn < b.rolearn ? -1 : 1));
const add = (text: string, n: number) => text + edited(n);
const take = (text: string, n: number) => text.replace(edited(n), "");

/** Starts the editors after all commands have read and before one has written. Returns how often an editor was refused. */
async function atOnce(world: World, command: (n: number) => string, edit: typeof add): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-hold-"));
  try {
    const env = { ...preloading("test/acceptance/support/children/hold.mjs"), HOLD: folder };
    const ours = numbers.map((n) => world.run(command(n), { env }));
    await expect.poll(() => readdir(folder), { timeout: 120_000, interval: 100 }).toHaveLength(numbers.length);
    const others = numbers.map((n) => editor(world, (text) => edit(text, n)));
    await writeFile(join(folder, "go"), "");
    for (const { exit, stderr } of await Promise.all(ours)) expect(exit, stderr).toBe(0);
    return (await Promise.all(others)).reduce((sum, refused) => sum + refused, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A person reads the text, changes it by hand and writes it back. A refused write starts again with reading. */
async function editor({ backend }: World, edit: (text: string) => string): Promise<number> {
  for (let refused = 0; ; refused++) {
    const { body } = await backend.kube("GET", awsAuth);
    const data = { ...body.data, mapRoles: edit(body.data.mapRoles) };
    const { status } = await backend.kube("PUT", awsAuth, { body: { ...body, data } });
    if (status === 200) return refused;
    expect(status).toBe(409);
  }
}
