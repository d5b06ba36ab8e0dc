/** What the API server finds wrong in an object, in its words. To check a field, add it to its kind. */
import { isDeepStrictEqual } from "node:util";
import { failure, invalid } from "./status.ts";
import { type Kind, type KubeObject, rbacGroup } from "./store.ts";

/** What a client sent, whatever it is. */
export type Sent = ReturnType<typeof JSON.parse>;
/** What is wrong with a field, when something is; `old` is its value before a change. */
type Fields = Readonly<Record<string, (value: Sent, object: Sent, old: Sent) => string | false | undefined>>;

const wrong = (value: Sent, why: string): string => `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`;
const required = (value: Sent): string | false => !value?.length && "Required value";
const differs = (value: Sent, old: Sent): boolean => old !== undefined && !isDeepStrictEqual(value, old);

const pattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const subdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${pattern}')`;
const isSubdomain = new RegExp(`^${pattern}$`);
const oneOf = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
const nobody = "at least one of user or group must be specified";

/** Of what is in no RBAC: Roles and bindings may be called anything. */
const named: Fields = {
  "metadata.name": (name) =>
    name ? !isSubdomain.test(name) && wrong(name, subdomain) : "Required value: name or generateName is required",
  "metadata.labels": (labels: Record<string, string> = {}) =>
    Object.values(labels).flatMap((one) => (one.length > 63 ? wrong(one, "must be no more than 63 bytes") : []))[0],
};
const review: Fields = { "spec.resourceAttributes": (wish) => !wish && wrong(null, oneOf) };
const fieldsOf: Readonly<Record<string, Fields>> = {
  ConfigMap: named,
  Deployment: {
    ...named,
    "spec.replicas": (replicas) => replicas < 0 && wrong(replicas, "must be greater than or equal to 0"),
    "spec.selector": (selector, _, old) =>
      selector ? differs(selector, old) && wrong(selector, "field is immutable") : "Required value",
    "spec.template.metadata.labels"(labels, { spec: { selector } }) {
      const isSelected = selector && isDeepStrictEqual({ ...labels, ...selector.matchLabels }, { ...labels });
      return !isSelected && wrong(labels, "`selector` does not match template `labels`");
    },
    "spec.template.spec.containers": required,
  },
  Role: { "rules[].verbs": (verbs) => required(verbs) && "Required value: verbs must contain at least one value" },
  RoleBinding: {
    "roleRef.kind": (kind) =>
      !/^(Cluster)?Role$/.test(kind) && `Unsupported value: "${kind}": supported values: "Role", "ClusterRole"`,
    "subjects[].name": required,
    roleRef: (ref, _, old) =>
      differs(ref, old) && wrong({ APIGroup: rbacGroup, Kind: ref.kind, Name: ref.name }, "cannot change roleRef"),
  },
  SelfSubjectAccessReview: review,
  SubjectAccessReview: {
    ...review,
    "spec.user": (user, { spec }) => !user && !spec?.groups?.length && wrong("", nobody),
  },
};

const at = (object: Sent, path: string): Sent => path.split(".").reduce((inner, key) => inner?.[key], object);

/** What is at `rules[].verbs` is at `rules[0].verbs` and so on. */
function valuesAt(object: Sent, path: string): readonly (readonly [path: string, value: Sent])[] {
  const [list = "", field] = path.split("[].");
  if (field === undefined) return [[path, at(object, path)]];
  return [...(at(object, list) ?? [])].map((one, index) => [`${list}[${index}].${field}`, at(one, field)]);
}

/** Throws 400 for a number that is none, else 422 with all that is wrong. */
export function validate(kind: Kind, object: KubeObject, old?: KubeObject): void {
  const type = typeof (at(object, "spec.replicas") ?? 1);
  const why = `json: cannot unmarshal ${type} into Go struct field DeploymentSpec.spec.replicas of type int32`;
  if (type !== "number") throw failure(400, `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: ${why}`);
  const errors = Object.entries(fieldsOf[kind.kind] ?? {}).flatMap(([field, problem]) =>
    valuesAt(object, field).flatMap(([path, value]) => {
      const what = problem(value, object, at(old, field));
      return what ? [[path, what] as const] : [];
    }),
  );
  if (errors.length > 0) throw invalid(kind, object.metadata.name ?? "", errors);
}
