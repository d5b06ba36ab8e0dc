/** What makes Pods. Source: k8s.io/kubernetes/pkg/apis/{apps,batch,policy}/validation */
import { isDeepStrictEqual } from "node:util";
import { at, isMap, type Json, lengthOf, mapOf, textsOf } from "../object.ts";
import { matches, requirementsOf } from "../select/labels.ts";
import { unsupported, wrong } from "../status.ts";
import { cron } from "./cron.ts";
import { differs, type Fields, immutable, isGiven, notNegative, oneOf, type Rule, under } from "./field.ts";
import { labels } from "./metadata.ts";
import { podSpec, selector } from "./pods.ts";

/** A template at a path, with the rules of its Pods. */
const template = (path: string): Fields => ({ [`${path}.metadata?.labels`]: labels, ...podSpec(`${path}.spec`) });

const selected: Fields = {
  "spec.selector": (given, place) => (given ? immutable(given, place) : "Required value"),
  ...selector("spec.selector"),
  "spec.template.metadata.labels"(given, { object }) {
    const selector = at(object, "spec.selector");
    const isSelected = selector && matches(requirementsOf(selector), textsOf(given));
    return !isSelected && wrong(given, "`selector` does not match template `labels`");
  },
};

const always: Rule = (policy) => isGiven(policy) && policy !== "Always" && unsupported(policy, ["Always"]);
const workload: Fields = {
  ...selected,
  ...template("spec.template"),
  "spec.template.spec.restartPolicy": always,
  "spec.template.spec.activeDeadlineSeconds": (value) =>
    isGiven(value) && "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
  "spec.minReadySeconds": notNegative,
  "spec.revisionHistoryLimit": notNegative,
};
const scaled: Fields = { "spec.replicas": notNegative, ...workload };

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
const { "spec.selector": _, ...statefulScaled } = scaled;

const stateful: Fields = {
  ...statefulScaled,
  "spec.selector": (given) => !given && "Required value",
  spec: (spec, { old }) => isMap(old) && !isDeepStrictEqual(settled(spec), settled(old)) && statefulUpdate,
  "spec.podManagementPolicy": oneOf("OrderedReady", "Parallel"),
  "spec.updateStrategy.type": oneOf("OnDelete", "RollingUpdate"),
  "spec.updateStrategy.rollingUpdate?.partition": notNegative,
  "spec.persistentVolumeClaimRetentionPolicy?.whenDeleted": oneOf("Retain", "Delete"),
  "spec.persistentVolumeClaimRetentionPolicy?.whenScaled": oneOf("Retain", "Delete"),
};

const daemons: Fields = {
  ...workload,
  "spec.updateStrategy.type": oneOf("OnDelete", "RollingUpdate"),
  "spec.updateStrategy.rollingUpdate?.maxUnavailable": atMostAll,
  "spec.updateStrategy.rollingUpdate?.maxSurge": atMostAll,
};

const ofJob: Rule = (policy) =>
  policy === "Always"
    ? 'Required value: valid values: "OnFailure", "Never"'
    : isGiven(policy) && oneOf("OnFailure", "Never")(policy, { object: {}, old: undefined, earlier: [], parent: {} });
const jobSpec = (path: string): Fields => ({
  ...under(path, counted),
  ...template(`${path}.template`),
  [`${path}.template.spec.restartPolicy`]: ofJob,
});
const counted: Fields = {
  parallelism: notNegative,
  completions: notNegative,
  activeDeadlineSeconds: notNegative,
  backoffLimit: notNegative,
  ttlSecondsAfterFinished: notNegative,
  completionMode: oneOf("NonIndexed", "Indexed"),
  podReplacementPolicy: oneOf("Failed", "TerminatingOrFailed"),
};

const isSuspended = (object: Json): boolean => at(object, "spec.suspend") === true;
const job: Fields = {
  ...selected,
  ...jobSpec("spec"),
  "spec.completions": (value, { old, parent }) => [
    Number(value) < 0 && wrong(value, "must be greater than or equal to 0"),
    parent.completionMode === "Indexed" && !isGiven(value) && "Required value: when completion mode is Indexed",
    parent.completionMode !== "Indexed" && differs(value, old) && wrong(value, "field is immutable"),
    parent.completionMode === "Indexed" &&
      differs(value, old) &&
      value !== parent.parallelism &&
      wrong(value, "can only be modified in tandem with spec.parallelism"),
  ],
  "spec.selector": immutable,
  "spec.completionMode": (value, place) => [oneOf("NonIndexed", "Indexed")(value, place), immutable(value, place)],
  "spec.template": (value, place) => !isSuspended(place.object) && immutable(value, place),
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
    data: (data, { old }) => differs(data, old) && wrong(data, "field is immutable"),
  },
};
