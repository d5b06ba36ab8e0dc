/** `kill -9` after each single answer, and after each change of a file: the same command again ends as if undisturbed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import { make, putAwsAuth } from "../acceptance/support/cluster.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { stateOf } from "./support/state.ts";

const preload = pathToFileURL(repositoryFile("test/e2e/support/kill-at.mjs"));

/** What was there before, and is others'. */
async function given({ backend, home, fresh, names }: World): Promise<void> {
  await fresh();
  await putAwsAuth(backend, { mapRoles: `# nodes\n- rolearn: arn:aws:iam::${names.account}:role/nodes\n` });
  await make(backend, "/api/v1/namespaces", { metadata: { name: "web" } });
  await mkdir(join(home, ".kube"));
  await writeFile(join(home, ".kube/config"), "# mine\napiVersion: v1\nkind: Config\n");
}

const setup = "setup --namespace web --username creator --yes";
const teardown = "teardown --workloads --yes";

test("setup", { timeout: 240_000 }, async ({ world }) => {
  const points = await killEverywhere(world, setup, () => given(world));
  expect(points).toEqual(
    expect.arrayContaining([
      "CreateChangeSet",
      "ExecuteChangeSet",
      "PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth",
      "POST /apis/rbac.authorization.k8s.io/v1/namespaces/web/roles",
      "POST /apis/rbac.authorization.k8s.io/v1/namespaces/web/rolebindings",
      "rename",
    ]),
  );
});

test("teardown", { timeout: 240_000 }, async ({ world }) => {
  const points = await killEverywhere(world, teardown, async () => {
    await given(world);
    expect(await world.run(setup)).toMatchObject({ exit: 0 });
    expect(await world.run('invoke --event \'{"name":"web"}\'')).toMatchObject({ exit: 0 });
  });
  expect(points).toEqual(
    expect.arrayContaining([
      "rename",
      "DELETE /apis/rbac.authorization.k8s.io/v1/namespaces/web/rolebindings/lambda-create-deployments",
      "DELETE /apis/rbac.authorization.k8s.io/v1/namespaces/web/roles/lambda-create-deployments",
      "PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth",
      "DELETE /apis/apps/v1/namespaces/web/deployments/web",
      "DeleteStack",
    ]),
  );
});

/** Returns the points at which it was killed, each time from a new beginning. */
async function killEverywhere(world: World, command: string, begin: () => Promise<void>): Promise<readonly string[]> {
  await begin();
  expect(await world.run(command)).toMatchObject({ exit: 0 });
  const undisturbed = await stateOf(world);
  const points: string[] = [];
  for (;;) {
    await begin();
    const env = { NODE_OPTIONS: `--import=${preload}`, KILL_AT: String(points.length + 1) };
    const killed = await world.run(command, { env });
    if (killed.exit === 0) break;
    const point = /\nkilled after (.+)\n$/.exec(killed.stderr)?.[1] ?? "";
    expect({ point, killed }).toMatchObject({ point: expect.stringMatching(/./), killed: { exit: null } });
    const { exit, stderr } = await world.run(command);
    expect(exit, `killed after ${point}: ${stderr}`).toBe(0);
    expect(await stateOf(world), `killed after ${point}`).toEqual(undisturbed);
    points.push(point);
  }
  return points;
}
