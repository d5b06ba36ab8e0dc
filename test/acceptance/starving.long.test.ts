/** Another writer changes aws-auth before each write of ours, and never pauses. */
import { expect } from "vitest";
import { putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";
import { starved } from "./troubleshooting/given.ts";

const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";
const setup = "setup --yes --no-kubeconfig";
const waits = "aws-auth kube-system/aws-auth: waiting for a pause of another writer of aws-auth\n";

async function starvedSetup(world: World, often: Parameters<typeof starved>[0]) {
  await world.fresh();
  await putAwsAuth(world.backend, { mapRoles: nodes });
  return world.run(setup, { env: (await starved(often)(world)) ?? {} });
}

test("setup backs off and says so, and gives way after 100 conflicts", async ({ world }) => {
  const { exit, stderr } = await starvedSetup(world, { attempts: 100, lost: 100 });
  expect(exit).toBe(1);
  expect(stderr).toContain(waits);
  expect(stderr.slice(stderr.search(/^error /m))).toBe(
    `error Operation cannot be fulfilled on configmaps "aws-auth": the object has been modified; please apply your changes to the latest version and try again (Conflict)
hint  someone else changed this object before each of 100 attempts: find out who writes to it, or wait until they are done, then run the command again
`,
  );
  expect(await readAwsAuth(world.backend)).toEqual({ mapRoles: nodes, mapUsers: "# write 100\n[]\n" });
  expect(await world.run(setup)).toMatchObject({ exit: 0 });
  expect(await world.run("invoke")).toMatchObject({ exit: 0 });
});

test("setup is done when the writer pauses before", async ({ world }) => {
  const { exit, stderr } = await starvedSetup(world, { attempts: 21, lost: 20 });
  expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.stringContaining(waits) });
  expect(await readAwsAuth(world.backend)).toEqual({
    mapRoles: `${nodes}- rolearn: ${world.names.roleArn}\n  username: lambda\n`,
    mapUsers: "# write 20\n[]\n",
  });
});
