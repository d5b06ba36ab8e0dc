/** No secret is shown, logged, stored or passed on: not on a screen, in a log or in a process list. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Credentials } from "./backend.ts";
import { putAwsAuth } from "./support/cluster.ts";
import { as, credentialsOf } from "./support/names.ts";
import { test, type World } from "./support/world.ts";

/** A caller with a session token, whom the cluster knows as its administrator. */
async function given({ backend, names, fresh }: World): Promise<Credentials> {
  await fresh();
  const credentials = await backend.assumeRole("operator");
  await putAwsAuth(backend, {
    mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/operator\n  username: operator\n  groups: [system:masters]\n`,
  });
  return credentials;
}

const working = [
  "setup --dry-run",
  "setup --yes",
  "setup --yes --json --username creator",
  "invoke",
  `invoke --event '{"action":"check"}' --json`,
  "invoke --local",
  "doctor",
  "doctor --json",
  "aws-auth restore",
  "aws-auth restore LATEST --yes",
  "teardown --dry-run",
  "teardown --workloads --yes",
];
const failing = [
  "setup --cluster other --yes",
  "setup --yes --namespace nowhere",
  "setup --yes --rbac-name Wrong",
  "setup --yes --context nowhere",
  "invoke --event '{\"image\":1}'",
  `invoke --event '{"namespace":"nowhere"}'`,
  `invoke --event '{"name":"web"}' --function nothing`,
  "doctor --role arn:aws:iam::123456789012:role/nobody",
  "aws-auth restore yesterday --yes",
  "teardown --yes --context nowhere",
];
/** Fail where the caller is unknown to AWS or to the cluster. */
const refused = ["setup --yes", "invoke", "invoke --local", "doctor", "aws-auth restore 2025 --yes", "teardown --yes"];

test("with --verbose, of all commands, those that work and those that fail", { timeout: 240_000 }, async ({
  world,
}) => {
  const { backend, home, run } = world;
  const operator = await given(world);
  const unmapped = await backend.assumeRole("stranger");
  const wrong = { ...operator, secretAccessKey: `${operator.secretAccessKey.slice(0, -6)}Wrong/` };
  const callers = [operator, unmapped, wrong, credentialsOf(backend)];
  const secrets = callers.flatMap(({ secretAccessKey, sessionToken = secretAccessKey }) => [
    ...[secretAccessKey, sessionToken].flatMap((one) => [one, encodeURIComponent(one)]),
  ]);
  const hidden = ["k8s-aws-v1.", "X-Amz-Signature", ...secrets];
  const shown = (where: string, text: string) =>
    expect({ where, shown: hidden.filter((secret) => text.includes(secret)) }).toEqual({ where, shown: [] });

  const watching = watch(home);
  async function type(command: string, credentials: Credentials) {
    const { exit, stdout, stderr } = await run(`${command} --verbose`, { env: as(credentials) });
    shown(command, stdout + stderr);
    return { command, exit, stdout, stderr };
  }
  for (const command of working) {
    const latest = command.includes("LATEST") ? (await run("aws-auth restore")).stdout.split("\n")[0] : "";
    const { exit, stderr } = await type(command.replace("LATEST", latest ?? ""), operator);
    expect({ command, exit, stderr }).toMatchObject({ exit: 0 });
    await unreadable();
  }
  expect(await type("setup --yes", operator)).toMatchObject({ exit: 0 });
  for (const command of failing) {
    const { exit } = await type(command, operator);
    expect({ command, exit }).toEqual({ command, exit: expect.toBeOneOf([1, 2]) });
  }
  for (const credentials of [unmapped, wrong]) for (const command of refused) await type(command, credentials);
  await unreadable();
  const { stderr, stdout } = await run("token --verbose", { env: as(operator) });
  expect(JSON.parse(stdout).status.token).toMatch(/^k8s-aws-v1\./);
  shown("stderr of token", stderr);

  const titles = await watching();
  expect(titles.length).toBeGreaterThan(0);
  shown("process titles", titles.join("\n"));

  /** Kubeconfig, backups, and whatever else is at home. */
  async function unreadable() {
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) shown(entry.name, await readFile(join(entry.parentPath, entry.name), "utf8"));
  }
});

/** Looks again and again at the titles of this home's processes; returns those that were seen. */
function watch(home: string): () => Promise<readonly string[]> {
  const seen = new Set<string>();
  let ended = false;
  const look = async () => {
    while (!ended) {
      const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      await Promise.all(
        processes.map(async (id) => {
          const [title, environment] = await Promise.all(
            ["cmdline", "environ"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")),
          );
          if (title && environment?.includes(`HOME=${home}\0`)) seen.add(title.replaceAll("\0", " "));
        }),
      );
      await sleep(25);
    }
  };
  const looking = look();
  return async () => {
    ended = true;
    await looking;
    return [...seen];
  };
}
