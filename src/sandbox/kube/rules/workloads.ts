/** What makes Pods. Source: k8s.io/kubernetes/pkg/apis/{apps,batch,policy}/validation */
import { isDeepStrictEqual } from "node:util";
import { problemOfDnsLabel } from "../names.ts";
import {
  at,
  isMap,
  type Json,
  type JsonMap,
  type KubeObject,
  type Labels,
  lengthOf,
  listOf,
  type Metadata,
  mapOf,
  textsOf,
} from "../object.ts";
import { matches, requirementsOf } from "../select/labels.ts";
import { unsupported, wrong } from "../status.ts";
import { duplicatesIn } from "../types/source.ts";
import { cron } from "./cron.ts";
import {
  because,
  differs,
  type Fields,
  immutable,
  isGiven,
  notNegative,
  nowhere,
  oneOf,
  type Rule,
  required,
  under,
  type What,
} from "./field.ts";
import { annotations, labels } from "./metadata.ts";
import { isSelector, podSpec } from "./pods.ts";
import { selector } from "./selectors.ts";
import { claimed } from "./storage.ts";

/** A template at a path, with the rules of its Pods. */
const template = (path: string): Fields => ({
  // Problems of its metadata are reported in the template itself.
  [path]: (value, place) => [
    { at: ".labels", why: labels(at(value, "metadata.labels"), place) },
    { at: ".annotations", why: annotations(at(value, "metadata.annotations"), place) },
  ],
  ...podSpec(`${path}.spec`),
});

const always: Rule = (policy) => isGiven(policy) && policy !== "Always" && unsupported(policy, ["Always"]);
const hasFields = (value: Json): boolean => Object.keys(mapOf(value)).length > 0;
const ofTemplate: Fields = {
  ...template("spec.template"),
  "spec.template.spec.restartPolicy": always,
  "spec.template.spec.activeDeadlineSeconds": (value) =>
    isGiven(value) && "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
};

const isSelected = (object: Json): boolean => {
  const selector = at(object, "spec.selector");
  return Boolean(selector) && matches(requirementsOf(selector), textsOf(at(object, "spec.template.metadata.labels")));
};
const isEmpty = (selector: Json): boolean =>
  !hasFields(mapOf(selector).matchLabels) && lengthOf(mapOf(selector).matchExpressions ?? []) === 0;
const templateLabels: Rule = (given, { object }) =>
  !isSelected(object) && wrong(given, "`selector` does not match template `labels`");

/** Without a selector that selects, nothing is said of the template. */
const whenSelects = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([path, rule]): [string, Rule] => [
      path,
      (value, place) => isSelector(at(place.object, "spec.selector")) && rule(value, place),
    ]),
  );

interface Selecting {
  readonly kind: string;
  /** What is said of a selector that does not select. */
  readonly broken: string;
}
const selected = ({ kind, broken }: Selecting): Fields => ({
  ...selector("spec.selector"),
  "spec.selector": (given) => {
    if (!given) return "Required value";
    return [
      isEmpty(given) && wrong(given, `empty selector is invalid for ${kind}`),
      !isSelector(given) && `Invalid value: ${JSON.stringify(given)}${broken}`,
    ];
  },
  ...whenSelects({ "spec.template.metadata.labels": templateLabels, ...ofTemplate }),
});

const counts = { "spec.replicas": notNegative, "spec.minReadySeconds": notNegative };
const unselectable = ": invalid label selector";
/** The selector of most cannot change. */
const keepsSelector = (fields: Fields): Fields => ({
  ...fields,
  "spec.selector": (given, place) => [fields["spec.selector"]?.(given, place), immutable(given, place)],
});
const scaled: Fields = {
  ...counts,
  "spec.revisionHistoryLimit": notNegative,
  ...keepsSelector(selected({ kind: "deployment", broken: unselectable })),
};

const share: Rule = (value) => {
  if (typeof value === "number") return value < 0 && wrong(value, "must be greater than or equal to 0");
  if (!isGiven(value)) return undefined;
  const percent = /^(\d+)%$/.exec(`${value}`);
  const words =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return !percent && wrong(value, words);
};
const atMostAll: Rule = (value, place) => [
  share(value, place),
  Number(/^(\d+)%$/.exec(`${value}`)?.[1] ?? 0) > 100 && wrong(value, "must not be greater than 100%"),
];
const isNothing = (value: Json): boolean => value === 0 || /^0+%$/.test(`${value}`);
const rolling = "Forbidden: may not be specified when strategy `type` is 'Recreate'";

const deployment: Fields = {
  ...scaled,
  "spec.strategy": (strategy) => {
    const { type, rollingUpdate } = mapOf(strategy);
    const { maxUnavailable, maxSurge } = mapOf(rollingUpdate);
    const asGo = rollingUpdate ? { MaxUnavailable: maxUnavailable ?? 0, MaxSurge: maxSurge ?? 0 } : null;
    const known = ["Recreate", "RollingUpdate"];
    return !known.includes(`${type}`) && unsupported({ Type: type ?? "", RollingUpdate: asGo }, known);
  },
  "spec.strategy.rollingUpdate?": (_, { parent }) => parent.type === "Recreate" && rolling,
  "spec.strategy.rollingUpdate?.maxSurge": share,
  "spec.strategy.rollingUpdate?.maxUnavailable": (value, place) => [
    atMostAll(value, place),
    isNothing(value) && isNothing(place.parent.maxSurge) && wrong(value, "may not be 0 when `maxSurge` is 0"),
  ],
  "spec.progressDeadlineSeconds": (value, { parent }) =>
    Number(value) < 0
      ? wrong(value, "must be greater than or equal to 0")
      : Number(value) <= Number(parent.minReadySeconds ?? 0) && wrong(value, "must be greater than minReadySeconds"),
};

const statefulUpdate =
  "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const mutable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];
const settled = (spec: Json): Json =>
  Object.fromEntries(Object.entries(mapOf(spec)).filter(([field]) => !mutable.includes(field)));

/** Of what cannot change. */
const onCreate = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([path, rule]) => [path, (value, place) => !place.isUpdate && rule(value, place)]),
  );

/** A StatefulSet as the API server validates it: with its claims before the volumes of its template that they do not replace. */
export function withClaims(set: KubeObject): KubeObject {
  const { template, volumeClaimTemplates, ...spec } = mapOf(set.spec);
  const claims = listOf(volumeClaimTemplates).map((one) => at(one, "metadata.name"));
  if (claims.length === 0) return set;
  const { spec: inner, ...rest } = mapOf(template);
  const { volumes, ...pod } = mapOf(inner);
  const own = claims.map((name) => ({ name: name ?? "", persistentVolumeClaim: { claimName: name ?? "" } }));
  const others = listOf(volumes).filter((one) => !claims.includes(at(one, "name")));
  const whole = { ...rest, spec: { ...pod, volumes: [...own, ...others] } };
  return { ...set, spec: { ...spec, template: whole, volumeClaimTemplates } };
}

const stateful: Fields = {
  ...counts,
  ...selected({ kind: "statefulset", broken: "" }),
  // Each Pod gets its own.
  "spec.template.spec.hostname": () => undefined,
  "spec.template.spec.subdomain": () => undefined,
  spec: (spec, { old }) => isMap(old) && !isDeepStrictEqual(settled(spec), settled(old)) && statefulUpdate,
  ...onCreate(under("spec.volumeClaimTemplates[].spec", claimed)),
  "spec.podManagementPolicy": oneOf("OrderedReady", "Parallel"),
  "spec.updateStrategy": (strategy) => {
    const { type, rollingUpdate } = mapOf(strategy);
    const only = "only allowed for updateStrategy 'RollingUpdate'";
    if (type === "OnDelete") return isGiven(rollingUpdate) && { at: ".rollingUpdate", why: wrong(rollingUpdate, only) };
    return type !== "RollingUpdate" && wrong(strategy, "must be 'RollingUpdate' or 'OnDelete'");
  },
  "spec.updateStrategy.rollingUpdate?.partition": notNegative,
  "spec.persistentVolumeClaimRetentionPolicy?.whenDeleted": oneOf("Retain", "Delete"),
  "spec.persistentVolumeClaimRetentionPolicy?.whenScaled": oneOf("Retain", "Delete"),
};

const daemons: Fields = {
  ...ofTemplate,
  ...keepsSelector({
    ...selector("spec.selector"),
    "spec.selector": (given) =>
      isGiven(given) && isEmpty(given) && wrong(given, "empty selector is invalid for daemonset"),
  }),
  "spec.template.metadata.labels": (given, place) =>
    isSelector(at(place.object, "spec.selector")) && templateLabels(given, place),
  "spec.minReadySeconds": notNegative,
  "spec.revisionHistoryLimit": notNegative,
  "spec.updateStrategy": (strategy) => {
    const known = ["RollingUpdate", "OnDelete"];
    return !known.includes(`${mapOf(strategy).type}`) && unsupported(strategy, known);
  },
  "spec.updateStrategy.rollingUpdate?.maxUnavailable": (value, place) => [
    atMostAll(value, place),
    isNothing(value) && isNothing(place.parent.maxSurge) && "Required value: cannot be 0 when maxSurge is 0",
  ],
  "spec.updateStrategy.rollingUpdate?.maxSurge": atMostAll,
};

const ofJob: Rule = (policy) =>
  policy === "Always"
    ? 'Required value: valid values: "OnFailure", "Never"'
    : isGiven(policy) && oneOf("OnFailure", "Never")(policy, nowhere);
const jobSpec = (path: string): Fields => ({
  ...under(path, counted),
  ...template(`${path}.template`),
  [`${path}.template.spec.restartPolicy`]: (policy, place) => [
    ofJob(policy, place),
    policy === "OnFailure" &&
      isGiven(at(place.object, `${path}.podFailurePolicy`)) &&
      wrong(policy, 'only "Never" is supported when podFailurePolicy is specified'),
  ],
});
const ofIndexes: Rule = (value, { parent }) =>
  isGiven(value) && parent.completionMode !== "Indexed" && wrong(value, "requires indexed completion mode");
const jobCompletions: Rule = (value, { parent }) => [
  Number(value) < 0 && wrong(value, "must be greater than or equal to 0"),
  parent.completionMode === "Indexed" && !isGiven(value) && "Required value: when completion mode is Indexed",
];
const counted: Fields = {
  parallelism: notNegative,
  completions: (value, place) => jobCompletions(value, place),
  activeDeadlineSeconds: notNegative,
  backoffLimit: notNegative,
  ttlSecondsAfterFinished: notNegative,
  completionMode: oneOf("NonIndexed", "Indexed"),
  backoffLimitPerIndex: (value, place) => [
    notNegative(value, place),
    ofIndexes(value, place),
    place.parent.completionMode === "Indexed" &&
      isGiven(place.parent.maxFailedIndexes) &&
      !isGiven(value) &&
      "Required value: when maxFailedIndexes is specified",
  ],
  maxFailedIndexes: (value, place) => [notNegative(value, place), ofIndexes(value, place)],
  successPolicy: (value, { parent }) =>
    isGiven(value) && parent.completionMode !== "Indexed" && wrong(value, "requires indexed completion mode"),
  "successPolicy?.rules": required,
  "podFailurePolicy?.rules[].action": oneOf("Count", "FailIndex", "FailJob", "Ignore"),
  "podFailurePolicy?.rules[].onExitCodes?.operator": oneOf("In", "NotIn"),
  "podFailurePolicy?.rules[].onExitCodes?.values": because("must specify at least one value"),
  "podFailurePolicy?.rules[]": (rule, { object }) => {
    const { action, onExitCodes, onPodConditions } = mapOf(rule);
    const isBoth = isGiven(onExitCodes) && lengthOf(onPodConditions) > 0;
    const isNeither = !isGiven(onExitCodes) && !lengthOf(onPodConditions);
    return [
      action === "FailIndex" &&
        !isGiven(at(object, "spec.backoffLimitPerIndex")) && {
          at: ".action",
          why: wrong(action, "requires the backoffLimitPerIndex to be set"),
        },
      isBoth && wrong(rule, "specifying both OnExitCodes and OnPodConditions is not supported"),
      isNeither && wrong(rule, "specifying one of OnExitCodes and OnPodConditions is required"),
    ];
  },
  podReplacementPolicy: oneOf("Failed", "TerminatingOrFailed"),
};

/** A template without what can change while its Job waits to be started for the first time. */
function waiting(template: Json): Json {
  const { metadata, spec } = mapOf(template);
  const { labels: _, annotations: __, ...rest } = mapOf(metadata);
  const { affinity, nodeSelector, tolerations, schedulingGates, ...settled } = mapOf(spec);
  const { nodeAffinity, ...others } = mapOf(affinity);
  return { metadata: rest, spec: { ...settled, ...(hasFields(others) && { affinity: others }) } };
}
const jobTemplate: Rule = (value, place) => {
  const { isUpdate, old } = place;
  const { spec, status } = mapOf(place.before);
  const isWaiting = at(spec, "suspend") === true && !at(status, "startTime");
  const isSame = isWaiting && isDeepStrictEqual(waiting(value), waiting(old));
  return [template("spec.template")["spec.template"]?.(value, place), isUpdate && !isSame && immutable(value, place)];
};
/** Labels by which a Job finds its Pods, which it gives them itself. */
function ownLabels(object: JsonMap): Labels {
  const { uid = "", name = "" } = object.metadata as Partial<Metadata>;
  const own = { "controller-uid": uid, "job-name": name };
  return {
    ...own,
    ...Object.fromEntries(Object.entries(own).map(([key, one]) => [`batch.kubernetes.io/${key}`, one])),
  };
}
const isGenerated = (object: JsonMap): boolean =>
  at(object, "spec.manualSelector") !== true && Boolean(at(object, "spec.selector"));
const generatedLabels: Rule = (given, { object }) =>
  Object.entries(isGenerated(object) ? ownLabels(object) : {}).flatMap(([label, value]): What[] => {
    const is = mapOf(given)[label];
    if (is === value) return [];
    return [{ at: `[${label}]`, why: is ? wrong(is, `must be '${value}'`) : `Required value: must be '${value}'` }];
  });

/** The index of a Pod is a part of its name. */
const indexedName: Rule = (name, { object }) => {
  const count = Number(at(object, "spec.completions") ?? 0);
  const last = `${name}-${count - 1}`;
  const isIndexed = at(object, "spec.completionMode") === "Indexed" && count > 0;
  const isLabel = last.length <= 63 && !problemOfDnsLabel(last);
  return isIndexed && !isLabel && wrong(name, `will not able to create pod with invalid DNS label: ${last}`);
};

const job: Fields = {
  "metadata.name": indexedName,
  ...selector("spec.selector"),
  ...jobSpec("spec"),
  "spec.template.metadata.labels": (given, place) => [
    generatedLabels(given, place),
    isSelector(at(place.object, "spec.selector")) && templateLabels(given, place),
  ],
  "spec.completions": (value, place) => [
    jobCompletions(value, place),
    place.parent.completionMode !== "Indexed" && immutable(value, place),
    place.parent.completionMode === "Indexed" &&
      isGiven(value) &&
      differs(value, place) &&
      value !== place.parent.parallelism &&
      wrong(value, "can only be modified in tandem with spec.parallelism"),
  ],
  "spec.selector": (given, place) => [
    !given && "Required value",
    isGenerated(place.object) &&
      isSelector(given) &&
      !matches(requirementsOf(given), ownLabels(place.object)) &&
      wrong(given, "`selector` not auto-generated"),
    immutable(given, place),
  ],
  "spec.completionMode": (value, place) => [oneOf("NonIndexed", "Indexed")(value, place), immutable(value, place)],
  "spec.template": jobTemplate,
};
const budget: Fields = {
  ...selector("spec.selector"),
  "spec.unhealthyPodEvictionPolicy": oneOf("IfHealthyBudget", "AlwaysAllow"),
  "spec.minAvailable": atMostAll,
  "spec.maxUnavailable": atMostAll,
  spec: (spec) =>
    isGiven(at(spec, "minAvailable")) &&
    isGiven(at(spec, "maxUnavailable")) &&
    wrong(spec, "minAvailable and maxUnavailable cannot be both set"),
};

export const workloads: Readonly<Record<string, Fields>> = {
  Deployment: deployment,
  ReplicaSet: scaled,
  StatefulSet: stateful,
  DaemonSet: daemons,
  Job: job,
  CronJob: {
    "metadata.name": (name) => lengthOf(name) > 52 && wrong(name, "must be no more than 52 characters"),
    ...cron,
    "spec.concurrencyPolicy": oneOf("Allow", "Forbid", "Replace"),
    "spec.startingDeadlineSeconds": notNegative,
    "spec.successfulJobsHistoryLimit": notNegative,
    "spec.failedJobsHistoryLimit": notNegative,
    ...jobSpec("spec.jobTemplate.spec"),
  },
  PodDisruptionBudget: budget,
  ControllerRevision: {
    "": (_, { object }) => !isGiven(object.data) && { at: "data", why: "Required value: data is mandatory" },
    revision: notNegative,
    // A duplicate field is kept as it is, and makes it another.
    data: (data, place) => [
      isGiven(data) && !isMap(data) && "Required value: data must be a valid JSON object",
      place.isUpdate && (differs(data, place) || duplicatesIn(data).length > 0) && wrong(data, "field is immutable"),
    ],
  },
};
