/** aws-auth belongs to the cluster's owners. setup changes no byte of their text. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const configMaps = "/api/v1/namespaces/kube-system/configmaps";

const others = ({ account }: { account: string }) => `# Nodes last. Ask platform@ before you touch this.
-   { rolearn: "arn:aws:iam::${account}:role/ops", username: 'ops', groups: [ system:masters ] } # break glass

- groups:   # in this order
    - system:bootstrappers
    - system:nodes
  rolearn: arn:aws:iam::${account}:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  x-owner: platform
`;
const entry = ({ roleArn }: { roleArn: string }, username = "lambda") => `- rolearn: ${roleArn}
  username: ${username}
`;

/** setup's change for each aws-auth. The rows share one stack. */
test.for<readonly [string, (names: World["names"]) => string | undefined, (names: World["names"]) => string]>([
  ["makes the ConfigMap where there is none", () => undefined, entry],
  ["adds to the text that is there", others, (names) => others(names) + entry(names)],
  [
    "changes its own entry in place, in whatever case it is written",
    (names) => `${others(names)}- rolearn: ${names.roleArn.toUpperCase()} # by hand
  username: somebody
  x-ticket: OPS-1
# the end
`,
    (names) => `${others(names)}- rolearn: ${names.roleArn} # by hand
  username: lambda
  x-ticket: OPS-1
# the end
`,
  ],
  [
    "leaves an entry that is right as it is",
    (names) => `[{"rolearn": "${names.roleArn}", "username": "lambda"}]`,
    (names) => `[{"rolearn": "${names.roleArn}", "username": "lambda"}]`,
  ],
])("%s", async ([, before, after], { world }) => {
  const { backend, names, run } = world;
  const found = before(names);
  const data = {
    mapUsers: `- userarn: arn:aws:iam::${names.account}:user/eve # on leave\n  username: eve\n`,
    mapAccounts: `- "${names.account}"\n`,
  };
  if (found !== undefined) await putAwsAuth(backend, { ...data, mapRoles: found });
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
  expect(await readAwsAuth(backend)).toEqual({ ...(found !== undefined && data), mapRoles: after(names) });
});

test("others may write at the same time", async ({ world: { backend, names, run } }) => {
  await putAwsAuth(backend, { mapRoles: others(names) });
  const path = `${configMaps}/aws-auth`;
  const contentType = "application/merge-patch+json";
  let running = true;
  let count = 0;
  const writer = async () => {
    for (; running; count++) {
      await backend.kube("PATCH", path, { contentType, body: { data: { mapUsers: `# ${count}\n[]\n` } } });
      await sleep(20);
    }
  };
  const written = writer();
  const setup = run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`);
  const { exit } = await setup.finally(() => {
    running = false;
  });
  await written;
  expect(exit).toBe(0);
  expect(await readAwsAuth(backend)).toEqual({
    mapRoles: others(names) + entry(names),
    mapUsers: `# ${count - 1}\n[]\n`,
  });
});

describe("the plan rehearses the write", () => {
  const rehearsed = async ({ backend, run }: World, command: string) => {
    await backend.writes();
    const { exit, stderr } = await run(`${command} --dry-run --no-kubeconfig`);
    expect(exit, stderr).toBe(0);
    return (await backend.writes()).map(({ action }) => action).filter((action) => action.includes(configMaps));
  };
  const setUp = async ({ run }: World) => expect(await run("setup --yes --no-kubeconfig")).toMatchObject({ exit: 0 });

  test.for<readonly [string, (world: World) => Promise<unknown>, string, string]>([
    ["that makes aws-auth", async () => {}, "setup", `POST ${configMaps}`],
    [
      "that adds an entry",
      ({ backend, names }) => putAwsAuth(backend, { mapRoles: others(names) }),
      "setup",
      `PATCH ${configMaps}/aws-auth`,
    ],
    ["that deletes aws-auth", setUp, "teardown", `DELETE ${configMaps}/aws-auth`],
  ])("%s", async ([, given, command, write], { world }) => {
    await world.fresh();
    await given(world);
    expect(await rehearsed(world, command)).toEqual([`${write}?dryRun=All`]);
  });
});
