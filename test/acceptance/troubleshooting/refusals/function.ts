/** What goes wrong after setup: between the function and the cluster. */
import { make, rbac } from "../../support/cluster.ts";
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
const mapAgain = "`eks-lambda setup` writes the entry as it must be; the wrong one you may delete.";

export const deployed: readonly Refusal[] = [
  {
    ...unauthorized,
    when: "somebody removed the function's entry from aws-auth",
    given: mapRoles(() => []),
    why: "whatever manages aws-auth (Terraform, Argo CD, `kubectl apply`) wrote its own text over it.",
    mend: "`eks-lambda setup`, and add the entry to that tool's source, too: else it happens again.",
  },
  {
    ...unauthorized,
    when: "the entry has the role's path",
    given: mapRoles(({ account, role }) => [[`arn:aws:iam::${account}:role/service-role/${role}`, "lambda"]]),
    why: "STS tells who calls without the role's path, so an entry with one matches nobody.",
    mend: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry is that of the role's session",
    given: mapRoles(({ account, role }) => [[`arn:aws:sts::${account}:assumed-role/${role}/${role}`, "lambda"]]),
    why: "`aws sts get-caller-identity` prints the session; aws-auth wants the role.",
    mend: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry is of another account",
    given: mapRoles(({ role }) => [[`arn:aws:iam::444455556666:role/${role}`, "lambda"]]),
    why: "an entry copied from another cluster's aws-auth.",
    mend: mapAgain,
  },
  {
    ...unauthorized,
    when: "the entry has a typo",
    given: mapRoles(({ roleArn }) => [[roleArn.replace("eks-lambda", "eks-lamdba"), "lambda"]]),
    why: "nothing checks the ARNs of aws-auth.",
    mend: mapAgain,
  },
  {
    ...unauthorized,
    when: "an edit broke aws-auth",
    given: all(
      alreadySetUp,
      awsAuth(({ roleArn }) => ({ mapRoles: `- rolearn: ${roleArn}\n  username: lambda\n- rolearn: [\n` })),
      coldFunction,
    ),
    why: "a syntax error in `mapRoles` loses the whole list: nodes and people are locked out, not the function alone.",
    mend: "the line that doctor names, at once; `eks-lambda aws-auth restore` has earlier texts.",
    doctor: "mapping AwsAuthInvalid",
  },
  {
    code: "Forbidden",
    when: "a second entry of the role shadows the first",
    given: mapRoles(({ roleArn }) => [
      [roleArn, "lambda"],
      [roleArn, "web"],
    ]),
    command: invoke,
    why: "of two entries with the same ARN the last one counts, in silence; its user has no rights.",
    mend: "`eks-lambda setup` corrects the one that counts.",
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
    why: "the cluster knows the function and permits it nothing.",
    mend: "`eks-lambda setup` makes it again.",
    doctor: "rbac RightMissing",
  },
  {
    code: "Forbidden",
    when: "the function is asked to act in another namespace",
    given: alreadySetUp,
    command: (names) => `${invoke(names)} --event '{"namespace":"kube-system"}'`,
    why: "its Role is of one namespace, and that is the point.",
    mend: "`--namespace` at setup, if the function should act there and nowhere else.",
    doctor: "sound",
  },
  {
    code: "AlreadyExists",
    when: "a Deployment of that name is there",
    given: all(alreadySetUp, async ({ run, names }) => void (await run(`${invoke(names)} --event '{"name":"web"}'`))),
    command: (names) => `${invoke(names)} --event '{"name":"web"}'`,
    why: "the function may create and not look, so it cannot know whether that one is the same.",
    mend: "another name; without one, each invocation gets its own, and a retry finds it.",
    doctor: "sound",
  },
  {
    code: "ChecksFailed",
    when: "everyone in the cluster may do what the function must not",
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
    why: "a binding to `system:authenticated` is for the function, too.",
    mend: "bind to the groups that should have it: `kubectl get clusterrolebindings -o wide | grep system:authenticated`.",
    doctor: "view ChecksFailed",
  },
  {
    code: "EnvironmentIncomplete",
    when: "a deployment of somebody's own left out a parameter",
    given: all(alreadySetUp, configured({ Environment: { Variables: { CLUSTER_NAME: "demo" } } })),
    command: invoke,
    why: "the function asks nobody where its cluster is; its environment tells, and does not.",
    mend: "`eks-lambda setup` writes all of it.",
    doctor: "function FunctionOutdated",
  },
  {
    code: "EnvironmentInvalid",
    when: "the endpoint in the function's environment is no URL",
    given: all(alreadySetUp, configured({ Environment: { Variables: { CLUSTER_ENDPOINT: "10.0.0.1:443" } } })),
    command: invoke,
    why: "somebody wrote it by hand, or a template was deployed with a host in place of the endpoint.",
    mend: "`eks-lambda setup` writes it as EKS tells it.",
    doctor: "function FunctionOutdated",
  },
  {
    code: "RoleNotMapped",
    when: "another role is not mapped",
    given: alreadySetUp,
    command: ({ cluster, account }) => `doctor --cluster ${cluster} --role arn:aws:iam::${account}:role/ci`,
    why: "`--role` examines anybody's case, and this one has no entry.",
    mend: "the entry of the hint, and a Role for its user.",
    doctor: "sound",
  },
  {
    code: "TokenTooLong",
    when: "a session token is too long for a bearer token",
    given: async () => ({ AWS_SESSION_TOKEN: "x".repeat(3_000) }),
    command: ({ cluster }) => `token --cluster ${cluster}`,
    why: "the authenticator refuses tokens above 4096 characters, and the session token is part of it.",
    mend: "a session with fewer tags, a shorter session policy.",
    doctor: "credentials CredentialsInvalid",
    tidy: (text) => text.replace(/SignatureDoesNotMatch, The request [^)]*?(?=\.\) \(C)/, invalidToken),
  },
];
