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

const deployment: Check = (object, old) => {
  const [selector, labels] = [at(object, "spec", "selector"), at(object, "spec", "template", "metadata", "labels")];
  const matchLabels = Object.entries((at(selector, "matchLabels") ?? {}) as Record<string, string>);
  const matches = selector && matchLabels.every(([key, value]) => at(labels, key) === value);
  const containers = list(object, "spec", "template", "spec", "containers");
  const replicas = Number(at(object, "spec", "replicas") ?? 1);
  const path = "spec.template";
  return [
    ...named(object, old),
    replicas < 0 && wrong("spec.replicas", replicas, "must be greater than or equal to 0"),
    !selector && required("spec.selector"),
    Boolean(selector) &&
      matchLabels.length === 0 &&
      wrong("spec.selector", {}, "empty selector is invalid for deployment"),
    !matches && wrong(`${path}.metadata.labels`, labels, "`selector` does not match template `labels`"),
    containers.length === 0 && required(`${path}.spec.containers`),
    ...containers.map((one, index) => !at(one, "image") && required(`${path}.spec.containers[${index}].image`)),
    changed(object, old, "spec", "selector") && wrong("spec.selector", selector, "field is immutable"),
  ];
};

const role: Check = (object) =>
  list(object, "rules").flatMap((rule, index) => [
    list(rule, "verbs").length === 0 && {
      field: `rules[${index}].verbs`,
      message: "Required value: verbs must contain at least one value",
    },
  ]);

const binding: Check = (object, old) => {
  const { apiGroup: APIGroup, kind: Kind, name: Name } = (object.roleRef ?? {}) as Record<string, string>;
  const unsupported = `Unsupported value: ${JSON.stringify(APIGroup ?? "")}: supported values: "${rbacGroup}"`;
  return [
    APIGroup !== rbacGroup && { field: "roleRef.apiGroup", message: unsupported },
    changed(object, old, "roleRef") && wrong("roleRef", { APIGroup, Kind, Name }, "cannot change roleRef"),
  ];
};

const checks: Readonly<Record<string, Check>> = {
  Deployment: deployment,
  Role: role,
  ClusterRole: role,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
};

/** Throws 400 for a number that is none, else 422. */
export function validate(kind: Kind, object: KubeObject, old: KubeObject | undefined): void {
  const replicas = at(object, "spec", "replicas") ?? 1;
  if (kind.kind === "Deployment" && typeof replicas !== "number")
    throw badRequest(
      `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal ${typeof replicas} into Go struct field DeploymentSpec.spec.replicas of type int32`,
    );
  const errors = (checks[kind.kind] ?? named)(object, old).filter((error) => error !== false);
  if (errors.length > 0) throw invalid(kind, object.metadata.name, errors);
}
