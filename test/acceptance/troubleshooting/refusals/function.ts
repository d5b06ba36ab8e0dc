/** What goes wrong after setup: between the function and the cluster. */
import { keepLog, putPolicy } from "../../support/aws.ts";
import { make, putAwsAuth, rbac } from "../../support/cluster.ts";
import type { World } from "../../support/world.ts";
import { all, alreadySetUp, awsAuth, coldFunction, configured, invoke, known } from "../given.ts";
import type { Refusal } from "../refusal.ts";

/** Set up, and then somebody edited aws-auth. */
const mapRoles = (entries: (names: World["names"]) => readonly (readonly [arn: string, username: string])[]) =>
  all(
    alreadySetUp,
    awsAuth((names) => ({
      mapRoles: entries(names)
        .map(([arn, username]) => `- rolearn: ${arn}\n  username: ${username}\n`)
        .join(""),
    })),
    coldFunction,
  );
const unauthorized = { code: "Unauthorized", command: invoke, doctor: "mapping RoleNotMapped" };
/** The sandbox takes the session token for a part of the signature. */
const invalidToken = "InvalidClientTokenId, The security token included in the request is invalid";
const mapAgain = "Run `eks-lambda setup`: it adds the right entry. You can delete the wrong one.";

export const deployed: readonly Refusal[] = [
  {
    ...unauthorized,
    when: "someone removed the function's entry from aws-auth",
    given: mapRoles(() => []),
    why: "The tool that manages aws-auth (Terraform, Argo CD, `kubectl apply`) overwrote it.",
    fix: "Run `eks-lambda setup`, and also add the entry to that tool's source, or it happens again.",
  },
  {
    ...unauthorized,
    when: "the entry has the role's path",
    given: mapRoles(({ account, role }) => [[`arn:aws:iam::${account}:role/service-role/${role}`, "lambda"]]),
    why: "STS reports a caller without the role's path, so an entry with a path matches nobody.",
    fix: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry is that of the role's session",
    given: mapRoles(({ account, role }) => [[`arn:aws:sts::${account}:assumed-role/${role}/${role}`, "lambda"]]),
    why: "`aws sts get-caller-identity` prints the session; aws-auth needs the role.",
    fix: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry belongs to another account",
    given: mapRoles(({ role }) => [[`arn:aws:iam::444455556666:role/${role}`, "lambda"]]),
    why: "The entry was copied from another cluster's aws-auth.",
    fix: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry has a typo",
    given: mapRoles(({ roleArn }) => [[roleArn.replace("eks-lambda", "eks-lamdba"), "lambda"]]),
    why: "Nothing checks the ARNs in aws-auth.",
    fix: mapAgain,
  },
  {
    ...unauthorized,
    when: "an edit broke aws-auth",
    given: all(
      alreadySetUp,
      awsAuth(({ roleArn }) => ({ mapRoles: `- rolearn: ${roleArn}\n  username: lambda\n- rolearn: [\n` })),
      coldFunction,
    ),
    why: "A syntax error in `mapRoles` loses the whole list. Nodes and people are locked out, not only the function.",
    fix: "Fix the line that doctor names at once; `eks-lambda aws-auth restore` has earlier versions.",
    doctor: "mapping AwsAuthInvalid",
  },
  {
    code: "FunctionNotActive",
    when: "Lambda could not set the function up",
    given: all(alreadySetUp, async ({ backend, names }) => void backend.faults.failFunction(names.functionName)),
    command: invoke,
    why: "A function in a VPC needs a network interface in each of its subnets. Lambda makes them again after weeks without a call, and fails when a subnet has no free addresses, or was deleted.",
    fix: "The command in the hint has Lambda's reason. Fix it, or choose other subnets: `eks-lambda setup --subnet-ids`.",
    doctor: "function FunctionNotActive",
  },
  {
    code: "Forbidden",
    when: "a second entry of the role shadows the first",
    given: mapRoles(({ roleArn }) => [
      [roleArn, "lambda"],
      [roleArn, "web"],
    ]),
    command: invoke,
    why: "Of two entries with the same ARN, only the last one is effective, without a warning. Its user has no rights.",
    fix: "Run `eks-lambda setup`: it corrects the effective entry.",
    doctor: "mapping MappedOtherwise",
  },
  {
    code: "Forbidden",
    when: "the RoleBinding was deleted",
    given: all(
      alreadySetUp,
      async ({ backend }) =>
        void (await backend.kube("DELETE", `${rbac("rolebindings", "default")}/lambda-create-deployments`)),
      known("create", false),
    ),
    command: invoke,
    why: "The cluster knows the function's user but gives it no rights.",
    fix: "Run `eks-lambda setup`: it creates the RoleBinding again.",
    doctor: "rbac RightMissing",
  },
  {
    code: "RightMissing",
    when: "a role that SAM, CDK or a CI system made is mapped, and has no rights",
    given: async ({ backend, names: { account } }) => {
      await backend.assumeRole("ci");
      await putAwsAuth(backend, { mapRoles: `- rolearn: arn:aws:iam::${account}:role/ci\n  username: ci\n` });
      return undefined;
    },
    command: ({ cluster, account }) => `doctor --cluster ${cluster} --role arn:aws:iam::${account}:role/ci`,
    why: "A mapping only gives a name to the role. Its rights come from a RoleBinding or ClusterRoleBinding to that name or to one of its groups.",
    fix: "Grant it what it needs with the command in the hint, and no more. `--namespace` has doctor look for bindings in another namespace.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NotAllowed",
    when: "the function is asked for something that `setup` did not allow",
    given: alreadySetUp,
    command: (names) => `${invoke(names)} --event '{"namespace":"kube-system"}'`,
    why: "A function does what `setup --allow` named, in the namespaces named there, and nothing else.",
    fix: "Run the command in the hint. It repeats what is allowed already, because `--allow` names the whole set.",
    doctor: "sound",
  },
  {
    code: "AlreadyExists",
    when: "a Deployment with that name exists",
    given: all(alreadySetUp, async ({ run, names }) => void (await run(`${invoke(names)} --event '{"name":"web"}'`))),
    command: (names) => `${invoke(names)} --event '{"name":"web"}'`,
    why: "The function may create but not read, so it cannot know whether it is the same.",
    fix: "Choose another name. Without a name, each invocation uses its own, and a retry finds it.",
    doctor: "sound",
  },
  {
    code: "ChecksFailed",
    when: "everyone in the cluster may do what the function must not do",
    given: all(
      alreadySetUp,
      async ({ backend }) =>
        void (await make(backend, rbac("clusterroles"), {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: "look-at-deployments" },
          rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list"] }],
        })),
      async ({ backend }) =>
        void (await make(backend, rbac("clusterrolebindings"), {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { name: "everybody-looks" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "look-at-deployments" },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:authenticated" }],
        })),
      known("list", true),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "A binding to `system:authenticated` also applies to the function.",
    fix: "Bind it to specific groups instead.",
    doctor: "rbac RightsTooWide",
  },
  {
    code: "RightsTooWide",
    when: "someone gave the function's Role more rights",
    given: all(
      alreadySetUp,
      async ({ backend }) =>
        void (await backend.kube("PATCH", `${rbac("roles", "default")}/lambda-create-deployments`, {
          contentType: "application/merge-patch+json",
          body: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "list"] }] },
        })),
      known("list", true),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "The Role that `setup` wrote has rights that the function does not need. Anyone who can make it run their code has them, too.",
    fix: "Run `eks-lambda setup`: it restores the Role. To let the function do more, name it with `--allow`, or declare it in your code.",
    doctor: "rbac RightsTooWide",
  },
  {
    code: "EnvironmentIncomplete",
    when: "someone deployed the template without a parameter",
    given: all(alreadySetUp, configured({ Environment: { Variables: { CLUSTER_NAME: "demo" } } })),
    command: invoke,
    why: "The function reads its cluster from environment variables, and one is missing.",
    fix: "Run `eks-lambda setup`: it sets all of them.",
    doctor: "function FunctionOutdated",
  },
  {
    code: "EnvironmentInvalid",
    when: "the endpoint in the function's environment is not a URL",
    given: all(alreadySetUp, configured({ Environment: { Variables: { CLUSTER_ENDPOINT: "10.0.0.1:443" } } })),
    command: invoke,
    why: "Someone wrote it by hand, or deployed the template with a host name instead of the endpoint.",
    fix: "Run `eks-lambda setup`: it sets the endpoint that EKS reports.",
    doctor: "function FunctionOutdated",
  },
  {
    code: "StackDrifted",
    when: "someone changed what the stack created",
    given: all(
      alreadySetUp,
      configured({ MemorySize: 1024 }),
      async (world) => void (await keepLog(world, 1)),
      async (world) => void (await putPolicy(world, "write-its-own-log")),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "CloudFormation does not see changes from outside, so setup and doctor compare the function, its role and its log group with the stack.",
    fix: "Run `eks-lambda setup`: its plan lists each change, and the stack's update reverts them.",
    doctor: "function StackDrifted",
  },
  {
    code: "RoleNotMapped",
    when: "another role is not mapped",
    given: all(alreadySetUp, async ({ backend }) => void (await backend.assumeRole("ci"))),
    command: ({ cluster, account }) => `doctor --cluster ${cluster} --role arn:aws:iam::${account}:role/ci`,
    why: "`--role` examines any role, and this one has no entry.",
    fix: "Run the command in the hint, with the rules that the role needs.",
    doctor: "sound",
  },
  {
    code: "TokenTooLong",
    when: "a session token is too long for a bearer token",
    given: async () => ({ AWS_SESSION_TOKEN: "x".repeat(3_000) }),
    command: ({ cluster }) => `token --cluster ${cluster}`,
    why: "The authenticator refuses tokens longer than 4096 characters, and the session token is part of the token.",
    fix: "Use a session with fewer tags or a shorter session policy.",
    doctor: "credentials CredentialsInvalid",
    tidy: (text) => text.replace(/SignatureDoesNotMatch, The request [^)]*?(?=\.\) \(C)/, invalidToken),
  },
  {
    code: "SmokeFailed",
    when: "a step of a smoke test fails",
    given: async ({ backend }) => void backend.faults.forbid("lambda:Invoke"),
    command: ({ cluster }) => `smoke --cluster ${cluster} --yes --quiet`,
    tidy: (text) => text.replace(/smoke-[0-9a-f]{6}-a/g, "smoke-0a1b2c-a"),
    why: "The message is that of the command that the step runs. The other steps were not tried, and what was made until then was removed.",
    fix: "Look up the code of the command's own error. If the hint says that something is left, run the command in it. To ask others, attach the report of `eks-lambda smoke --json`, which has no names.",
    doctor: "stack NotSetUp",
  },
];
