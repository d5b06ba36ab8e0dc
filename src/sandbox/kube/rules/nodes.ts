/** Nodes. Source: k8s.io/kubernetes/pkg/apis/core/validation */
import { problemsOfKey, problemsOfValue } from "../names.ts";
import { at, type Json, listOf, mapOf } from "../object.ts";
import { duplicate, wrong } from "../status.ts";
import { isBlock } from "./addresses.ts";
import { type Fields, isGiven, nowhere, oneOf, type Rule, type What } from "./field.ts";
import { amountsByName } from "./resources.ts";

const effects = oneOf("NoSchedule", "PreferNoSchedule", "NoExecute");

/** They are reported in the metadata, where they once were. */
const taints: Rule = (_, { object }) =>
  listOf(at(object, "spec.taints")).flatMap((taint, index, all): What[] => {
    const { key = "", value = "", effect = "" } = mapOf(taint);
    const isSame = (one: Json) => mapOf(one).key === key && mapOf(one).effect === effect;
    const asGo = { Key: key, Value: value, Effect: effect, TimeAdded: null };
    const at = `metadata.taints[${index}]`;
    const values = problemsOfValue(`${value}`);
    return [
      ...problemsOfKey(`${key}`).map((why) => ({ at: `${at}.key`, why: wrong(key, why) })),
      values.length > 0 && { at: `${at}.value`, why: wrong(value, values.join(";")) },
      { at: `${at}.effect`, why: effect ? effects(effect, nowhere) : "Required value" },
      all.slice(0, index).some(isSame) && {
        at,
        why: `${duplicate(asGo)}: taints must be unique by key and effect pair`,
      },
    ];
  });

const once =
  (field: string): Rule =>
  (value, { old }) =>
    isGiven(old) && JSON.stringify(value) !== JSON.stringify(old)
      ? `Forbidden: node updates may not change ${field} except from "" to valid`
      : undefined;

export const node: Fields = {
  "": taints,
  "spec.podCIDRs[]": isBlock,
  "spec.podCIDRs": once("podCIDR"),
  "spec.providerID": once("providerID"),
  "status.capacity": amountsByName,
  "status.allocatable": amountsByName,
};
