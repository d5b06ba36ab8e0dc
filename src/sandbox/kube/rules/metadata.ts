/** Metadata of every kind. Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go */
import { type Kind, rbacGroup } from "../kinds.ts";
import {
  problemOfDns1035Label,
  problemOfDnsLabel,
  problemOfSegment,
  problemOfSubdomain,
  problemsOfKey,
  problemsOfValue,
  withinCharacters,
} from "../names.ts";
import { at, isMap, type Json, type JsonMap, listOf, mapOf } from "../object.ts";
import { wrong } from "../status.ts";
import { checkedBy, type Fields, isGiven, notNegative, type Rule, type What } from "./field.ts";

type Check = (name: string) => readonly string[] | string | undefined;

const subdomain: Check = (name) => [withinCharacters(253)(name), problemOfSubdomain(name)].filter(isText);
const label: Check = (name) => [withinCharacters(63)(name), problemOfDnsLabel(name)].filter(isText);
const dns1035: Check = (name) => [withinCharacters(63)(name), problemOfDns1035Label(name)].filter(isText);
const listed = (what: ReturnType<Check>): readonly string[] => (typeof what === "string" ? [what] : (what ?? []));
const noDots: Check = (name) => (name.includes(".") ? "must not contain dots" : undefined);
const isText = (text: string | undefined): text is string => text !== undefined;

/** Of names. Other kinds have subdomains. */
const checks: Readonly<Record<string, Check>> = {
  Event: problemOfSegment,
  PodDisruptionBudget: problemOfSegment,
  Namespace: label,
  Service: dns1035,
  StatefulSet: (name) => [...listed(withinCharacters(63)(name)), ...listed(subdomain(name)), ...listed(noDots(name))],
};
const checkOf = ({ group, kind }: Kind): Check =>
  group === rbacGroup ? problemOfSegment : (checks[kind] ?? subdomain);

const nameless = "Required value: name or generateName is required";
/** A generated name continues after its prefix, which can end with `-`. */
const masked = (prefix: string): string => (prefix.length > 1 ? prefix.replace(/-$/, "a") : prefix);

/** Kinds of which an update is checked as a create is. */
const checksAgain =
  /^(ConfigMap|ControllerRevision|Ingress|Job|LimitRange|Namespace|NetworkPolicy|Node|PersistentVolume|PersistentVolumeClaim|Pod|Secret|ServiceAccount|StorageClass)$/;

const annotationKey = (key: string): readonly string[] => problemsOfKey(key.toLowerCase());

/** As `labels` of every object, and of selectors. */
export const labels: Rule = (value) =>
  Object.entries(mapOf(value)).flatMap(([key, text]): What[] => [
    ...problemsOfKey(key).map((why) => wrong(key, why)),
    ...problemsOfValue(`${text ?? ""}`).map((why) => wrong(text, why)),
  ]);

export const annotations: Rule = (value) =>
  Object.keys(mapOf(value)).flatMap((key) => annotationKey(key).map((why) => wrong(key, why)));

const standard = ["kubernetes", "orphan", "foregroundDeletion"];
const noDomain = "name is neither a standard finalizer name nor is it fully qualified";
/** Kinds of groups outside of k8s.io/kubernetes/pkg/apis/core ask only for a qualified name. */
const asksForDomain = ({ kind, custom }: Kind): boolean =>
  !custom && !/^(CustomResourceDefinition|Event|Lease|PodDisruptionBudget)$/.test(kind);

/** The finalizers that an object did not have when its deletion began. */
const lateFinalizers: Rule = (metadata, { old }) => {
  const late = listOf(at(metadata, "finalizers")).filter((one) => !listOf(at(old, "finalizers")).includes(one));
  const found = `[]string{${late.map((one) => JSON.stringify(one)).join(", ")}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
  const problem = { at: ".finalizers", why: `Forbidden: ${why}` };
  // The API server reports it twice.
  return Boolean(at(old, "deletionTimestamp")) && late.length > 0 && [problem, problem];
};

const finalizers =
  (kind: Kind): Rule =>
  (value) => [
    ...listOf(value).flatMap((one) => problemsOfKey(`${one}`).map((why) => wrong(one, why))),
    ...listOf(value).flatMap((one, index): What[] => {
      const isBare = !`${one}`.includes("/") && !standard.includes(`${one}`);
      return asksForDomain(kind) && isBare ? [{ at: `[${index}]`, why: wrong(one, noDomain) }] : [];
    }),
  ];

function ownerProblems(owner: JsonMap): readonly What[] {
  const { apiVersion = "", kind = "", name = "", uid = "" } = owner;
  const empty = (field: string, value: Json): What =>
    !value && { at: `.${field}`, why: wrong(value ?? "", "must not be empty") };
  const version = `${apiVersion}`.split("/");
  const problem = version.length > 2 ? wrong(apiVersion, `unexpected GroupVersion string: ${apiVersion}`) : undefined;
  const isEvent = kind === "Event" && (apiVersion === "v1" || version[0] === "events.k8s.io");
  return [
    problem && { at: ".apiVersion", why: problem },
    !version.at(-1) && { at: ".apiVersion", why: wrong(apiVersion, "version must not be empty") },
    empty("kind", kind),
    empty("name", name),
    empty("uid", uid),
    isEvent && wrong(owner, `/v1, Kind=Event is disallowed from being an owner`),
  ];
}

const owners: Rule = (value) => {
  const all = listOf(value).filter(isMap);
  const controllers = all.filter(({ controller }) => controller === true);
  const [one, other] = controllers.map(({ kind, name }) => `${kind}/${name}`);
  const two = `Only one reference can have Controller set to true. Found "true" in references for ${one} and ${other}`;
  return [...all.flatMap(ownerProblems), controllers.length > 1 && wrong(value, two)];
};

/** What a client may send as it is, and not otherwise. */
const fixed: Rule = (value, { old }) =>
  isGiven(value) && `${value}` !== `${old ?? ""}` && wrong(value, "field is immutable");

export const metadataOf = (kind: Kind): Fields => ({
  "metadata.generateName": (prefix, place) =>
    Boolean(prefix) &&
    (!place.isUpdate || checksAgain.test(kind.kind)) &&
    checkedBy((text) => checkOf(kind)(masked(text)))(prefix, place),
  "metadata.name": (name, place) => (name ? checkedBy(checkOf(kind))(name, place) : nameless),
  "metadata.generation": notNegative,
  "metadata.labels": labels,
  "metadata.annotations": annotations,
  "metadata.ownerReferences": owners,
  "metadata.finalizers": finalizers(kind),
});

/** Of an object inside a custom resource. */
export const embeddedMetadata: Fields = {
  "metadata.name": checkedBy(problemOfSegment),
  "metadata.labels": labels,
  "metadata.annotations": annotations,
  "metadata.ownerReferences": owners,
};

/** Of what was sent for an object that exists. */
export const sentMetadata: Fields = {
  metadata: lateFinalizers,
  "metadata.deletionTimestamp": fixed,
  "metadata.deletionGracePeriodSeconds": fixed,
};
