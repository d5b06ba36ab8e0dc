/** What the cluster does not permit to whoever runs the command, and what in it is somebody else's. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { makeEntry } from "../../support/aws.ts";
import { denyUser, make, type PolicyRule, putAwsAuth, rbac } from "../../support/cluster.ts";
import { as } from "../../support/names.ts";
import { preloading } from "../../support/run.ts";
import type { World } from "../../support/world.ts";
import { all, alreadySetUp, awsAuth, deployer, described, setup, slowClock } from "../given.ts";
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

/** A text of aws-auth was kept; the command that restores it is held before it writes, and somebody else writes. */
const changedMeanwhile = async ({ backend, names, home }: World) => {
  const place = `${names.account}-${names.region}-${names.cluster}`;
  const [kept, held] = [join(home, ".local/state/eks-lambda/aws-auth", place), join(home, "held")];
  await Promise.all([kept, held].map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(join(kept, `${keptAt}.json`), JSON.stringify({ name: keptAt, mapRoles: "# of January\n" }));
  await putAwsAuth(backend, { mapRoles: "# of today\n" });
  const write = async () => {
    await expect.poll(() => readdir(held), { timeout: 20_000 }).not.toEqual([]);
    await putAwsAuth(backend, { mapRoles: "# of somebody else\n" });
    await writeFile(join(held, "go"), "");
  };
  void write();
  return { ...preloading("test/acceptance/support/children/hold.mjs"), HOLD: held };
};

export const access: readonly Refusal[] = [
  {
    code: "Unauthorized",
    when: "the cluster does not know who runs the command",
    given: async ({ backend }) => as(await backend.assumeRole("stranger")),
    command: setup,
    why: "AWS lets you describe the cluster, and the cluster has no mapping for your identity. Whoever created the cluster is its administrator without any.",
    mend: "`aws sts get-caller-identity` shows who you are; have an administrator map that role, or use the one that is mapped.",
    doctor: "caller Unauthorized",
  },
  {
    code: "ClockSkew",
    when: "this computer's clock is slow",
    given: slowClock(20),
    command: setup,
    why: "a token carries the time of its making and is good for 15 minutes. Calls to AWS go on working: the SDK learns the right time from an answer.",
    mend: "the clock: `timedatectl set-ntp true`; in WSL `sudo hwclock -s`.",
    doctor: "token ClockSkew",
    tidy: (text) => text.replace(/\b(1199|1201) s behind/g, "1200 s behind"),
  },
  {
    code: "Forbidden",
    when: "whoever runs setup may not read aws-auth",
    given: deployer(rbacObjects, createDeployments),
    command: setup,
    why: "Kubernetes knows you, and no Role gives you the right that its message names.",
    mend: "the rules of [permissions.md](permissions.md), bound to your user. Doctor does not call broken what you may only not look at.",
    doctor: "stack NotSetUp",
  },
  {
    code: "Forbidden",
    when: "whoever runs setup may read aws-auth and not change it",
    given: deployer(rbacObjects, configMaps("get"), createDeployments),
    command: setup,
    why: "setup rehearses each write before it creates anything, so nothing is half done.",
    mend: "the right that the message names; [permissions.md](permissions.md) has all of them.",
    doctor: "stack NotSetUp",
  },
  {
    code: "Forbidden",
    when: "whoever runs setup would grant more than they have",
    given: deployer(rbacObjects, configMaps("get", "patch")),
    command: setup,
    why: "Kubernetes lets nobody write a Role with rights that they lack themselves; `AmazonEKSAdminPolicy` does not change that, and `kubectl auth can-i` does not show it.",
    mend: "give yourself the same right (here: create deployments), or the verb `escalate` on roles and `bind` on rolebindings.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AdmissionDenied",
    when: "an admission policy of the cluster denies the entry in aws-auth",
    given: async (world) => void (await denyUser(world, "stranger")),
    command: (names) => `${setup(names)} --username stranger`,
    why: "a ValidatingAdmissionPolicy or an admission webhook (Gatekeeper, Kyverno) checks what is written, whatever rights the caller has. Setup rehearses each write before it creates anything.",
    mend: "what the policy's message asks for: here another `--username`, or an exception in the policy.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AwsAuthInvalid",
    when: "aws-auth does not parse",
    given: awsAuth(() => ({ mapRoles: "- rolearn: a\n  username: b\n c: d\n" })),
    command: setup,
    why: "a syntax error in `mapRoles` loses the whole list: nodes and people are locked out as soon as the authenticator reads it.",
    mend: "the line of the message, at once; `eks-lambda aws-auth restore` has earlier texts.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AwsAuthChanged",
    when: "somebody writes aws-auth while restore waits for your answer",
    given: changedMeanwhile,
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster} ${keptAt} --yes`,
    why: "what you were shown is not what would be replaced: the other's entry would be lost, unseen.",
    mend: "the same command again; it shows the text as it is now.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UsernameTaken",
    when: "somebody else in aws-auth is the same user",
    given: awsAuth(({ account }) => ({
      mapUsers: `- userarn: arn:aws:iam::${account}:user/eve\n  username: lambda\n`,
    })),
    command: setup,
    why: "rights are given to a name: everyone who is mapped to it has them.",
    mend: "a name of its own for the function.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UsernameTaken",
    when: "the user has other rights already",
    given: giveBinding("viewers", "view"),
    command: setup,
    why: "the function would get rights that nobody planned for it.",
    mend: "delete the binding if an earlier attempt left it, or choose another name.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotOurs",
    when: "there is a Role of our name with other rules",
    given: async ({ backend }) =>
      void (await make(backend, rbac("roles", "default"), {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "lambda-create-deployments" },
        rules: [{ ...createDeployments, verbs: ["create", "delete"] }],
      })),
    command: setup,
    why: "it has not our label, so somebody else made it, and may rely on it.",
    mend: "another name, or overwriting it on purpose. The walkthrough that this tool replaces makes one of that name by hand.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotOurs",
    when: "another stack owns the Role and the RoleBinding",
    given: alreadySetUp,
    command: (names) => `${setup(names)} --stack second --function-name second --role-name second --username second`,
    why: "two functions cannot share them: the RoleBinding is for one user, and the first teardown would delete them. `--force-conflicts` does not change that.",
    mend: "`--rbac-name second`.",
    doctor: "sound",
  },
  {
    code: "RoleBindingNotOurs",
    when: "a RoleBinding of our name binds something else",
    given: giveBinding("lambda-create-deployments", "view"),
    command: setup,
    why: "what a RoleBinding binds can never be changed; it would have to be deleted.",
    mend: "another name, or delete it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AccessEntryNotOurs",
    when: "there is an access entry of an earlier role of that name",
    given: oldEntry,
    command: setup,
    why: "EKS remembers the role by its id and not by its ARN: an entry dies with its role, and CloudFormation would fail on one that is there.",
    mend: "the command of the hint; then `eks-lambda setup`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AccessEntryDead",
    when: "a role was made again after its access entry",
    given: all(oldEntry, async ({ backend, names }) => void (await backend.assumeRole(names.role))),
    command: ({ cluster, roleArn }) => `doctor --cluster ${cluster} --role ${roleArn}`,
    why: "the entry is of the role that was deleted: it looks right in every listing, and lets nobody in.",
    mend: "delete the entry, and make it anew.",
    doctor: "stack NotSetUp",
  },
];
