/** When an access entry maps the role, aws-auth and the right to read it do not matter. */
import { expect } from "vitest";
import { makeEntry } from "./support/aws.ts";
import { grant, putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { as } from "./support/names.ts";
import { test, type World } from "./support/world.ts";

const invalid = '- rolearn: "arn:aws:iam::123456789012:role/nodes\n';
const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig";

async function worked({ run }: World, command: string, env = {}): Promise<string> {
  const { exit, stderr, stdout } = await run(command, { env });
  expect(exit, stderr).toBe(0);
  return stderr + stdout;
}

test("in mode API, setup and teardown work without rights on aws-auth, whatever its content", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: invalid });
  await backend.describe(names.cluster, { authenticationMode: "API" });
  // All rights except on ConfigMaps.
  const [all, groups] = [["*"], ["rbac.authorization.k8s.io", "apps", "authorization.k8s.io"]];
  await grant(backend, "deployer", [{ apiGroups: groups, resources: all, verbs: all }]);
  const credentials = await backend.assumeRole("deployer");
  await makeEntry(world, { principalArn: `arn:aws:iam::${names.account}:role/deployer`, username: "deployer" });
  for (const command of [setup, "invoke", "doctor", setup, teardown])
    expect(await worked(world, command, as(credentials))).not.toContain("aws-auth ");
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: invalid });
});

test("in the mixed mode, an invalid aws-auth is a warning", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: invalid });
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  const said = await worked(world, setup);
  expect(said).toMatch(/= aws-auth +kube-system\/aws-auth +kept: it is not valid\n +warning: setup did not search it/);
  expect(said).toMatch(/warning: setup did not search aws-auth for other roles with the username "lambda"/);
  await worked(world, "invoke");
  await worked(world, "doctor");
  expect(await worked(world, teardown)).toMatch(/= aws-auth .*kept: it is not valid/);
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: invalid });
});

test("in the mixed mode by aws-auth, it is refused", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: invalid });
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  expect(await run(`${setup} --access aws-auth`)).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("(AwsAuthInvalid)"),
  });
});
