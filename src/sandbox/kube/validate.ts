/** What the API server refuses in an object, in its words. To check a kind, add an entry to `checks`. */
import { badRequest, type FieldError, invalid } from "./status.ts";
import { type Kind, type KubeObject, rbacGroup } from "./store.ts";

type Check = (object: KubeObject, old: KubeObject | undefined) => readonly (FieldError | false)[];

const required = (field: string): FieldError => ({ field, message: "Required value" });
const wrong = (field: string, value: unknown, why: string): FieldError => {
  return { field, message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}` };
};

/** The value under that path, as far as there is one. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined | null)?.[key], value);
const list = (value: unknown, ...path: string[]) => (at(value, ...path) ?? []) as readonly unknown[];
const changed = (object: KubeObject, old: KubeObject | undefined, ...path: string[]): boolean =>
  old !== undefined && JSON.stringify(at(object, ...path)) !== JSON.stringify(at(old, ...path));

const pattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const subdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${pattern}')`;
const named: Check = ({ metadata: { name, labels = {} } }) => [
  !name && { field: "metadata.name", message: "Required value: name or generateName is required" },
  Boolean(name) && !new RegExp(`^${pattern}$`).test(name) && wrong("metadata.name", name, subdomain),
  ...Object.values(labels).map(
    (one) => one.length > 63 && wrong("metadata.labels", one, "must be no more than 63 bytes"),
  ),
];

const empty = "empty selector is invalid for deployment";
const deployment: Check = (object, old) => {
  const [spec, path] = [object.spec, "spec.template"];
  const [selector, labels] = [at(spec, "selector"), at(spec, "template", "metadata", "labels")];
  const matchLabels = Object.entries((at(selector, "matchLabels") ?? {}) as Record<string, string>);
  const matches = selector && matchLabels.every(([key, value]) => at(labels, key) === value);
  const containers = list(spec, "template", "spec", "containers");
  const replicas = Number(at(spec, "replicas") ?? 1);
  return [
    ...named(object, old),
    replicas < 0 && wrong("spec.replicas", replicas, "must be greater than or equal to 0"),
    !selector && required("spec.selector"),
    Boolean(selector) && matchLabels.length === 0 && wrong("spec.selector", {}, empty),
    !matches && wrong(`${path}.metadata.labels`, labels, "`selector` does not match template `labels`"),
    containers.length === 0 && required(`${path}.spec.containers`),
    ...["name", "image"].flatMap((field) =>
      containers.map((one, index) => !at(one, field) && required(`${path}.spec.containers[${index}].${field}`)),
    ),
    changed(object, old, "spec", "selector") && wrong("spec.selector", selector, "field is immutable"),
  ];
};

const binding: Check = (object, old) => {
  const { kind: Kind = "", name: Name } = (object.roleRef ?? {}) as Record<string, string>;
  const message = `Unsupported value: "${Kind}": supported values: "Role", "ClusterRole"`;
  return [
    !/^(Cluster)?Role$/.test(Kind) && { field: "roleRef.kind", message },
    !Name && required("roleRef.name"),
    ...list(object, "subjects").map((one, index) => !at(one, "name") && required(`subjects[${index}].name`)),
    changed(object, old, "roleRef") && wrong("roleRef", { APIGroup: rbacGroup, Kind, Name }, "cannot change roleRef"),
  ];
};

const noVerbs = "Required value: verbs must contain at least one value";
const role: Check = (object) =>
  list(object, "rules").map(
    (one, at) => !list(one, "verbs").length && { field: `rules[${at}].verbs`, message: noVerbs },
  );

const oneOf = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
const review: Check = ({ spec }) => [
  !at(spec, "resourceAttributes") &&
    !at(spec, "nonResourceAttributes") &&
    wrong("spec.resourceAttributes", null, oneOf),
];
const nobody = wrong("spec.user", "", "at least one of user or group must be specified");
const reviewOfAnother: Check = (object, old) => [
  ...review(object, old),
  !at(object.spec, "user") && !list(object.spec, "groups").length && nobody,
];

const checks: Readonly<Record<string, Check>> = {
  ...{ ConfigMap: named, Namespace: named, Deployment: deployment, RoleBinding: binding, ClusterRoleBinding: binding },
  ...{ Role: role, ClusterRole: role, SelfSubjectAccessReview: review, SubjectAccessReview: reviewOfAnother },
};

/** Throws 400 for a number that is none, else 422. */
export function validate(kind: Kind, object: KubeObject, old: KubeObject | undefined): void {
  const type = typeof (at(object, "spec", "replicas") ?? 1);
  const why = `json: cannot unmarshal ${type} into Go struct field DeploymentSpec.spec.replicas of type int32`;
  if (kind.kind === "Deployment" && type !== "number")
    throw badRequest(`Deployment in version "v1" cannot be handled as a Deployment: ${why}`);
  const errors = (checks[kind.kind]?.(object, old) ?? []).filter((error) => error !== false);
  // Of a review the API server does not tell the kind.
  const title = /Review$/.test(kind.kind) ? { ...kind, kind: "" } : kind;
  if (errors.length > 0) throw invalid(title, object.metadata.name ?? "", errors);
}
