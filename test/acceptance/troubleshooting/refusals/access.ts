/** What the cluster forbids the caller, and objects in it that belong to someone else. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { associate, makeEntry } from "../../support/aws.ts";
import { denyUser, make, type PolicyRule, putAwsAuth, rbac } from "../../support/cluster.ts";
import { as } from "../../support/names.ts";
import { preloading } from "../../support/run.ts";
import type { World } from "../../support/world.ts";
import { all, alreadySetUp, awsAuth, deployer, described, refusedRoles, setup, slowClock, starved } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const configMaps = (...verbs: readonly string[]): PolicyRule => ({ apiGroups: [""], resources: ["configmaps"], verbs });
const rbacObjects: PolicyRule = {
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["roles", "rolebindings", "clusterrolebindings"],
  verbs: ["get", "list", "create", "patch"],
};
const createDeployments: PolicyRule = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] };

const binding = (name: string, role: string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "lambda" }],
});
const giveBinding =
  (name: string, role: string) =>
  async ({ backend }: World) =>
    void (await make(backend, rbac("rolebindings", "default"), binding(name, role)));

/** Somebody made an access entry for our role, which is no more: the next one of its name is another. */
const oldEntry = all(described({ authenticationMode: "API_AND_CONFIG_MAP" }), async (world) => {
  const { run, names } = world;
  for (const command of [`${setup(names)} --no-kubeconfig --access aws-auth`, "teardown --yes --no-kubeconfig"]) {
    if (command.startsWith("teardown")) await makeEntry(world, { username: "lambda" });
    const { exit, stderr } = await run(command);
    expect(exit, stderr).toBe(0);
  }
  return undefined;
});

const keptAt = "2026-01-02T03-04-05.000Z";

/** A text of aws-auth that a run has kept. */
async function keepText({ names, home }: World, mapRoles: string): Promise<void> {
  const place = `${names.account}-${names.region}-${names.cluster}`;
  const folder = join(home, ".local/state/eks-lambda/aws-auth", place);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${keptAt}.json`), JSON.stringify({ name: keptAt, mapRoles }));
}

/** The command that restores a text is held before it writes, and someone else writes. */
const changedMeanwhile = async (world: World) => {
  const { backend, home } = world;
  const held = join(home, "held");
  await Promise.all([keepText(world, "# of January\n"), mkdir(held)]);
  await putAwsAuth(backend, { mapRoles: "# of today\n" });
  const write = async () => {
    await expect.poll(() => readdir(held)).not.toEqual([]);
    await putAwsAuth(backend, { mapRoles: "# of someone else\n" });
    await writeFile(join(held, "go"), "");
  };
  void write();
  return { ...preloading("test/acceptance/support/children/hold.mjs"), HOLD: held };
};

const ciArn = ({ account }: World["names"]) => `arn:aws:iam::${account}:role/ci`;
const grant = (names: World["names"]) =>
  `grant --cluster ${names.cluster} --role ${ciArn(names)} --allow 'get,list pods @default'`;

export const access: readonly Refusal[] = [
  {
    code: "Unauthorized",
    when: "the cluster does not know who runs the command",
    given: async ({ backend }) => as(await backend.assumeRole("stranger")),
    command: setup,
    why: "AWS lets you describe the cluster, but the cluster has no mapping for your identity. Only the identity that created the cluster needs none.",
    fix: "`aws sts get-caller-identity` shows who you are. Ask an administrator to map that role, or use a role that is mapped.",
    doctor: "caller Unauthorized",
  },
  {
    code: "ClockSkew",
    when: "this computer's clock is slow",
    given: slowClock(20),
    command: setup,
    why: "A token carries the time of its signature and is valid for 15 minutes. Calls to AWS still work, because the SDK corrects the time from an answer.",
    fix: "Set the clock: `timedatectl set-ntp true`; in WSL `sudo hwclock -s`.",
    doctor: "token ClockSkew",
    tidy: (text) => text.replace(/\b(1199|1201) s behind/g, "1200 s behind"),
  },
  {
    code: "Forbidden",
    when: "you may not read aws-auth",
    given: deployer(rbacObjects, createDeployments),
    command: setup,
    why: "Kubernetes knows you, but no Role gives you the right that the message names.",
    fix: "Get the rules of [permissions.md](permissions.md), bound to your user. Doctor does not report a link as broken if you only lack the right to look at it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "Forbidden",
    when: "you may read aws-auth but not change it",
    given: deployer(rbacObjects, configMaps("get"), createDeployments),
    command: setup,
    why: "setup rehearses each write before it creates anything, so nothing is half done.",
    fix: "Get the right that the message names; [permissions.md](permissions.md) lists all of them.",
    doctor: "stack NotSetUp",
  },
  {
    code: "Forbidden",
    when: "you would grant rights that you do not have",
    given: deployer(rbacObjects, configMaps("get", "patch")),
    command: setup,
    why: "Kubernetes refuses a Role with rights that its author lacks. `AmazonEKSAdminPolicy` does not change that, and `kubectl auth can-i` does not show it.",
    fix: "Give yourself the same right (here: create deployments), or the verb `escalate` on roles and `bind` on rolebindings.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AdmissionDenied",
    when: "an admission policy of the cluster denies the entry in aws-auth",
    given: async (world) => void (await denyUser(world, "stranger")),
    command: (names) => `${setup(names)} --username stranger`,
    why: "A ValidatingAdmissionPolicy or an admission webhook (Gatekeeper, Kyverno) checks each write, regardless of the caller's rights. setup rehearses each write before it creates anything.",
    fix: "Do what the policy's message asks for: here another `--username`, or an exception in the policy.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AwsAuthInvalid",
    when: "aws-auth does not parse",
    given: awsAuth(() => ({ mapRoles: "- rolearn: a\n  username: b\n c: d\n" })),
    command: setup,
    why: "A syntax error in `mapRoles` loses the whole list. Nodes and people are locked out as soon as the authenticator reads it.",
    fix: "Fix the line in the message at once; `eks-lambda aws-auth restore` has earlier versions.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AwsAuthUnsupported",
    when: "another entry of aws-auth refers to the entry that setup would change",
    given: awsAuth(({ roleArn }) => ({
      mapRoles: `- rolearn: ${roleArn}\n  username: someone\n  groups: &nodes\n  - system:nodes\n- rolearn: a\n  groups: *nodes\n`,
    })),
    command: setup,
    why: "An anchor (`&nodes`) and an alias (`*nodes`) share a part of the YAML: a change of one entry would change the other, or lose it.",
    fix: "Write the shared part out in both entries, then run setup again.",
    doctor: "stack NotSetUp",
  },
  {
    code: "Conflict",
    when: "someone else writes to aws-auth without a pause",
    given: all(
      awsAuth(({ account }) => ({ mapRoles: `- rolearn: arn:aws:iam::${account}:role/nodes\n  username: node\n` })),
      starved({ attempts: 100, lost: 100 }),
    ),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "aws-auth is one object for all: a write is refused if someone else wrote after it was read. setup then reads it again, with longer and longer pauses, and gives way after 100 times, because two programs that write against each other never end.",
    fix: "See who writes: `kubectl get configmap aws-auth -n kube-system -o yaml --show-managed-fields`. Then run setup again.",
    doctor: "mapping RoleNotMapped",
  },
  {
    code: "AwsAuthChanged",
    when: "someone changes aws-auth while restore waits for your answer",
    given: changedMeanwhile,
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster} ${keptAt} --yes`,
    why: "The text that you were shown is not the one that would be replaced. The other entry would be lost.",
    fix: "Run the same command again; it shows the current text.",
    doctor: "stack NotSetUp",
  },
  {
    code: "BackupInvalid",
    when: "the version of aws-auth that you choose does not parse",
    given: async (world) => void (await keepText(world, "- rolearn: [\n")),
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster} ${keptAt} --yes`,
    why: "Each version is the text as it was before a write, and that one was broken: every role in it was locked out.",
    fix: "Restore a version from before it broke.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UsernameTaken",
    when: "someone else in aws-auth is mapped to the same user",
    given: awsAuth(({ account }) => ({
      mapUsers: `- userarn: arn:aws:iam::${account}:user/eve\n  username: lambda\n`,
    })),
    command: setup,
    why: "Rights belong to a user name: everyone who is mapped to it has them.",
    fix: "Give the function a user name of its own.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UsernameTaken",
    when: "the user has other rights already",
    given: giveBinding("viewers", "view"),
    command: setup,
    why: "The function would get those rights, too.",
    fix: "Delete the binding if it is left over from an earlier attempt, or choose another user name.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotOurs",
    when: "a Role with our name and other rules exists",
    given: async ({ backend }) =>
      void (await make(backend, rbac("roles", "default"), {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "lambda-create-deployments" },
        rules: [{ ...createDeployments, verbs: ["create", "delete"] }],
      })),
    command: setup,
    why: "The Role does not have our label, so someone else created it and may depend on it.",
    fix: "Choose another name, or overwrite it on purpose. The walkthrough that this tool replaces creates a Role with that name by hand.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotOurs",
    when: "another stack owns the Role and the RoleBinding",
    given: alreadySetUp,
    command: (names) => `${setup(names)} --stack second --function-name second --role-name second --username second`,
    why: "Two functions cannot share them: the RoleBinding is for one user, and the first teardown would delete them. `--force-conflicts` does not change that.",
    fix: "Choose another name: `--rbac-name second`.",
    doctor: "sound",
  },
  {
    code: "RoleBindingNotOurs",
    when: "a RoleBinding with our name binds something else",
    given: giveBinding("lambda-create-deployments", "view"),
    command: setup,
    why: "A RoleBinding's role can never be changed; the RoleBinding would have to be deleted.",
    fix: "Choose another name, or delete it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "BeingDeleted",
    when: "the RoleBinding is being deleted and has a finalizer",
    given: all(alreadySetUp, async ({ backend }) => {
      const path = `${rbac("rolebindings", "default")}/lambda-create-deployments`;
      const body = { metadata: { finalizers: ["example.com/audit"] } };
      await backend.kube("PATCH", path, { body, contentType: "application/merge-patch+json" });
      return void (await backend.kube("DELETE", path));
    }),
    command: setup,
    why: "Kubernetes deletes an object when the last of its finalizers is removed. Until then it still grants its rights, and cannot be created again. `teardown` waits for half a minute.",
    fix: "Find out who set the finalizer and why it is still there, then run the command again. The command in the hint deletes the object without what waits for it.",
    doctor: "sound",
  },
  {
    code: "AccessEntryNotOurs",
    when: "an access entry of an earlier role with that name exists",
    given: oldEntry,
    command: setup,
    why: "EKS remembers a role by its ID, not by its ARN. An entry stops working when its role is deleted, and CloudFormation would fail because the entry exists.",
    fix: "Run the command in the hint, then `eks-lambda setup`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RightsTooWide",
    when: "an access entry that someone made for the role has an access policy",
    given: all(described({ authenticationMode: "API_AND_CONFIG_MAP" }), async (world) => {
      const { exit, stderr } = await world.run(`${setup(world.names)} --no-kubeconfig --access aws-auth`);
      expect(exit, stderr).toBe(0);
      await makeEntry(world, { username: "lambda" });
      return void (await associate(world, "AmazonEKSClusterAdminPolicy"));
    }),
    command: (names) => `${setup(names)} --access auto`,
    why: "An access policy gives the function rights in addition to its Roles: here, all. No Role shows them, `kubectl auth can-i` does not count them, and teardown would leave them. The same policy on the entry that setup created is removed by the next setup.",
    fix: "Run the command in the hint that takes the policy away, or delete the entry.",
    doctor: "mapping RightsTooWide",
  },
  {
    code: "AccessEntryDead",
    when: "a role was created again after its access entry",
    given: all(oldEntry, async ({ backend, names }) => void (await backend.assumeRole(names.role))),
    command: ({ cluster, roleArn }) => `doctor --cluster ${cluster} --role ${roleArn}`,
    why: "The entry belongs to the deleted role. It looks right in every listing and lets nobody in.",
    fix: "Delete the entry and create it again.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleTooNew",
    when: "EKS does not know the function's new role after two minutes",
    given: all(described({ authenticationMode: "API" }), refusedRoles(100)),
    command: setup,
    why: "IAM tells EKS of a new role after some seconds. Until then, EKS makes no access entry for it. setup deploys the stack without the entry, then adds it as soon as EKS takes it, and waited for two minutes.",
    fix: "Run setup again later: it adds the entry, and changes nothing else of the stack.",
    doctor: "mapping RoleNotMapped",
  },
  {
    code: "RoleTooNew",
    when: "EKS does not know the role of a grant after two minutes",
    given: all(
      described({ authenticationMode: "API" }),
      async ({ backend }) => void (await backend.assumeRole("ci")),
      refusedRoles(100),
    ),
    command: (names) => `${grant(names)} --yes`,
    why: "As above. EKS gives the same answer for a role that does not exist, for example one of another account that was deleted.",
    fix: "Run grant again later.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotFound",
    when: "grant is for a role that does not exist",
    command: (names) => `${grant(names)} --yes`,
    why: "Anyone who later creates a role of that name would inherit the mapping and its rights.",
    fix: "Create the role first, or correct its name.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleOfFunction",
    when: "grant is for the role of a function that setup made",
    given: alreadySetUp,
    command: ({ cluster, roleArn }) =>
      `grant --cluster ${cluster} --role ${roleArn} --allow 'get,list pods @default' --yes`,
    why: "`setup` maps the role, and gives its user the rights that the function needs and no others. A second mapping would lock the function out, and more rights would fail its checks.",
    fix: "Let `setup` give the function its rights: with `--allow`, or by what your code declares.",
    doctor: "sound",
  },
  {
    code: "RightsTooWide",
    when: "grant is for a role that may do everything already",
    given: async (world) => {
      const { backend, names } = world;
      await backend.assumeRole("ci");
      const mapRoles = `- rolearn: ${ciArn(names)}\n  username: ci\n  groups: [system:masters]\n`;
      await putAwsAuth(backend, { mapRoles });
      return undefined;
    },
    command: (names) => `${grant(names)} --yes`,
    why: "The API server permits this group everything, without a look at Roles: what is granted changes nothing, and `revoke` would take nothing away. The same holds for access policies, and for a group with a template, such as `system:{{SessionName}}`, which each session chooses by its name. Rights of other groups are shown by their bindings, and the plan names the groups.",
    fix: "Take the group out of the mapping, unless the role is meant to administer the cluster. Such a role needs no grant.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UsernameTemplate",
    when: "an access entry gives the role another user for each session",
    given: all(described({ authenticationMode: "API" }), async (world) => {
      await world.backend.assumeRole("ci");
      await makeEntry(world, { principalArn: ciArn(world.names) });
      return undefined;
    }),
    command: (names) => `${grant(names)} --yes`,
    why: "An access entry that was created without a username gets one with the session's name in it. A RoleBinding names one user, and grant changes no mapping that it did not make.",
    fix: "Run the command in the hint if nobody depends on the other users, then grant again.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "a rule of --allow has no quotes",
    command: (names) => `${grant(names).replace(/ --allow .*/, "")} --allow get pods --yes`,
    why: "The shell passes each word on its own, and a rule has at least two.",
    fix: "Put each rule in quotes.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "a rule of --allow has a verb that no request has",
    command: (names) => `${grant(names).replace(/ --allow .*/, "")} --allow 'gett pods' --yes`,
    why: "RBAC accepts any word as a verb, and then says that the user may do it; but the API server never asks for that verb.",
    fix: "Use one of the verbs in the hint. For a verb that only an extension of your cluster checks, make the Role with kubectl.",
    doctor: "stack NotSetUp",
  },
];
