/** Two stacks for one cluster, eight commands at a time, each killed at a random time: nothing is lost or left behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { make, putAwsAuth, rbac, readAwsAuth } from "../acceptance/support/cluster.ts";
import { words } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";

const atOnce = 8;
const wantedKills = 100;

const nodes = "# nodes\n- rolearn: arn:aws:iam::123456789012:role/nodes # all of them\n";
const stacks = [
  { user: "lambda", flags: "" },
  { user: "other", flags: "--stack other --function-name other --role-name other --rbac-name other --username other" },
] as const;
const command = (verb: "setup" | "teardown", flags: string) => `${verb} ${flags} --yes`;

/** Mulberry32. A failure prints the seed, which repeats the run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Resolves to `true` if the command was killed before it ended. */
async function killed({ env }: World, line: string, afterMs: number): Promise<boolean> {
  const child = spawn(join(env.PATH ?? "", "eks-lambda"), words(line), { env, stdio: "ignore" });
  const ended = once(child, "close");
  await Promise.race([ended, sleep(afterMs)]);
  child.kill("SIGKILL");
  const [exit] = await ended;
  return exit === null;
}

test("setup and teardown, killed at 100 moments", { timeout: 900_000 }, async ({ world }) => {
  const { backend, fresh, run } = world;
  const seed = Number(process.env.EKS_LAMBDA_SEED ?? Date.now());
  const random = randomFrom(seed);
  const succeeds = async (line: string) => {
    const { exit, stderr } = await run(line);
    expect(exit, `seed ${seed}: ${line}\n${stderr}`).toBe(0);
  };
  await fresh();
  await putAwsAuth(backend, { mapRoles: nodes });

  // How long a whole setup takes on this machine when it runs alone. Eight at a time take longer, so most are killed.
  const began = performance.now();
  for (const { flags } of stacks) await succeeds(command("setup", flags));
  const longest = performance.now() - began;

  let kills = 0;
  while (kills < wantedKills) {
    const storm = Array.from({ length: atOnce }, (_, at) => {
      const verb = random() < 0.6 ? "setup" : "teardown";
      return killed(world, command(verb, stacks[at % 2 === 0 ? 0 : 1].flags), random() * longest);
    });
    kills += (await Promise.all(storm)).filter(Boolean).length;
  }

  for (const { flags } of stacks) await succeeds(command("setup", flags));
  for (const { user, flags } of stacks) {
    expect(await rights(world, user), `seed ${seed}`).toEqual({ create: true, list: false, delete: false });
    const { stdout } = await run(`${command("setup", flags)} --json`);
    const { changes } = JSON.parse(stdout) as { changes: readonly { action: string }[] };
    expect(new Set(changes.map(({ action }) => action)), `seed ${seed}: ${stdout}`).toEqual(new Set(["unchanged"]));
  }
  expect((await readAwsAuth(backend))?.mapRoles?.startsWith(nodes), `seed ${seed}`).toBe(true);

  for (const { flags } of stacks) await succeeds(command("teardown", flags));
  expect(await readAwsAuth(backend), `seed ${seed}`).toEqual({ mapRoles: nodes });
  expect(await ours(world), `seed ${seed}`).toEqual([]);
});

/** Returns what a user may do with Deployments in the namespace, according to the API server. */
async function rights({ backend }: World, user: string) {
  const may = async (verb: string) => {
    const resourceAttributes = { group: "apps", resource: "deployments", verb, namespace: "default" };
    const spec = { user, groups: ["system:authenticated"], resourceAttributes };
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
    return (await make(backend, path, review)).body.status.allowed;
  };
  return { create: await may("create"), list: await may("list"), delete: await may("delete") };
}

/** Roles and RoleBindings that carry our label. */
async function ours({ backend }: World): Promise<readonly string[]> {
  const lists = ["roles", "rolebindings"].map((kind) => backend.kube("GET", rbac(kind)));
  const items = (await Promise.all(lists)).flatMap(({ body }) => body.items);
  return items
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/managed-by"] === "eks-lambda")
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}
