/** Claims, volumes, their classes and limits. Source: k8s.io/kubernetes/pkg/apis/{core,storage}/validation */
import { isDeepStrictEqual } from "node:util";
import { problemOfSubdomain, problemsOfKey, withinCharacters } from "../names.ts";
import { at, isMap, type Json, type JsonMap, listOf, mapOf } from "../object.ts";
import { amountOf } from "../quantity.ts";
import { unsupported, wrong } from "../status.ts";
import {
  because,
  checkedBy,
  differs,
  type Fields,
  first,
  immutable,
  isGiven,
  isZero,
  nowhere,
  oneOf,
  type Rule,
  required,
  under,
  unique,
  type What,
} from "./field.ts";
import { selector } from "./selectors.ts";

const subdomain = checkedBy(withinCharacters(253), problemOfSubdomain);
const className: Rule = (name, place) => !isZero(name) && subdomain(name, place);
const known = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

const accessModes: Rule = (value) =>
  listOf(value).flatMap((mode) => (known.includes(`${mode}`) ? [] : [unsupported(mode ?? "", known)]));
/** Of a claim. */
const alone: Rule = (value) =>
  listOf(value).includes("ReadWriteOncePod") &&
  listOf(value).length > 1 &&
  "Forbidden: may not use ReadWriteOncePod with other access modes";
const volumeMode = oneOf("Block", "Filesystem");
const size: Rule = (value) => {
  const { storage } = mapOf(value);
  if (!isGiven(storage)) return { at: "[storage]", why: "Required value" };
  return amountOf(`${storage}`) <= 0 && { at: "[storage]", why: wrong(storage, "must be greater than zero") };
};

/** What can change of a claim that is bound. */
function settled(spec: JsonMap): JsonMap {
  const { resources, volumeAttributesClassName, ...rest } = spec;
  const { requests, ...others } = mapOf(resources);
  const { storage: _, ...more } = mapOf(requests);
  return { ...rest, resources: { ...others, requests: more } };
}
const fixedClaim =
  "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** Its path has no `spec`. */
const fixedMode: Rule = (_, { object, old }) => {
  const [now, before] = [at(object, "spec.volumeMode"), at(old, "spec.volumeMode")];
  return (
    isGiven(before) && !isDeepStrictEqual(now, before) && { at: "volumeMode", why: wrong(now, "field is immutable") }
  );
};

/** The specification of a claim. */
export const claimed: Fields = {
  accessModes: (value, place) => [
    because("at least 1 access mode is required")(value, place),
    accessModes(value, place),
    alone(value, place),
  ],
  volumeMode,
  storageClassName: className,
  resources: (value) => size(mapOf(value).requests, nowhere),
  ...selector("selector"),
};

const claim: Fields = {
  ...under("spec", claimed),
  spec(spec, { old, object }) {
    if (!isMap(spec) || !isMap(old)) return undefined;
    const isBound = at(object, "status.phase") === "Bound";
    const fixed = (one: JsonMap): JsonMap => (isBound ? settled(one) : one);
    // Who binds the claim names the volume, once.
    const { volumeName, ...unnamed } = spec;
    const named = isGiven(old.volumeName) ? spec : unnamed;
    const [now, before] = [at(spec, "resources.requests.storage"), at(old, "resources.requests.storage")];
    const [wanted, wantedBefore] = [now, before].map((one) => amountOf(`${one ?? 0}`)) as [number, number];
    const capacity = amountOf(`${at(object, "status.capacity.storage") ?? 0}`);
    const isLess = wanted < wantedBefore && wanted <= capacity;
    const less = "Forbidden: field can not be less than status.capacity";
    return [
      !isDeepStrictEqual(fixed(named), fixed(old)) && fixedClaim,
      isLess && { at: ".resources.requests.storage", why: less },
    ];
  },
  "": fixedMode,
};

const ofVolume = [
  ...["accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy"],
  ...["storageClassName", "volumeAttributesClassName", "volumeMode"],
];
/** The fields that say where the data is. */
const sourceOf = (spec: Json): JsonMap =>
  Object.fromEntries(Object.entries(mapOf(spec)).filter(([name, value]) => !ofVolume.includes(name) && isGiven(value)));

const volume: Fields = {
  "spec.accessModes": (value, place) => [required(value, place), accessModes(value, place)],
  "spec.capacity"(value) {
    const names = Object.keys(mapOf(value));
    if (names.length === 0) return ["Required value", unsupported(null, ["storage"])];
    const isStorage = names.length === 1 && names[0] === "storage";
    return isStorage ? size(value, nowhere) : unsupported(value, ["storage"]);
  },
  "spec.persistentVolumeReclaimPolicy": oneOf("Delete", "Recycle", "Retain"),
  "spec.volumeMode": volumeMode,
  "spec.storageClassName": className,
  "spec.hostPath?.path": required,
  "spec.nfs?.server": required,
  "spec.nfs?.path": first(required, (path) => !`${path}`.startsWith("/") && wrong(path, "must be an absolute path")),
  "spec.csi?.driver": (name, place) =>
    required(name, place) || checkedBy(withinCharacters(63), problemOfSubdomain)(`${name}`.toLowerCase(), place),
  "spec.csi?.volumeHandle": required,
  spec(spec, { old }) {
    const [source, ...more] = Object.keys(sourceOf(spec));
    const isOther = isMap(old) && !isDeepStrictEqual(sourceOf(spec), sourceOf(old));
    return [
      source === undefined && "Required value: must specify a volume type",
      ...more.map((name) => ({ at: `.${name}`, why: "Forbidden: may not specify more than 1 volume type" })),
      isOther && {
        at: ".persistentvolumesource",
        why: "Forbidden: spec.persistentvolumesource is immutable after creation",
      },
    ];
  },
  "": fixedMode,
};

const fixedIn =
  (field: string): Rule =>
  (value, place) =>
    differs(value, place) && `Forbidden: updates to ${field} are forbidden.`;

const storageClass: Fields = {
  provisioner: (value, place) => [
    required(value, place),
    ...(isZero(value) ? [] : [checkedBy((text) => problemsOfKey(text.toLowerCase()))(value, place)]),
    fixedIn("provisioner")(value, place),
  ],
  reclaimPolicy: (value, place) => [
    !isZero(value) && oneOf("Delete", "Retain")(value, place),
    fixedIn("reclaimPolicy")(value, place),
  ],
  volumeBindingMode: (value, place) => [
    oneOf("Immediate", "WaitForFirstConsumer")(value, nowhere),
    immutable(value, place),
  ],
};

/** Compares what was sent: an empty map of parameters is not stored, but it is a change from none. */
export const sentStorageClass: Fields = { parameters: fixedIn("parameters") };

/** Two bounds, of which the first must not be greater; the field of the problem, and of the value that it shows. */
type Bounds = readonly [low: string, high: string, at: string, shown: string, words: string];
const ordered: readonly Bounds[] = [
  ["min", "max", "min", "min", "min value LOW is greater than max value HIGH"],
  [
    "min",
    "defaultRequest",
    "defaultRequest",
    "defaultRequest",
    "min value LOW is greater than default request value HIGH",
  ],
  [
    "defaultRequest",
    "max",
    "defaultRequest",
    "defaultRequest",
    "default request value LOW is greater than max value HIGH",
  ],
  [
    ...(["defaultRequest", "default", "defaultRequest", "defaultRequest"] as const),
    "default request value LOW is greater than default limit value HIGH",
  ],
  ["min", "default", "default", "min", "min value LOW is greater than default value HIGH"],
  ["default", "max", "default", "max", "default value LOW is greater than max value HIGH"],
];

const bounds: Rule = (value) => {
  const item = mapOf(value);
  const names = [...new Set(Object.values(item).flatMap((one) => Object.keys(mapOf(one))))].sort();
  return names.flatMap((name): What[] => [
    ...ordered.map(([low, high, field, shown, words]): What => {
      const [one, other, value] = [low, high, shown].map((key) => mapOf(item[key])[name]);
      const isAbove = isGiven(one) && isGiven(other) && amountOf(`${one}`) > amountOf(`${other}`);
      const why = words.replace("LOW", `${one}`).replace("HIGH", `${other}`);
      return isAbove && { at: `.${field}[${name}]`, why: wrong(value, why) };
    }),
    ...ratio(item, name),
  ]);
};
function ratio({ maxLimitRequestRatio, min, max }: JsonMap, name: string): readonly What[] {
  const [given, low, high] = [maxLimitRequestRatio, min, max].map((map) => mapOf(map)[name]);
  if (!isGiven(given)) return [];
  const field = `.maxLimitRequestRatio[${name}]`;
  const most = isGiven(low) && isGiven(high) ? amountOf(`${high}`) / amountOf(`${low}`) : Number.POSITIVE_INFINITY;
  const isAbove = amountOf(`${given}`) > most;
  return [
    amountOf(`${given}`) < 1 && { at: field, why: wrong(given, `ratio ${given} is less than 1`) },
    isAbove && { at: field, why: wrong(given, `ratio ${given} is greater than max/min = ${most.toFixed(6)}`) },
  ];
}

const nonStandard = "must be a standard limit type or fully qualified";
const limitRange: Fields = {
  "spec.limits[].type": (value, place) => [
    checkedBy(problemsOfKey)(value ?? "", place),
    !/\/|^(Pod|Container|PersistentVolumeClaim)$/.test(`${value ?? ""}`) && wrong(value ?? "", nonStandard),
    unique("type")(value, place),
  ],
  "spec.limits[]"(item, place) {
    const { type, default: standard, defaultRequest, min, max } = mapOf(item);
    const forbidden = `Forbidden: may not be specified when \`type\` is '${type}'`;
    const ofPod = type !== "Pod" ? [] : [standard && "default", defaultRequest && "defaultRequest"].filter(Boolean);
    const hasStorage = [min, max].some((one) => isGiven(mapOf(one).storage));
    const none = "Required value: either minimum or maximum storage value is required, but neither was provided";
    return [
      ...ofPod.map((field) => ({ at: `.${field}`, why: forbidden })),
      type === "PersistentVolumeClaim" && !hasStorage && { at: ".limits", why: none },
      bounds(item, place),
    ];
  },
};

export const storage: Readonly<Record<string, Fields>> = {
  PersistentVolumeClaim: claim,
  PersistentVolume: volume,
  StorageClass: storageClass,
  LimitRange: limitRange,
};
