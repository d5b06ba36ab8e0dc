/** What someone can write into a status. Source: the validations of status updates in k8s.io/kubernetes/pkg/apis */
import { at, type Json, lengthOf, listOf } from "../object.ts";
import { wrong } from "../status.ts";
import { type Fields, isGiven, notNegative, type Rule, required, type What } from "./field.ts";

const isTrue = (conditions: Json, type: string): boolean =>
  listOf(conditions).some((one) => at(one, "type") === type && at(one, "status") === "True");
const isFinished = (object: Json): boolean =>
  ["Complete", "Failed"].some((type) => isTrue(at(object, "status.conditions"), type));

const outcomes: Rule = (now, { old }) => {
  const [is, was] = [(type: string) => isTrue(now, type), (type: string) => isTrue(old, type)];
  const ended = (type: string, title = type): What =>
    was(type) && !is(type) && `cannot disable the ${title}=True condition`;
  const alone = (one: string, other: string): What =>
    is(one) && is(other) && `cannot set ${one}=True and ${other}=true conditions`;
  const after = (one: string, other: string): What =>
    is(one) && !was(one) && !is(other) && `cannot set ${one}=True condition without the ${other}=true condition`;
  const problems = [
    ended("Failed", "terminal Failed"),
    ended("Complete", "terminal Complete"),
    ended("FailureTarget", "terminal FailureTarget"),
    ended("SuccessCriteriaMet"),
    alone("Complete", "Failed"),
    alone("Complete", "FailureTarget"),
    alone("SuccessCriteriaMet", "Failed"),
    alone("SuccessCriteriaMet", "FailureTarget"),
    after("Complete", "SuccessCriteriaMet"),
    after("Failed", "FailureTarget"),
  ];
  return problems.map((one) => one && `Invalid value: ${one}`);
};

/** A Job's status tells how it ends: what a person writes must fit. */
const job: Fields = {
  "status.completionTime": (time, { object }) => {
    const isComplete = isTrue(at(object, "status.conditions"), "Complete");
    const start = at(object, "status.startTime");
    if (!isGiven(time)) return isComplete && "Required value: completionTime is required for Complete jobs";
    if (!isComplete) return wrong(time, "cannot set completionTime when there is no Complete=True condition");
    return isGiven(start) && `${time}` < `${start}` && wrong(time, "must be equal to or after `startTime`");
  },
  "status.conditions": outcomes,
  "status.startTime": (time, { old, object }) => [
    isGiven(old) &&
      old !== time &&
      at(object, "spec.suspend") !== true &&
      "Required value: startTime cannot be removed for unsuspended job",
    isFinished(object) && !isGiven(time) && "Required value: startTime is required for finished job",
  ],
  "status.active": (count, place) => [
    notNegative(count, place),
    Number(count ?? 0) > 0 && isFinished(place.object) && wrong(count, "active>0 is invalid for finished job"),
  ],
  "status.succeeded": notNegative,
  "status.failed": notNegative,
  "status.terminating": notNegative,
  "status.ready": (count, place) => [
    notNegative(count, place),
    isGiven(count) &&
      Number(count) > Number(at(place.object, "status.active") ?? 0) &&
      wrong(count, "cannot set more ready pods than active"),
  ],
  status: (now, { old }) =>
    ["succeeded", "failed"].map((which) => {
      const [count, before] = [at(now, which) ?? 0, at(old, which) ?? 0];
      return (
        Number(count) < Number(before) && { at: `.${which}`, why: wrong(count, `cannot decrease the ${which} counter`) }
      );
    }),
};

export const statuses: Readonly<Record<string, Fields>> = {
  Namespace: {
    // The API server names the field so.
    "status.Phase": (_, { object, isUpdate }) => {
      const phase = at(object, "status.phase");
      const isEnding = isUpdate && isGiven(at(object, "metadata.deletionTimestamp"));
      if (phase === (isEnding ? "Terminating" : "Active") || !isGiven(phase)) return undefined;
      const why = isEnding
        ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
        : "may only be 'Active' if `deletionTimestamp` is empty";
      return wrong(phase, why);
    },
  },
  Job: job,
  PodDisruptionBudget: { "status.conditions[].lastTransitionTime": required },
  Service: {
    "status.loadBalancer.ingress": (ingress, { object }) =>
      lengthOf(ingress) > 0 &&
      at(object, "spec.type") !== "LoadBalancer" &&
      "Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  },
};
