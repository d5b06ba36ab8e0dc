/** Clusters that know access entries: which way the cluster learns of the role, and what is in its way. */
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { describe, expect } from "vitest";
import type { ClusterDescription } from "./backend.ts";
import { associate, disassociate, eks, entryOf, makeEntry, stackStatus } from "./support/aws.ts";
import { deploymentNames, putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { preloading } from "./support/run.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

type Mode = NonNullable<ClusterDescription["authenticationMode"]>;

const others = "# nodes\n- rolearn: arn:aws:iam::123456789012:role/nodes\n";
const setup = "setup --yes --no-kubeconfig";

async function inMode({ backend, names, fresh }: World, mode: Mode): Promise<void> {
  await fresh();
  await putAwsAuth(backend, { mapRoles: others });
  await backend.describe(names.cluster, { authenticationMode: mode });
}

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return { stdout, stderr };
};
const ours = { username: "lambda", groups: [] };
const mapping = ({ names }: World) => `- rolearn: ${names.roleArn}\n  username: lambda\n`;
const mapRoles = async ({ backend }: World) => (await readAwsAuth(backend))?.mapRoles;

describe("access entries", () => {
  test.for([
    ["CONFIG_MAP", "", "aws-auth"],
    ["API_AND_CONFIG_MAP", "", "access-entry"],
    ["API", "", "access-entry"],
    ["API_AND_CONFIG_MAP", "--access aws-auth", "aws-auth"],
    ["CONFIG_MAP", "--enable-access-entries", "access-entry"],
    ["CONFIG_MAP", "--access access-entry --enable-access-entries", "access-entry"],
  ] as const)("in authentication mode %s, setup %s maps by %s", async ([mode, flags, method], { world }) => {
    await inMode(world, mode);
    const { stdout } = await worked(world, `${setup} --json ${flags}`);
    const { access, checks } = JSON.parse(stdout);
    expect({ access, checks }).toEqual({
      access: { method, username: "lambda" },
      checks: [
        { name: "may create deployments.apps @default", ok: true },
        { name: "may not list deployments.apps @default", ok: true },
      ],
    });
    expect({ entry: await entryOf(world), mapRoles: await mapRoles(world) }).toEqual(
      method === "aws-auth"
        ? { entry: undefined, mapRoles: others + mapping(world) }
        : { entry: ours, mapRoles: others },
    );
    const again = JSON.parse((await worked(world, `${setup} --json ${method === "aws-auth" ? flags : ""}`)).stdout);
    expect(new Set(again.changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
    await worked(world, 'invoke --event \'{"name":"web"}\'');
    expect(await deploymentNames(world)).toEqual(["web"]);
    await worked(world, "teardown --yes --no-kubeconfig");
    expect({ entry: await entryOf(world), mapRoles: await mapRoles(world) }).toEqual({
      entry: undefined,
      mapRoles: others,
    });
    expect(await stackStatus(world.backend, world.names.stack)).toBeUndefined();
  });

  describe("the authentication mode", () => {
    const mode = async (world: World) => {
      const { cluster } = await eks(world.backend).send(new DescribeClusterCommand({ name: world.names.cluster }));
      return cluster?.accessConfig?.authenticationMode;
    };

    test("is changed when that is asked for, and stays after teardown", async ({ world }) => {
      await inMode(world, "CONFIG_MAP");
      const { stderr } = await worked(world, `${setup} --enable-access-entries`);
      expect(stderr).toMatch(/~ access-mode +demo +access entries in addition to aws-auth; this cannot be undone/);
      await worked(world, "teardown --yes --no-kubeconfig");
      expect(await mode(world)).toBe("API_AND_CONFIG_MAP");
    });

    test("is never changed where nobody agreed", async ({ world }) => {
      await inMode(world, "CONFIG_MAP");
      await writesOf(world);
      expect(await world.run("setup --no-kubeconfig --enable-access-entries")).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining("(ConfirmationNeeded)"),
      });
      expect([await mode(world), await writesOf(world)]).toEqual(["CONFIG_MAP", []]);
    });

    test.for(["API_AND_CONFIG_MAP", "API"] as const)("stays %s where it is that already", async (given, { world }) => {
      await inMode(world, given);
      await worked(world, `${setup} --enable-access-entries`);
      expect(await mode(world)).toBe(given);
    });
  });

  describe("a new role that EKS does not know yet", () => {
    test("gets its entry as soon as EKS knows it, also after it is renamed", async ({ world }) => {
      const { backend, names } = world;
      await inMode(world, "API");
      backend.faults.refuseNewRoles(1);
      const { stderr } = await worked(world, setup);
      expect(stderr).toContain("EKS does not know the new role yet");
      expect(await entryOf(world)).toEqual(ours);
      await worked(world, "invoke");
      const renamed = await worked(world, `${setup} --role-name other`);
      expect(renamed.stderr).toContain("EKS does not know the new role yet");
      const principalArn = names.roleArn.replace(/[^/]+$/, "other");
      expect([await entryOf(world), await entryOf(world, principalArn)]).toEqual([undefined, ours]);
      await worked(world, "invoke");
    });
  });

  describe("from aws-auth to an access entry", () => {
    test("the mapping goes once the entry is proven to work", async ({ world }) => {
      const { backend, names } = world;
      await inMode(world, "CONFIG_MAP");
      await worked(world, setup);
      expect(await mapRoles(world)).toBe(others + mapping(world));
      await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
      await writesOf(world);
      const { stderr } = await worked(world, setup);
      expect(stderr).toMatch(/✔ stack .*\n.*✔ checks .*\n.*✔ aws-auth /s);
      expect({ entry: await entryOf(world), mapRoles: await mapRoles(world) }).toEqual({
        entry: ours,
        mapRoles: others,
      });
      expect((await writesOf(world)).at(-1)).toBe("kube PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth");
      await worked(world, "invoke");
    });

    test("and back again", async ({ world }) => {
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, setup);
      await worked(world, `${setup} --access aws-auth`);
      expect({ entry: await entryOf(world), mapRoles: await mapRoles(world) }).toEqual({
        entry: undefined,
        mapRoles: others + mapping(world),
      });
      await worked(world, "invoke");
    });
  });

  describe("an entry that somebody made for the role", () => {
    test("is used as it is when it maps to the same user, and is not taken away", async ({ world }) => {
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, `${setup} --access aws-auth`);
      await makeEntry(world, { username: "lambda" });
      await worked(world, `${setup} --access auto`);
      expect({ entry: await entryOf(world), mapRoles: await mapRoles(world) }).toEqual({
        entry: ours,
        mapRoles: others,
      });
      await worked(world, "invoke");
      await worked(world, "teardown --yes --no-kubeconfig");
      expect(await entryOf(world)).toEqual(ours);
    });

    test.for([
      ["maps to another user", {}, "access-entry"],
      ["gives it groups", { username: "lambda", kubernetesGroups: ["admins"] }, "access-entry"],
      ["overrides the mapping in aws-auth", { username: "web" }, "aws-auth"],
    ] as const)("%s: nothing is changed, and the remedy is told", async ([, made, method], { world }) => {
      const { names, run } = world;
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, `${setup} --access aws-auth`);
      await makeEntry(world, {
        ...made,
        kubernetesGroups: [...("kubernetesGroups" in made ? made.kubernetesGroups : [])],
      });
      await writesOf(world);
      const { exit, stderr } = await run(`${setup} --access ${method}`);
      expect({ exit, stderr }).toEqual({
        exit: 1,
        stderr: expect.stringMatching(
          new RegExp(
            `^error there is an access entry for ${names.roleArn} already, .* \\(AccessEntryNotOurs\\)\nhint {2}.*aws eks delete-access-entry --cluster-name ${names.cluster} --principal-arn ${names.roleArn} --region ${names.region}\n$`,
            "m",
          ),
        ),
      });
      expect(await writesOf(world)).toEqual([]);
    });

    test("is used only without access policies", async ({ world }) => {
      const { names, run } = world;
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, `${setup} --access aws-auth`);
      await makeEntry(world, { username: "lambda" });
      await associate(world, "AmazonEKSClusterAdminPolicy");
      await writesOf(world);
      const { exit, stderr } = await run(`${setup} --access auto`);
      expect({ exit, stderr }).toEqual({
        exit: 1,
        stderr: expect.stringMatching(
          new RegExp(
            `^error the access entry of ${names.roleArn} has the access policy AmazonEKSClusterAdminPolicy for the cluster: .* \\(RightsTooWide\\)\nhint .*\nhint {2}take AmazonEKSClusterAdminPolicy away: aws eks disassociate-access-policy --cluster-name ${names.cluster} --principal-arn ${names.roleArn} --policy-arn \\S+ --region ${names.region}\n$`,
            "m",
          ),
        ),
      });
      expect(await writesOf(world)).toEqual([]);
      await disassociate(world, "AmazonEKSClusterAdminPolicy");
      await worked(world, `${setup} --access auto`);
    });

    test("with access policies that the caller may not list, is found out by what the function may do", async ({
      world,
    }) => {
      const { backend, run } = world;
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, `${setup} --access aws-auth`);
      await makeEntry(world, { username: "lambda" });
      await associate(world, "AmazonEKSViewPolicy", { accessScope: { type: "namespace", namespaces: ["def*"] } });
      backend.faults.forbid("eks:ListAssociatedAccessPolicies");
      // The API server remembers the user of a token, which the function uses again unless it is started anew.
      await sleep(1000);
      const env = preloading("test/acceptance/support/children/fast-clock.mjs");
      const { exit, stderr } = await run(`${setup} --access auto --memory 512`, { env });
      expect(stderr).toContain("warning: could not check whether the access entry has access policies");
      expect({ exit, stderr }).toEqual({
        exit: 1,
        stderr: expect.stringMatching(/failed its checks: may not list deployments\.apps @default .*\(ChecksFailed\)/),
      });
    });

    test("is dead after the role is made again, and is told as such", async ({ world }) => {
      const { run } = world;
      await inMode(world, "API_AND_CONFIG_MAP");
      await worked(world, `${setup} --access aws-auth`);
      await makeEntry(world, { username: "lambda" });
      await worked(world, "teardown --yes --no-kubeconfig");
      const refused = { exit: 1, stderr: expect.stringMatching(/earlier role of that name \(AccessEntryNotOurs\)/) };
      expect(await run(setup), "before the role is made").toMatchObject(refused);
    });
  });

  test("an access policy that somebody gave our entry is named by doctor, and taken away by setup", async ({
    world,
  }) => {
    const { run } = world;
    await inMode(world, "API");
    await worked(world, setup);
    await associate(world, "AmazonEKSEditPolicy", {
      accessScope: { type: "namespace", namespaces: ["shop", "dev-*"] },
    });
    expect(await run("doctor")).toMatchObject({
      exit: 1,
      stdout: expect.stringMatching(/AmazonEKSEditPolicy in shop and dev-\*.* \(RightsTooWide\)/),
    });
    const { stderr } = await worked(world, setup);
    expect(stderr).toContain("the access entry was given the access policy AmazonEKSEditPolicy in shop and dev-*");
    expect((await worked(world, "doctor")).stdout).not.toContain("AmazonEKSEditPolicy");
    await worked(world, "invoke");
  });

  describe("a user that others have", () => {
    const other = ({ names }: World) => `arn:aws:iam::${names.account}:role/other`;
    const entryOfOther = async (world: World) => {
      await world.backend.assumeRole("other");
      await makeEntry(world, { principalArn: other(world), username: "lambda" });
    };
    const mappingOfOther = (world: World) =>
      putAwsAuth(world.backend, { mapRoles: `- rolearn: ${other(world)}\n  username: lambda\n` });

    test.for<readonly [string, Mode, string, (world: World) => Promise<unknown>]>([
      ["by an access entry", "API", "", entryOfOther],
      ["by an access entry, where setup maps by aws-auth", "API_AND_CONFIG_MAP", " --access aws-auth", entryOfOther],
      ["by aws-auth, where setup maps by access entry", "API_AND_CONFIG_MAP", "", mappingOfOther],
    ])("%s, is refused before anything is made", async ([, mode, flags, given], { world }) => {
      await inMode(world, mode);
      await given(world);
      await writesOf(world);
      const { exit, stderr } = await world.run(`${setup}${flags}`);
      expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
        exit: 1,
        error: `error the Kubernetes user "lambda" also belongs to ${other(world)}, who would get the function's rights (UsernameTaken)
hint  choose another with --username, or continue with --share-username
`,
      });
      expect(await writesOf(world)).toEqual([]);
      await worked(world, `${setup}${flags} --share-username`);
    });

    test("by aws-auth, is free where the cluster does not read it", async ({ world }) => {
      await inMode(world, "API");
      await mappingOfOther(world);
      await worked(world, setup);
    });

    test("is refused to a second stack for the cluster", async ({ world }) => {
      await inMode(world, "API");
      await worked(world, setup);
      const second = `${setup} --stack B --function-name fb --role-name rb --rbac-name rb`;
      const { exit, stderr } = await world.run(second);
      expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
        exit: 1,
        error: `error the Kubernetes user "lambda" already has other rights, by rolebinding lambda-create-deployments in default, of the stack ${world.names.account}/${world.names.region}/${world.names.stack}
      the Kubernetes user "lambda" also belongs to ${world.names.roleArn}, who would get the function's rights (UsernameTaken)
hint  choose another user with --username, or continue with --share-username if the functions are to share it
hint  choose another with --username, or continue with --share-username
`,
      });
      await worked(world, `${second} --username ub`);
      await worked(world, "teardown --yes --no-kubeconfig --stack B");
      await worked(world, "invoke");
    });
  });

  test("a role of the same name in another account is another to doctor", async ({ world }) => {
    await inMode(world, "API");
    await worked(world, setup);
    const elsewhere = world.names.roleArn.replace(world.names.account, "999999999999");
    expect(await world.run(`doctor --role ${elsewhere}`)).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining(`✖ mapping      the cluster has no mapping for ${elsewhere}`),
    });
  });

  test("a user that begins as EKS's own do is refused", async ({ world }) => {
    await inMode(world, "API");
    for (const prefix of ["system", "eks", "aws", "amazon", "iam"])
      expect(await world.run(`${setup} --username ${prefix}:lambda`)).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining("not begin with system:, eks:, aws:, amazon: or iam: (InvalidFlag)"),
      });
  });
});
