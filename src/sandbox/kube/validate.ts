/** Validates objects, with the API server's messages. To validate a field, add it to its kind. */
import { isDeepStrictEqual } from "node:util";
import { type Kind, rbacGroup } from "./kinds.ts";
import {
  problemOfDataKey,
  problemOfDnsLabel,
  problemOfKey,
  problemOfSegment,
  problemOfSubdomain,
  problemOfValue,
} from "./names.ts";
import { at, type Json, type JsonMap, type KubeObject, lengthOf, listOf, mapOf, textsOf } from "./object.ts";
import { problemsOf } from "./schema.ts";
import { matches, requirementsOf } from "./select/labels.ts";
import { invalid, notSupported, type Problem, unsupported, wrong } from "./status.ts";
import { problemsOfType } from "./types/rules.ts";
import { typeOf } from "./types/types.ts";

/** The problem with a field, or with a field inside it. */
type What = string | Problem | false | undefined;
type Fields = Readonly<Record<string, (value: Json, place: Place) => What>>;
interface Place {
  readonly object: JsonMap;
  /** The value before the change. */
  readonly old: Json;
  /** Of an item of a list: the items before it. */
  readonly earlier: readonly Json[];
}

const required = (value: Json): string | false => !lengthOf(value) && "Required value";
const differs = (value: Json, old: Json): boolean => old !== undefined && !isDeepStrictEqual(value, old);
const negative = (value: Json): string | false =>
  Number(value) < 0 && wrong(value, "must be greater than or equal to 0");
const immutable = (value: Json, { old }: Place): string | false =>
  differs(value, old) && wrong(value, "field is immutable");
const oneOf =
  (...values: readonly string[]) =>
  (value: Json) =>
    value !== undefined && !values.some((one) => one === value) && unsupported(value, values);

const podFields =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const oneKind = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
const noSubject = "at least one of user or group must be specified";

const nameless = "Required value: name or generateName is required";
const checked = (value: Json, check: (text: string) => string | undefined): string | undefined => {
  const why = check(`${value}`);
  return why && wrong(value, why);
};

const namedBy = (check: (text: string) => string | undefined): Fields => ({
  "metadata.name": (name) => (name ? checked(name, check) : nameless),
  "metadata.labels": (labels) =>
    Object.entries(mapOf(labels)).flatMap(([key, value]) => {
      return checked(key, problemOfKey) ?? checked(value, problemOfValue) ?? [];
    })[0],
});
/** All kinds except Roles and bindings. */
const named = namedBy(problemOfSubdomain);
const containers = (path: string): Fields => ({
  [path]: required,
  [`${path}[].image`]: required,
  [`${path}[].name`]: (name, { earlier }) =>
    name ? earlier.some((one) => mapOf(one).name === name) && `Duplicate value: "${name}"` : "Required value",
});
const selected: Fields = {
  "spec.selector": (selector, place) => (selector ? immutable(selector, place) : "Required value"),
  "spec.template.metadata.labels"(labels, { object }) {
    const selector = at(object, "spec.selector");
    const isSelected = selector && matches(requirementsOf(selector), textsOf(labels));
    return !isSelected && wrong(labels, "`selector` does not match template `labels`");
  },
};
const template = "spec.template.spec.containers";
const scaled: Fields = { "spec.replicas": negative, ...selected, ...containers(template) };
const ofJob = (policy: Json): What => policy === "Always" && 'Required value: valid values: "OnFailure", "Never"';
const keyed = (data: Json): What =>
  Object.keys(mapOf(data)).flatMap((key): readonly Problem[] => {
    const why = checked(key, problemOfDataKey);
    return why ? [[`[${key}]`, why]] : [];
  })[0];
const review: Fields = {
  "spec.resourceAttributes": (wish, { object }) =>
    !wish && !at(object, "spec.nonResourceAttributes") && wrong(null, oneKind),
};
/** Besides its name and labels. */
const fieldsOf: Readonly<Record<string, Fields>> = {
  ConfigMap: { data: keyed, binaryData: keyed },
  Secret: { data: keyed },
  Namespace: namedBy(problemOfDnsLabel),
  Pod: {
    ...containers("spec.containers"),
    "spec.restartPolicy": oneOf("Always", "OnFailure", "Never"),
    "spec.nodeName": (value, { old }) => differs(value, old) && `Forbidden: ${podFields}`,
  },
  Deployment: scaled,
  ReplicaSet: scaled,
  StatefulSet: scaled,
  DaemonSet: { ...selected, ...containers(template) },
  Job: {
    "spec.backoffLimit": negative,
    ...containers(template),
    "spec.template": immutable,
    "spec.template.spec.restartPolicy": ofJob,
  },
  CronJob: { "spec.schedule": required, "spec.jobTemplate.spec.template.spec.restartPolicy": ofJob },
  Role: { "rules[].verbs": (verbs) => required(verbs) && "Required value: verbs must contain at least one value" },
  RoleBinding: {
    "roleRef.kind": (kind) =>
      !/^(Cluster)?Role$/.test(`${kind}`) && `Unsupported value: "${kind}": supported values: "Role", "ClusterRole"`,
    "subjects[].name": required,
    roleRef: (ref, { old }) =>
      differs(ref, old) &&
      wrong({ APIGroup: rbacGroup, Kind: at(ref, "kind"), Name: at(ref, "name") }, "cannot change roleRef"),
  },
  SelfSubjectAccessReview: review,
  SubjectAccessReview: {
    ...review,
    "spec.user": (user, { object }) => !user && !lengthOf(at(object, "spec.groups")) && wrong("", noSubject),
  },
};

interface Found {
  readonly path: string;
  readonly value: Json;
  readonly earlier: readonly Json[];
}

/** Expands `rules[].verbs` to `rules[0].verbs` and so on. */
function valuesAt(object: Json, path: string): readonly Found[] {
  const [list = "", field] = path.split("[].");
  if (field === undefined) return [{ path, value: at(object, path), earlier: [] }];
  return listOf(at(object, list)).map((one, index, all) => ({
    path: `${list}[${index}].${field}`,
    value: at(one, field),
    earlier: all.slice(0, index),
  }));
}

/** Fields that a cluster acts on and the sandbox does not support. */
const unsupportedFields: Readonly<Record<string, string>> = {
  StatefulSet: "spec.volumeClaimTemplates",
  CustomResourceDefinition: "spec.conversion.webhook",
};

/** Throws 422 with all problems. */
export function validate(kind: Kind, object: KubeObject, old?: KubeObject): void {
  const unknown = unsupportedFields[kind.kind];
  if (unknown && at(object, unknown)) throw notSupported(`${unknown} of a ${kind.kind}`);
  const common = kind.group === rbacGroup ? namedBy(problemOfSegment) : kind.kind.endsWith("Review") ? {} : named;
  const fields = { ...common, ...fieldsOf[kind.kind] };
  const { metadata, ...rest } = object;
  const type = typeOf(kind);
  const own = kind.custom ? problemsOf(rest, kind.custom.schema?.openAPIV3Schema ?? {}) : [];
  const ofType = type ? problemsOfType(rest, type) : [];
  const found = Object.entries(fields).flatMap(([field, problem]) =>
    valuesAt(object, field).flatMap(({ path, value, earlier }): readonly Problem[] => {
      const what = problem(value, { object, earlier, old: at(old, field) });
      if (!what) return [];
      return typeof what === "string" ? [[path, what]] : [[path + what[0], what[1]]];
    }),
  );
  const isNew = ([field]: Problem): boolean => !found.some(([other]) => other === field);
  const problems = [...found, ...ofType.filter(isNew), ...own];
  if (problems.length > 0) throw invalid(kind, object.metadata.name ?? "", problems);
}
