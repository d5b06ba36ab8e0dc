/** ConfigMaps, Secrets, and other objects without Pods. Source: k8s.io/kubernetes/pkg/apis/core/validation */
import { isDeepStrictEqual } from "node:util";
import { problemOfDataKey } from "../names.ts";
import { at, type Json, mapOf } from "../object.ts";
import { wrong } from "../status.ts";
import { type Fields, immutable, isGiven, notNegative, type Rule, type What } from "./field.ts";
import { amounts } from "./resources.ts";

const isFixed = (old: Json): boolean => mapOf(old).immutable === true;
const set = "Forbidden: field is immutable when `immutable` is set";

const keyed: Rule = (data, { parent }) =>
  Object.keys(mapOf(data)).flatMap((key): What[] => {
    const why = problemOfDataKey(key) ?? (/^\.\.?$/.test(key) ? `must not be '${key}'` : undefined);
    const isTwice = parent.data !== data ? false : Object.hasOwn(mapOf(parent.binaryData), key);
    const twice = isTwice ? "duplicate of key present in binaryData" : undefined;
    return [why, twice].flatMap((one) => (one ? [{ at: `[${key}]`, why: wrong(key, one) }] : []));
  });

/** The keys that a Secret of a type needs. */
const needed: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

/** Rules of an object as a whole, which compare it with the one before. */
const whole =
  (...fields: readonly string[]): Rule =>
  (_, { object, old }) =>
    isFixed(old)
      ? [
          object.immutable !== true && { at: "immutable", why: set },
          ...fields
            .filter((field) => !isDeepStrictEqual(object[field] ?? {}, at(old, field) ?? {}))
            .map((field) => ({ at: field, why: set })),
        ]
      : [];

const secretData: Rule = (data, { parent }) => {
  const missing = (needed[`${parent.type}`] ?? []).filter((key) => !isGiven(mapOf(data)[key]));
  const isBasic = parent.type === "kubernetes.io/basic-auth";
  const basic =
    isBasic && !["username", "password"].some((key) => isGiven(mapOf(data)[key])) ? ["username", "password"] : [];
  return [...missing, ...basic].map((key) => ({ at: `[${key}]`, why: "Required value" }));
};

export const data: Readonly<Record<string, Fields>> = {
  ConfigMap: { "": whole("data", "binaryData"), data: keyed, binaryData: keyed },
  Secret: {
    type: immutable,
    "": whole("data"),
    data: (value, place) => [keyed(value, { ...place, parent: {} }), secretData(value, place)],
  },
  ResourceQuota: { "spec.hard": amounts },
  Lease: {
    "spec.leaseDurationSeconds": (value) =>
      isGiven(value) && Number(value) <= 0 && wrong(value, "must be greater than 0"),
    "spec.leaseTransitions": notNegative,
  },
  Event: {
    "involvedObject.namespace": (namespace, { object }) =>
      `${namespace || "default"}` !== `${at(object, "metadata.namespace") ?? ""}` &&
      wrong(namespace ?? "", "does not match event.namespace"),
  },
};
