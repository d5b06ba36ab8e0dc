/** `kill -9` after each write and each file change: running the command again gives the same result as an undisturbed run. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deployments, make, putAwsAuth, rbac } from "../acceptance/support/cluster.ts";
import { othersKubeconfig } from "../acceptance/support/kubeconfig.ts";
import { ownerMarks } from "../acceptance/support/names.ts";
import { preloading } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { stateOf } from "./support/state.ts";

/** Objects that existed before and belong to others. */
async function given({ backend, home, fresh, names }: World): Promise<void> {
  await fresh();
  await putAwsAuth(backend, { mapRoles: `# nodes\n- rolearn: arn:aws:iam::${names.account}:role/nodes\n` });
  await mkdir(join(home, ".kube"));
  await writeFile(join(home, ".kube/config"), othersKubeconfig, { mode: 0o600 });
}

/** Not the default, so that a step that ignores it fails. It exists already, which saves time. */
const namespace = "kube-public";
const setup = `setup --namespace ${namespace} --username creator --yes`;
const teardown = "teardown --workloads --yes";

/** As the function would have made it. */
const deployment = ({ names }: World) => ({
  metadata: { name: "web", ...ownerMarks(names) },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: "demo" } },
    template: { metadata: { labels: { app: "demo" } }, spec: { containers: [{ name: "web", image: "nginx:1.12" }] } },
  },
});

test("setup", { timeout: 600_000 }, async ({ world }) => {
  const points = await killEverywhere(world, setup, () => given(world));
  expect(points).toEqual(
    expect.arrayContaining([
      "CreateChangeSet",
      "ExecuteChangeSet",
      "PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth",
      `POST ${rbac("roles", namespace)}`,
      `POST ${rbac("rolebindings", namespace)}`,
      "rename",
    ]),
  );
});

test("teardown", { timeout: 600_000 }, async ({ world }) => {
  const points = await killEverywhere(world, teardown, async () => {
    await given(world);
    expect(await world.run(setup)).toMatchObject({ exit: 0 });
    await make(world.backend, deployments(namespace), deployment(world));
  });
  expect(points).toEqual(
    expect.arrayContaining([
      "rename",
      `DELETE ${rbac("rolebindings", namespace)}/lambda-create-deployments`,
      `DELETE ${rbac("roles", namespace)}/lambda-create-deployments`,
      "PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth",
      `DELETE ${deployments(namespace)}/web`,
      "DeleteStack",
    ]),
  );
});

test("setup, and then teardown", { timeout: 600_000 }, async ({ world }) => {
  await killEverywhere(world, setup, () => given(world), teardown);
});

/** Returns the points at which the command was killed. Each run starts from a new state, and `again` runs after it. */
async function killEverywhere(world: World, command: string, begin: () => Promise<void>, again = command) {
  await begin();
  for (const one of new Set([command, again])) expect(await world.run(one)).toMatchObject({ exit: 0 });
  const undisturbed = await stateOf(world);
  const points: string[] = [];
  for (;;) {
    await begin();
    const env = { ...preloading("test/e2e/support/kill-at.mjs"), KILL_AT: String(points.length + 1) };
    const killed = await world.run(command, { env });
    if (killed.exit === 0) break;
    const point = /\nkilled after (.+)\n$/.exec(killed.stderr)?.[1] ?? "";
    expect({ point, killed }).toMatchObject({ point: expect.stringMatching(/./), killed: { exit: null } });
    const { exit, stderr } = await world.run(again);
    expect(exit, `killed after ${point}: ${stderr}`).toBe(0);
    expect(await stateOf(world), `killed after ${point}`).toEqual(undisturbed);
    points.push(point);
  }
  process.stderr.write(`${command}: killed at ${points.length} points, then ${again}\n`);
  return points;
}
