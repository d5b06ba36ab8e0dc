/** Amounts of resources: of containers, quotas and Nodes. Source: k8s.io/kubernetes/pkg/apis/core/validation */
import { type Json, mapOf } from "../object.ts";
import { amountOf } from "../quantity.ts";
import { wrong } from "../status.ts";
import type { Rule, What } from "./field.ts";

const counted =
  /^(pods|services(\.(nodeports|loadbalancers))?|secrets|configmaps|replicationcontrollers|resourcequotas|persistentvolumeclaims)$|^count\/|^(requests\.)?[^/]+\.[^/]+\/./;

export const amounts: Rule = (value) =>
  Object.entries(mapOf(value)).flatMap(([name, one]) => problemsOf(one, name, `[${name}]`));

/** The same, at paths of Nodes. */
export const amountsByName: Rule = (value) =>
  Object.entries(mapOf(value)).flatMap(([name, one]) => problemsOf(one, name, `.${name}`));

function problemsOf(value: Json, name: string, at: string): readonly What[] {
  const amount = amountOf(`${value}`);
  const isBroken = counted.test(name) && !Number.isInteger(Math.round(amount * 1000) / 1000);
  return [
    amount < 0 && { at, why: wrong(value, "must be greater than or equal to 0") },
    isBroken && { at, why: wrong(value, "must be an integer") },
  ];
}

/** Each request within its limit; what has a limit has a request, or none. */
export const withinLimits: Rule = (value) => {
  const { requests, limits } = mapOf(value);
  return Object.entries(mapOf(requests)).flatMap(([name, request]): What[] => {
    const limit = mapOf(limits)[name];
    if (limit === undefined || amountOf(`${request}`) <= amountOf(`${limit}`)) return [];
    return [{ at: ".requests", why: wrong(request, `must be less than or equal to ${name} limit of ${limit}`) }];
  });
};
