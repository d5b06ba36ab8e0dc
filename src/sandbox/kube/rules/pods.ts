/** Pods, and templates of Pods. Source: k8s.io/kubernetes/pkg/apis/core/validation */
import { isDeepStrictEqual } from "node:util";
import {
  problemOfDataKey,
  problemOfDnsLabel,
  problemOfSearch,
  problemOfSubdomain,
  problemOfVariable,
  problemsOfKey,
  withinCharacters,
} from "../names.ts";
import { isMap, type Json, type JsonMap, listOf, mapOf } from "../object.ts";
import { amountOf } from "../quantity.ts";
import { duplicate, unsupported, wrong } from "../status.ts";
import { isAddress } from "./addresses.ts";
import {
  because,
  between,
  checkedBy,
  type Fields,
  first,
  isGiven,
  isOneOf,
  isPort,
  isZero,
  nonZero,
  notNegative,
  nowhere,
  oneOf,
  positive,
  problemsIn,
  type Rule,
  required,
  under,
  unique,
  type What,
} from "./field.ts";
import { labels } from "./metadata.ts";
import { amounts, withinLimits } from "./resources.ts";
import { requirements, selector } from "./selectors.ts";
import { claimed } from "./storage.ts";

const label = checkedBy(withinCharacters(63), problemOfDnsLabel);
const subdomain = checkedBy(withinCharacters(253), problemOfSubdomain);
const key = checkedBy(problemsOfKey);
const isUser = between(0, 2 ** 31 - 1);
export const protocol = oneOf("SCTP", "TCP", "UDP");

/** Source: `IsValidPortName` in k8s.io/apimachinery/pkg/util/validation */
const problemsOfPortName = (name: string): readonly string[] =>
  [
    name.length > 15 && "must be no more than 15 characters",
    !/^[-a-z0-9]+$/i.test(name) && "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    !/[a-z]/i.test(name) && "must contain at least one letter (a-z)",
    /--/.test(name) && "must not contain consecutive hyphens",
    /^-|-$/.test(name) && "must not begin or end with a hyphen",
  ].filter((one) => one !== false);
export const portName = checkedBy(problemsOfPortName);
/** A number, or the name of a port. */
export const portOrName: Rule = (value, place) =>
  typeof value === "string" ? portName(value, place) : isPort(value ?? 0, place);

/** Exactly one of the fields of a map. */
const only =
  (names: readonly string[], none: string, several: string): Rule =>
  (value) => {
    const found = names.filter((name) => isGiven(mapOf(value)[name]));
    return found.length === 0 ? none : found.length > 1 && several;
  };

const references = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const oneReference = only(
  references,
  wrong("", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"),
  wrong("", "may not have more than one field specified at a time"),
);
const ofPod =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['.+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs))$/;
const inFiles = /^metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['.+'\])$/;
const pathAmong =
  (known: RegExp): Rule =>
  (value) =>
    isZero(value)
      ? "Required value"
      : !known.test(`${value}`) && wrong(value, `error converting fieldPath: field label not supported: ${value}`);

const keyOfData = first(required, checkedBy(problemOfDataKey));
const environment: Fields = {
  "env[].name": first(required, checkedBy(problemOfVariable)),
  "env[].valueFrom?": (value, { parent }) =>
    isZero(parent.value) ? oneReference(value, nowhere) : wrong("", "may not be specified when `value` is not empty"),
  "env[].valueFrom?.fieldRef?.fieldPath": pathAmong(ofPod),
  "env[].valueFrom?.resourceFieldRef?.resource": required,
  "env[].valueFrom?.configMapKeyRef?.name": (name, place) => subdomain(name ?? "", place),
  "env[].valueFrom?.configMapKeyRef?.key": keyOfData,
  "env[].valueFrom?.secretKeyRef?.name": (name, place) => subdomain(name ?? "", place),
  "env[].valueFrom?.secretKeyRef?.key": keyOfData,
  envFrom: (value) =>
    listOf(value).map((one): What => {
      const found = ["configMapRef", "secretRef"].filter((name) => isGiven(mapOf(one)[name]));
      if (found.length === 0) return wrong("", "must specify one of: `configMapRef` or `secretRef`");
      return found.length > 1 && wrong("", "may not have more than one field specified at a time");
    }),
  "envFrom[].prefix": (prefix, place) => !isZero(prefix) && checkedBy(problemOfVariable)(prefix, place),
  "envFrom[].configMapRef?.name": first(required, subdomain),
  "envFrom[].secretRef?.name": first(required, subdomain),
};

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];
const action = (path: string): Fields => ({
  [`${path}?`]: (value) => {
    const [, ...more] = handlers.filter((name) => isGiven(mapOf(value)[name]));
    const none = handlers.every((name) => !isGiven(mapOf(value)[name]));
    if (none) return "Required value: must specify a handler type";
    return more.map((name) => ({ at: `.${name}`, why: "Forbidden: may not specify more than 1 handler type" }));
  },
  [`${path}?.exec?.command`]: required,
  [`${path}?.httpGet?.port`]: portOrName,
  [`${path}?.httpGet?.scheme`]: oneOf("HTTP", "HTTPS"),
  [`${path}?.tcpSocket?.port`]: portOrName,
  [`${path}?.grpc?.port`]: (value, place) => isPort(value ?? 0, place),
});
const probe = (path: string): Fields => ({
  ...action(path),
  ...Object.fromEntries(
    ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"].map((field) => [
      `${path}?.${field}`,
      notNegative,
    ]),
  ),
  ...(path !== "readinessProbe" && {
    [`${path}?.successThreshold`]: (value) =>
      isGiven(value) && value !== 1 && (Number(value) < 0 ? notNegative(value, nowhere) : wrong(value, "must be 1")),
  }),
});
const ofContainer: Fields = {
  name: first(required, label, unique("name")),
  image: required,
  imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
  terminationMessagePolicy: oneOf("FallbackToLogsOnError", "File"),
  "ports[].name": first(portName, unique("name")),
  "ports[].containerPort": first(nonZero, isPort),
  "ports[].hostPort": (value, place) => !isZero(value) && isPort(value, place),
  "ports[].protocol": protocol,
  ...environment,
  "volumeMounts[].name": required,
  "volumeMounts[].mountPath": first(required, (path, { earlier }) => {
    return earlier.some((one) => mapOf(one).mountPath === path) && wrong(path, "must be unique");
  }),
  ...probe("livenessProbe"),
  ...probe("readinessProbe"),
  ...probe("startupProbe"),
  ...action("lifecycle?.preStop"),
  ...action("lifecycle?.postStart"),
  "resources?.limits": amounts,
  "resources?.requests": amounts,
  "resources?": withinLimits,
  "securityContext?": (value) => {
    const { privileged, allowPrivilegeEscalation } = mapOf(value);
    const isBoth = privileged === true && allowPrivilegeEscalation === false;
    return isBoth && wrong(value, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  },
  "securityContext?.runAsUser": isUser,
  "securityContext?.runAsGroup": isUser,
  "securityContext?.seccompProfile?.type": isOneOf("Localhost", "RuntimeDefault", "Unconfined"),
};

const containers = (path: string, mounts: Rule): Fields => ({
  ...under(`${path}[]`, ofContainer),
  [`${path}[].volumeMounts[].name`]: (name, place) => [required(name, place), mounts(name, place)],
});

const sources = (volume: JsonMap): readonly string[] =>
  Object.keys(volume).filter((one) => one !== "name" && isGiven(volume[one]));

/** Of a preferred term, the API server does not validate the values. */
const preferences = (path: string): Fields => ({
  ...requirements(path, ["Gt", "Lt"]),
  [`${path}[].values[]`]: () => undefined,
});

/** True for a selector that selects, though perhaps nothing. */
export const isSelector = (given: Json): boolean =>
  problemsIn(selector("selector"), { selector: given }, undefined).length === 0;

const weight = (value: Json): What =>
  (Number(value ?? 0) < 1 || Number(value) > 100) && wrong(value ?? 0, "must be in the range 1-100");
const podTerm = (path: string): Fields => ({
  [`${path}.topologyKey`]: (value, place) => [because("can not be empty")(value ?? "", place), key(value ?? "", place)],
  ...selector(`${path}.labelSelector`),
});
const podAffinity = (path: string): Fields => ({
  [`${path}?.preferredDuringSchedulingIgnoredDuringExecution[].weight`]: weight,
  ...podTerm(`${path}?.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm`),
  ...podTerm(`${path}?.requiredDuringSchedulingIgnoredDuringExecution[]`),
});
const nodeAffinity = "affinity?.nodeAffinity?";
const affinity: Fields = {
  [`${nodeAffinity}.preferredDuringSchedulingIgnoredDuringExecution[].weight`]: weight,
  ...preferences(`${nodeAffinity}.preferredDuringSchedulingIgnoredDuringExecution[].preference?.matchExpressions`),
  [`${nodeAffinity}.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms`]: (value) =>
    listOf(value).length === 0 && "Required value: must have at least one node selector term",
  ...requirements(
    `${nodeAffinity}.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[].matchExpressions`,
    ["Gt", "Lt"],
  ),
  ...podAffinity("affinity?.podAffinity"),
  ...podAffinity("affinity?.podAntiAffinity"),
};

const mode: Rule = (value) =>
  isGiven(value) &&
  (Number(value) < 0 || Number(value) > 0o777) &&
  wrong(value, "must be a number between 0 and 0777 (octal), both inclusive");

/** Files of a volume have no place of their own in messages. */
const files: Rule = (value) =>
  listOf(mapOf(value).items).flatMap((file): What[] => {
    const { path, fieldRef, resourceFieldRef, mode: of } = mapOf(file);
    const none = "Required value: one of fieldRef and resourceFieldRef is required";
    return [
      isZero(path) && { at: ".path", why: "Required value" },
      { at: ".fieldRef.fieldPath", why: isGiven(fieldRef) && pathAmong(inFiles)(mapOf(fieldRef).fieldPath, nowhere) },
      !isGiven(fieldRef) && !isGiven(resourceFieldRef) && none,
      { at: ".mode", why: mode(of, nowhere) },
    ];
  });

const hostPaths = ["", ..."BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket".split(" ")];

/** Rules of a volume, which a container cannot mount if it breaks one. */
const ofVolume: Fields = {
  "": (volume) => {
    const [one, other] = sources(mapOf(volume));
    // Without a source it is an empty directory.
    return (
      one !== undefined &&
      other !== undefined && { at: `.${other}`, why: "Forbidden: may not specify more than 1 volume type" }
    );
  },
  "emptyDir?.sizeLimit": (limit) =>
    isGiven(limit) && amountOf(`${limit}`) < 0 && "Forbidden: SizeLimit field must be a valid resource quantity",
  "hostPath?.path": required,
  "hostPath?.type": (type) => isGiven(type) && !hostPaths.includes(`${type}`) && unsupported(type, hostPaths),
  "secret?.secretName": required,
  "secret?.defaultMode": mode,
  "secret?.items[].key": required,
  "secret?.items[].path": required,
  "configMap?.name": required,
  "configMap?.defaultMode": mode,
  "configMap?.items[].key": required,
  "configMap?.items[].path": required,
  "persistentVolumeClaim?.claimName": required,
  "ephemeral?.volumeClaimTemplate": (template) => !isGiven(template) && "Required value",
  ...under("ephemeral?.volumeClaimTemplate?.spec", claimed),
  "projected?.defaultMode": mode,
  "projected?.sources[].configMap?.name": required,
  "projected?.sources[].secret?.name": required,
  "downwardAPI?.defaultMode": mode,
  "downwardAPI?": files,
  name: first(required, label),
};
/** The names of volumes that can be mounted. */
const volumesOf = (value: Json): readonly Json[] =>
  listOf(value).flatMap((one) => (problemsIn(ofVolume, mapOf(one), undefined).length > 0 ? [] : [mapOf(one).name]));

/** Of `spec`, or of a template's `spec`; the path to it. */
export function podSpec(path: string): Fields {
  const specOf = (object: JsonMap): JsonMap =>
    path.split(".").reduce<JsonMap>((inner, name) => mapOf(inner[name]), object);
  const mounts: Rule = (name, { object }) =>
    !volumesOf(specOf(object).volumes).includes(isZero(name) ? null : name) &&
    `Not found: ${JSON.stringify(name ?? "")}`;
  return under(path, {
    ...under("volumes[]", ofVolume),
    "volumes[].name": first(required, label, unique("name")),
    containers: required,
    ...containers("containers", mounts),
    ...containers("initContainers", mounts),
    restartPolicy: oneOf("Always", "OnFailure", "Never"),
    dnsPolicy: oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    activeDeadlineSeconds: between(1, 2 ** 31 - 1),
    nodeSelector: labels,
    serviceAccountName: (name, place) => !isZero(name) && subdomain(name, place),
    hostname: (name, place) => !isZero(name) && label(name, place),
    subdomain: (name, place) => !isZero(name) && label(name, place),
    "securityContext?.runAsUser": isUser,
    "securityContext?.runAsGroup": isUser,
    "securityContext?.fsGroup": isUser,
    "securityContext?.supplementalGroups[]": isUser,
    "tolerations[].key": (value, place) => !isZero(value) && key(value, place),
    "tolerations[].operator": (operator, { parent }) => [
      isZero(parent.key) &&
        operator !== "Exists" &&
        wrong(
          operator ?? "",
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      !isZero(operator) && oneOf("Equal", "Exists")(operator, nowhere),
    ],
    "tolerations[].effect": (effect, place) =>
      !isZero(effect) && oneOf("NoSchedule", "PreferNoSchedule", "NoExecute")(effect, place),
    ...affinity,
    "topologySpreadConstraints[].maxSkew": (value, place) => positive(value ?? 0, place),
    "topologySpreadConstraints[].topologyKey": because("can not be empty"),
    "topologySpreadConstraints[].whenUnsatisfiable": isOneOf("DoNotSchedule", "ScheduleAnyway"),
    ...selector("topologySpreadConstraints[].labelSelector"),
    "topologySpreadConstraints[]": (given, { parent }) => {
      const own = ({ topologyKey, whenUnsatisfiable }: JsonMap) => `{${topologyKey}, ${whenUnsatisfiable}}`;
      const all = listOf(parent.topologySpreadConstraints);
      const isRepeated = all.slice(all.indexOf(given) + 1).some((one) => own(mapOf(one)) === own(mapOf(given)));
      const at = ".{topologyKey, whenUnsatisfiable}";
      return isRepeated && { at, why: duplicate(own(mapOf(given))) };
    },
    "dnsConfig?.searches[]": (search) =>
      checkedBy(withinCharacters(253), problemOfSearch)(`${search ?? ""}`.replace(/\.$/, ""), nowhere),
    "dnsConfig?.options[]": (option) => isZero(mapOf(option).name) && "Required value: must not be empty",
    "dnsConfig?.nameservers[]": isAddress,
    "hostAliases[].ip": isAddress,
    "hostAliases[].hostnames[]": subdomain,
  });
}

const podFields =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const withoutImage = (list: Json): readonly Json[] =>
  listOf(list).map((one) => (isMap(one) ? { ...one, image: undefined } : one));

/** A Pod's specification without what an update may change. */
const settled = (spec: Json): Json => ({
  ...mapOf(spec),
  containers: withoutImage(mapOf(spec).containers),
  initContainers: withoutImage(mapOf(spec).initContainers),
  activeDeadlineSeconds: undefined,
  tolerations: undefined,
});

export const pod: Fields = {
  ...podSpec("spec"),
  spec(spec, { old }) {
    if (!isMap(old) || !isMap(spec)) return undefined;
    const changed = ["containers", "initContainers"].find(
      (one) => listOf(spec[one]).length !== listOf(old[one]).length,
    );
    if (changed) return { at: `.${changed}`, why: "Forbidden: pod updates may not add or remove containers" };
    const now = listOf(spec.tolerations);
    const isKept = listOf(old.tolerations).every((one) => now.some((other) => isDeepStrictEqual(one, other)));
    const lost = "Forbidden: existing toleration can not be modified except its tolerationSeconds";
    return [
      !isKept && { at: ".tolerations", why: lost },
      !isDeepStrictEqual(settled(spec), settled(old)) && `Forbidden: ${podFields}`,
    ];
  },
};
