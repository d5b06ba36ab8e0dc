/** States of the world in which things go wrong. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { ClusterDescription } from "../backend.ts";
import { configureFunction } from "../support/aws.ts";
import { type AwsAuth, grant, type PolicyRule, putAwsAuth } from "../support/cluster.ts";
import { as } from "../support/names.ts";
import { preloading } from "../support/run.ts";
import type { World } from "../support/world.ts";
import type { Refusal } from "./refusal.ts";

type Given = NonNullable<Refusal["given"]>;

export const setup: Refusal["command"] = ({ cluster }) => `setup --cluster ${cluster} --yes`;
export const invoke: Refusal["command"] = ({ cluster }) => `invoke --cluster ${cluster}`;

/** One after the other; what they add to the environment comes together. */
export const all =
  (...givens: readonly Given[]): Given =>
  async (world) => {
    let env = {};
    for (const given of givens) env = { ...env, ...(await given(world)) };
    return env;
  };

export const described =
  (description: ClusterDescription): Given =>
  async ({ backend }) =>
    void (await backend.describe(backend.cluster.name, description));

export const alreadySetUp: Given = async ({ run, names }) => {
  const { exit, stderr } = await run(`${setup(names)} --no-kubeconfig`);
  expect(exit, stderr).toBe(0);
  return undefined;
};

/** Set up with these flags. */
export const allowing =
  (flags: string): Given =>
  async ({ run, names }) => {
    const { exit, stderr } = await run(`${setup(names)} --no-kubeconfig ${flags}`);
    expect(exit, stderr).toBe(0);
    return undefined;
  };

export const awsAuth =
  (data: (names: World["names"]) => AwsAuth): Given =>
  async ({ backend, names }) =>
    void (await putAwsAuth(backend, data(names)));

/** Before each of these requests that the command sends, someone else does `act`; at most so many times. */
export const heldBefore =
  (request: string, act: (world: World) => Promise<unknown>, times = 1): Given =>
  async (world) => {
    const held = join(world.home, "held");
    await mkdir(held);
    const meddle = async () => {
      for (let n = 1; n <= times; n++) {
        await expect.poll(() => readdir(held)).toContain(`${n}`);
        await act(world);
        await writeFile(join(held, `${n}.go`), "");
      }
    };
    void meddle();
    return { ...preloading("test/acceptance/support/children/hold-request.mjs"), HOLD: held, HOLD_BEFORE: request };
  };

const awsAuthPath = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

/**
 * The command tries to write aws-auth so often, and somebody else writes it before each of the first attempts. Its
 * pauses are short.
 */
export const starved =
  ({ attempts, lost }: { readonly attempts: number; readonly lost: number }): Given =>
  async (world) => {
    let count = 0;
    const write = async ({ backend }: World) => {
      if (++count > lost) return;
      const body = { data: { mapUsers: `# write ${count}\n[]\n` } };
      await backend.kube("PATCH", awsAuthPath, { contentType: "application/merge-patch+json", body });
    };
    const held = await heldBefore(`PATCH ${awsAuthPath}`, write, attempts)(world);
    const short = preloading("test/acceptance/support/children/short-waits.mjs");
    return { ...held, NODE_OPTIONS: `${held?.NODE_OPTIONS} ${short.NODE_OPTIONS}` };
  };

/** EKS refuses each role so often. The command's pauses for that are short. */
export const refusedRoles =
  (times: number): Given =>
  async ({ backend }) => {
    backend.faults.refuseNewRoles(times);
    const short = preloading("test/acceptance/support/children/short-waits.mjs");
    return { ...short, SHORT_WAITS: "2000 4000 8000 16000 32000 64000" };
  };

export const environment =
  (env: Readonly<Record<string, string | undefined>>): Given =>
  async () =>
    env;

export const awsConfig =
  (text: string): Given =>
  async ({ home }) => {
    await mkdir(join(home, ".aws"), { recursive: true });
    await writeFile(join(home, ".aws/config"), text);
    return undefined;
  };

export const wroteKubeconfig =
  (text: string): Given =>
  async ({ home }) => {
    await mkdir(join(home, ".kube"), { recursive: true });
    await writeFile(join(home, ".kube/config"), text);
    return undefined;
  };

/** This computer's clock is slow. */
export const slowClock = (minutes: number): Given =>
  environment({ ...preloading("test/acceptance/support/children/slow-clock.mjs"), CLOCK_SLOW: String(minutes) });

/** Somebody with a role `deployer`, who may do in the cluster what `rules` say. */
export const deployer =
  (...rules: readonly PolicyRule[]): Given =>
  async ({ backend, names }) => {
    const credentials = await backend.assumeRole("deployer");
    const entry = `- rolearn: arn:aws:iam::${names.account}:role/deployer\n  username: deployer\n`;
    await putAwsAuth(backend, { mapRoles: entry });
    await grant(backend, "deployer", rules);
    return as(credentials);
  };

/**
 * The function's next call comes from a new environment, with a token that the API server does not know: it remembers
 * those that it let in for minutes. Any change of the configuration does it; in a second of its own, for a token's time
 * is told in seconds.
 */
export const coldFunction: Given = async (world) => {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  return configured({ Description: "changed by hand" })(world);
};

/** The function's configuration, changed by hand. */
export const configured =
  (change: Parameters<typeof configureFunction>[1]): Given =>
  async (world) =>
    void (await configureFunction(world, change));

/** Waits until the API server knows: a change of RBAC reaches its authorizer a moment after its answer. */
export const known =
  (verb: string, allowed: boolean, what = { group: "apps", resource: "deployments" }): Given =>
  async ({ backend }) => {
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "lambda",
        groups: ["system:authenticated"],
        resourceAttributes: { ...what, verb, namespace: "default" },
      },
    };
    const answer = async () =>
      (await backend.kube("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body })).body.status.allowed;
    await expect.poll(answer).toBe(allowed);
    return undefined;
  };
