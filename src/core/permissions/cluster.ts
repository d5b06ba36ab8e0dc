/** What the caller may do in the cluster, as Roles. docs/permissions.md is generated from it. */

import { grantsOf, type Need, type PolicyRule } from "../kube/need.ts";
import { isPlain, quoted } from "../mapping/aws-auth/yaml/scalar.ts";

/** A rule and, for the reader, when it is needed. */
export interface CallerRule extends PolicyRule {
  readonly note?: string;
}
export interface CallerRole {
  readonly name: string;
  /** `undefined`: a ClusterRole. */
  readonly namespace: string | undefined;
  readonly rules: readonly CallerRule[];
}

const rbacGroup = "rbac.authorization.k8s.io";

const awsAuthRules: readonly CallerRule[] = [
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create"], note: "if the cluster has no aws-auth" },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: ["aws-auth"], verbs: ["get", "patch", "delete"] },
];

const bindingsListed: CallerRule = {
  apiGroups: [rbacGroup],
  resources: ["rolebindings", "clusterrolebindings"],
  verbs: ["list"],
};

export interface Wish {
  /** In which the function acts. */
  readonly namespace: string;
  /** The cluster reads aws-auth. */
  readonly readsAwsAuth: boolean;
  /** What the function gets: Kubernetes lets nobody grant what they lack. */
  readonly needs: readonly Need[];
}

/** For `teardown --workloads`. */
const workloads: Need = { group: "apps", resource: "deployments", verbs: ["list", "delete"] };

/** To run `setup` and `teardown`. */
export function setupRoles({ namespace, readsAwsAuth, needs }: Wish): readonly CallerRole[] {
  const name = "eks-lambda-setup";
  const grants = grantsOf([...needs, { ...workloads, namespace }], namespace);
  const ofCluster = grants.find((grant) => grant.namespace === undefined);
  return [
    ...(readsAwsAuth ? [{ name, namespace: "kube-system", rules: awsAuthRules }] : []),
    ...grants
      .filter((grant) => grant !== ofCluster)
      .map(({ namespace, rules }) => ({ name, namespace, rules: [managing("roles", "rolebindings"), ...rules] })),
    {
      name,
      namespace: undefined,
      rules: [
        bindingsListed,
        ...(ofCluster ? [managing("clusterroles", "clusterrolebindings"), ...ofCluster.rules] : []),
      ],
    },
  ];
}

const managing = (...resources: readonly string[]): CallerRule => ({
  apiGroups: [rbacGroup],
  resources,
  verbs: ["get", "create", "patch", "delete"],
});

/** To run `setup --dry-run` and `teardown --dry-run`. */
export function planRoles({ namespace, readsAwsAuth }: Omit<Wish, "needs">): readonly CallerRole[] {
  const name = "eks-lambda-plan";
  const get = ["get"];
  const awsAuth = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["aws-auth"], verbs: get };
  return [
    ...(readsAwsAuth ? [{ name, namespace: "kube-system", rules: [awsAuth] }] : []),
    { name, namespace, rules: [{ apiGroups: [rbacGroup], resources: ["roles", "rolebindings"], verbs: get }] },
    { name, namespace: undefined, rules: [bindingsListed] },
  ];
}

const granting: readonly CallerRule[] = [
  {
    apiGroups: [rbacGroup],
    resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    verbs: ["get", "list", "create", "patch", "delete"],
  },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];

/** To run `grant` and `revoke`. The caller also needs what they grant. */
export const grantRoles = ({ readsAwsAuth }: Pick<Wish, "readsAwsAuth">): readonly CallerRole[] => [
  ...(readsAwsAuth ? [{ name: "eks-lambda-grant", namespace: "kube-system", rules: awsAuthRules }] : []),
  { name: "eks-lambda-grant", namespace: undefined, rules: granting },
];

/** To run `smoke`, whose namespace has another name each time. */
export function smokeRoles({ readsAwsAuth, needs }: Omit<Wish, "namespace">): readonly CallerRole[] {
  const name = "eks-lambda-smoke";
  const [inside] = grantsOf([...needs, workloads, granted], "any");
  return [
    ...(readsAwsAuth ? [{ name, namespace: "kube-system", rules: awsAuthRules }] : []),
    {
      name,
      namespace: undefined,
      rules: [
        { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list", "create", "delete"] },
        ...granting,
        ...(inside?.rules ?? []),
      ],
    },
  ];
}

/** What `smoke` grants to its role. */
const granted: Need = { group: "", resource: "configmaps", verbs: ["get"] };

/** The objects without their notes. */
export const objectsOf = (roles: readonly CallerRole[]) =>
  roles.map(({ name, namespace, rules }) => ({
    apiVersion: `${rbacGroup}/v1`,
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    rules: rules.map(({ note: _, ...rule }) => rule),
  }));

/** YAML with one line for each rule, and notes as comments. */
export const rolesAsYaml = (roles: readonly CallerRole[]): string =>
  objectsOf(roles)
    .map(({ apiVersion, kind, metadata: { name, namespace } }, at) => {
      const lines = [`apiVersion: ${apiVersion}`, `kind: ${kind}`, "metadata:", `  name: ${name}`];
      const place = namespace === undefined ? [] : [`  namespace: ${word(namespace)}`];
      return [...lines, ...place, "rules:", ...(roles[at]?.rules ?? []).flatMap(ruleLines), ""].join("\n");
    })
    .join("---\n");

const maxLine = 120;

function ruleLines({ apiGroups, resources, resourceNames, verbs, note }: CallerRule): readonly string[] {
  const fields = [
    `apiGroups: ${list(apiGroups)}`,
    `resources: ${list(resources)}`,
    ...(resourceNames ? [`resourceNames: ${list(resourceNames)}`] : []),
    `verbs: ${list(verbs)}`,
  ];
  const line = `  - { ${fields.join(", ")} }${note === undefined ? "" : ` # ${note}`}`;
  return line.length <= maxLine ? [line] : fields.map((field, at) => `${at === 0 ? "  - " : "    "}${field}`);
}

const list = (words: readonly string[]): string => `[${words.map(word).join(", ")}]`;

const word = (text: string): string => (/^[a-z][a-z0-9.-]*$/.test(text) && isPlain(text) ? text : quoted(text));
