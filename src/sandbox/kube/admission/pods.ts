/** What admission adds to Pods. Source: k8s.io/kubernetes/plugin/pkg/admission/{serviceaccount,defaulttolerationseconds,priority} */
import { kinds } from "../kinds.ts";
import { suffix } from "../names.ts";
import { type Json, type JsonMap, type KubeObject, listOf, mapOf } from "../object.ts";
import type { Store } from "../store.ts";

export interface Admitting {
  readonly store: Store;
  /** The object before the change. */
  readonly old?: KubeObject | undefined;
}

/** Returns the specification of a Pod with what admission adds to it. */
export function withAdmitted(pod: KubeObject, { store, old }: Admitting): JsonMap {
  const given = tolerating(mapOf(pod.spec));
  const grace = given.terminationGracePeriodSeconds;
  const spec: JsonMap = { ...given, terminationGracePeriodSeconds: Number(grace) < 0 ? 1 : grace };
  if (old) {
    const { priority, preemptionPolicy } = mapOf(old.spec);
    return { priority, preemptionPolicy, ...spec };
  }
  const serviceAccountName = spec.serviceAccountName || "default";
  const account = store.get(kinds.serviceAccounts, pod.metadata.namespace ?? "", `${serviceAccountName}`);
  const isMounted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  const { imagePullSecrets = account?.imagePullSecrets } = spec;
  return {
    ...{ priority: 0, preemptionPolicy: "PreemptLowerPriority", ...(isMounted ? withToken(spec) : spec) },
    ...{ serviceAccountName, serviceAccount: serviceAccountName, imagePullSecrets },
  };
}

const added = ["not-ready", "unreachable"].map((condition) => ({
  ...{ key: `node.kubernetes.io/${condition}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
}));
const tolerates = (toleration: Json, taint: string): boolean => {
  const { key, effect } = mapOf(toleration);
  return (!key || key === taint) && (!effect || effect === "NoExecute");
};
function tolerating(spec: JsonMap): JsonMap {
  const given = listOf(spec.tolerations);
  return { ...spec, tolerations: [...given, ...added.filter(({ key }) => !given.some((one) => tolerates(one, key)))] };
}

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const sources = [
  { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
];

/** Mounts the token of the service account in each container that mounts nothing else there. */
function withToken(spec: JsonMap): JsonMap {
  const volumes = listOf(spec.volumes);
  const own = volumes.map((one) => `${mapOf(one).name}`).find((name) => name.startsWith("kube-api-access-"));
  const name = own ?? `kube-api-access-${suffix()}`;
  const needs = (container: Json) =>
    !listOf(mapOf(container).volumeMounts).some((mount) => mapOf(mount).mountPath === mountPath);
  const mounted = (container: Json): Json =>
    needs(container)
      ? {
          ...mapOf(container),
          volumeMounts: [...listOf(mapOf(container).volumeMounts), { name, mountPath, readOnly: true }],
        }
      : container;
  const { containers, initContainers } = spec;
  const isNeeded = [...listOf(containers), ...listOf(initContainers)].some(needs);
  return {
    ...spec,
    ...(containers && { containers: listOf(containers).map(mounted) }),
    ...(initContainers && { initContainers: listOf(initContainers).map(mounted) }),
    ...(isNeeded && !own && { volumes: [...volumes, { name, projected: { defaultMode: 420, sources } }] }),
  };
}
