/** Refusals: missing rights in the cluster, and objects of other owners. */
import { expect } from "vitest";
import { grant, make, type PolicyRule, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { as } from "./support/names.ts";
import { type Refusal, testRefusals } from "./support/refusal.ts";
import { test, type World } from "./support/world.ts";

const setup: Refusal["command"] = ({ cluster }) => `setup --cluster ${cluster} --yes`;
const awsAuth = (verbs: readonly string[]): PolicyRule => ({ apiGroups: [""], resources: ["configmaps"], verbs });
const rbacObjects: PolicyRule = {
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["roles", "rolebindings", "clusterrolebindings"],
  verbs: ["get", "list", "create", "patch"],
};

const create: PolicyRule = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] };

/** A user with the role `deployer` and these rules. */
const deployer =
  (...rules: readonly PolicyRule[]) =>
  async ({ backend, names }: World) => {
    const credentials = await backend.assumeRole("deployer");
    await putAwsAuth(backend, {
      mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/deployer\n  username: deployer\n`,
    });
    await grant(backend, "deployer", rules);
    return as(credentials);
  };
const session = ({ account }: World["names"]) => `arn:aws:sts::${account}:assumed-role/deployer/\\S+`;

const shared = ({ account }: World["names"]) => ({
  mapUsers: `- userarn: arn:aws:iam::${account}:user/eve\n  username: lambda\n`,
  mapRoles: `- rolearn: arn:aws:iam::${account}:role/other\n  username: lambda\n`,
});
const binding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "viewers" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "lambda" }],
};
const role = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "lambda-create-deployments" },
  rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "delete"] }],
};
const giveAwsAuth =
  (data: (names: World["names"]) => Parameters<typeof putAwsAuth>[1]) =>
  async ({ backend, names }: World) => {
    await putAwsAuth(backend, data(names));
    return undefined;
  };
const giveBinding = async ({ backend }: World) => void (await make(backend, rbac("rolebindings", "default"), binding));
const giveRole = async ({ backend }: World) => void (await make(backend, rbac("roles", "default"), role));

testRefusals([
  {
    when: "a caller whom the cluster does not know",
    given: async ({ backend }) => as(await backend.assumeRole("stranger")),
    command: setup,
    exit: 1,
    says: ({ account }) =>
      new RegExp(
        `^error the cluster does not accept this caller: 401 Unauthorized \\(Unauthorized\\)\nhint {2}the cluster has no mapping for arn:aws:sts::${account}:assumed-role/stranger/\\S+: use the identity that created the cluster \\(--profile\\), a kubeconfig context that works \\(--context\\), or have an administrator map this one\n$`,
      ),
  },
  {
    when: "a caller who may not read aws-auth",
    given: deployer(rbacObjects, create),
    command: setup,
    exit: 1,
    says: (names) =>
      new RegExp(
        `^error configmaps "aws-auth" is forbidden: User "deployer" cannot get resource "configmaps" in API group "" in the namespace "kube-system" \\(Forbidden\\)\nhint {2}ask a cluster administrator to grant it to ${session(names)}, or use another --profile or --context\n$`,
      ),
  },
  {
    when: "a caller who may read aws-auth and not change it",
    given: deployer(rbacObjects, awsAuth(["get"]), {
      apiGroups: ["apps"],
      resources: ["deployments"],
      verbs: ["create"],
    }),
    command: setup,
    exit: 1,
    says: (names) =>
      new RegExp(
        `^error configmaps "aws-auth" is forbidden: User "deployer" cannot patch resource "configmaps" in API group "" in the namespace "kube-system" \\(Forbidden\\)\nhint {2}ask a cluster administrator to grant it to ${session(names)}, or use another --profile or --context\n$`,
      ),
  },
  {
    when: "a caller who would grant more than they may do themselves",
    given: deployer(rbacObjects, awsAuth(["get", "patch"])),
    command: setup,
    exit: 1,
    says: () =>
      /^error roles\.rbac\.authorization\.k8s\.io "lambda-create-deployments" is forbidden: user "deployer" .*is attempting to grant RBAC permissions not currently held:\n *\{APIGroups:\["apps"\], Resources:\["deployments"\], Verbs:\["create"\]\}/,
  },
  {
    when: "a text in aws-auth that does not parse",
    given: giveAwsAuth(() => ({ mapRoles: "- rolearn: a\n  username: b\n c: d\n" })),
    command: setup,
    exit: 1,
    says: ({ cluster }) => `error mapRoles, line 3, column 1: sequence item without - indicator (AwsAuthInvalid)
hint  nothing was written; put back an earlier text with \`eks-lambda aws-auth restore --cluster ${cluster}\`, or fix mapRoles in a copy: kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml, then kubectl replace -f aws-auth.yaml
`,
  },
  {
    when: "a username that others have in aws-auth",
    given: giveAwsAuth(shared),
    command: setup,
    exit: 1,
    says: ({ account }) =>
      new RegExp(
        `^error the Kubernetes user "lambda" also belongs to arn:aws:iam::${account}:role/other, arn:aws:iam::${account}:user/eve, who would get the function's rights \\(UsernameTaken\\)\nhint {2}choose another with --username, or continue with --share-username\n$`,
      ),
  },
  {
    when: "a username that has other rights",
    given: giveBinding,
    command: setup,
    exit: 1,
    says: () => `error the Kubernetes user "lambda" already has other rights, by rolebinding viewers in default (UsernameTaken)
hint  delete bindings that an earlier setup left, choose another user with --username, or continue with --share-username
`,
  },
  {
    when: "a Role of our name that someone else made",
    given: giveRole,
    command: setup,
    exit: 1,
    says: () => `error the Role "lambda-create-deployments" in default was created by someone else and differs: it has "create,delete deployments.apps", not "create deployments.apps" (RoleNotOurs)
hint  choose another name with --rbac-name, or overwrite it with --force-conflicts
`,
  },
  {
    when: "a RoleBinding of our name that binds something else",
    given: async ({ backend }) =>
      void (await make(backend, rbac("rolebindings", "default"), { ...binding, metadata: role.metadata })),
    command: setup,
    exit: 1,
    says: () => `error the RoleBinding "lambda-create-deployments" in default is for ClusterRole "view", and that cannot be changed (RoleBindingNotOurs)
hint  choose another name with --rbac-name, or delete it: kubectl delete rolebinding/lambda-create-deployments --namespace default
`,
  },
]);

test("a caller with exactly the documented rights sets it up", async ({ world }) => {
  const { names, run, fresh } = world;
  await fresh();
  const env = await deployer(rbacObjects, awsAuth(["get", "patch"]), create)(world);
  expect(await run(`${setup(names)} --no-kubeconfig`, { env })).toMatchObject({ exit: 0 });
});

test("--share-username continues if other principals map to the same user", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await putAwsAuth(backend, shared(names));
  expect(await run(`${setup(names)} --no-kubeconfig --share-username`)).toMatchObject({ exit: 0 });
  expect(await readAwsAuth(backend)).toEqual({
    ...shared(names),
    mapRoles: `${shared(names).mapRoles}- rolearn: ${names.roleArn}\n  username: lambda\n`,
  });
});

test("--username avoids the conflict", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await giveBinding(world);
  expect(await run(`${setup(names)} --no-kubeconfig --username web-deployer`)).toMatchObject({ exit: 0 });
  expect(
    (await backend.kube("GET", `${rbac("rolebindings", "default")}/lambda-create-deployments`)).body,
  ).toMatchObject({ subjects: [{ kind: "User", name: "web-deployer" }] });
});

test("--force-conflicts overwrites someone else's Role", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await giveRole(world);
  expect(await run(`${setup(names)} --no-kubeconfig --force-conflicts`)).toMatchObject({ exit: 0 });
  expect((await backend.kube("GET", `${rbac("roles", "default")}/lambda-create-deployments`)).body).toMatchObject({
    metadata: { labels: { "app.kubernetes.io/managed-by": "eks-lambda" } },
    rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }],
  });
});
