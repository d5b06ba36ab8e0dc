/** LimitRanges: what containers get, and what is refused. */
import type { Group } from "../case.ts";
import { type Json, type KubeCase, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare } from "../side.ts";

const namespaces = "/api/v1/namespaces";
const pods = `${namespaces}/limited/pods`;
const ranges = `${namespaces}/limited/limitranges`;

const container = (name: string, requests?: object, limits?: object) => ({
  ...{ name, image: "any:1" },
  resources: { ...(requests && { requests }), ...(limits && { limits }) },
});
const pod = (name: string, ...containers: readonly object[]) => ({ metadata: { name }, spec: { containers } });
const claim = (storage: string) => ({
  metadata: { name: "claim" },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "none", resources: { requests: { storage } } },
});
const shows = ["metadata.annotations", "spec.containers.resources", "status.qosClass"];
const refused = (name: string, path: string, body: object): KubeCase => ({ name, method: "POST", path, body });
const range = (...limits: readonly object[]) => ({ metadata: { name: "bad" }, spec: { limits } });

const ofClaims = `${namespaces}/stored/persistentvolumeclaims`;
const stored = (name: string, storage: string, storageClassName = "silver") => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
});
const quotaOfClaims = {
  persistentvolumeclaims: "3",
  "requests.storage": "10Gi",
  "gold.storageclass.storage.k8s.io/requests.storage": "3Gi",
  "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
};
const usedOf = "status.used";

export const limitGroup: Group = {
  title: "Limits",
  intro:
    "The namespace `limited` has a LimitRange: containers get 200m CPU (500m at most) and 512Mi memory; a Pod has at most 3 CPUs, a claim 1Gi to 5Gi. It has a quota of 2 CPUs, too. `stored` has a quota of 3 claims with 10Gi, one of them with 3Gi of the class `gold`.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", namespaces, { metadata: { name: "limited" } });
    const limits = [
      {
        type: "Container",
        max: { cpu: "2" },
        min: { cpu: "100m" },
        default: { cpu: "500m", memory: "512Mi" },
        defaultRequest: { cpu: "200m" },
        maxLimitRequestRatio: { cpu: "4" },
      },
      { type: "Pod", max: { cpu: "3" } },
      { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "5Gi" } },
    ];
    await prepare(side, "POST", ranges, { metadata: { name: "limits" }, spec: { limits } });
    const quota = { metadata: { name: "two" }, spec: { hard: { "requests.cpu": "2" } } };
    await prepare(side, "POST", `${namespaces}/limited/resourcequotas`, quota);
    await until("the namespace is ready", async () => {
      const accounts = (await prepare(side, "GET", `${namespaces}/limited/serviceaccounts`)) as Json;
      const { status } = (await prepare(side, "GET", `${namespaces}/limited/resourcequotas/two`)) as Json;
      return accounts.items.length > 0 && status?.used !== undefined;
    });
    await prepare(side, "POST", namespaces, { metadata: { name: "stored" } });
    const spec = { hard: quotaOfClaims };
    await prepare(side, "POST", `${namespaces}/stored/resourcequotas`, { metadata: { name: "stored" }, spec });
    await until("the quota of claims is counted", async () => {
      const { status } = (await prepare(side, "GET", `${namespaces}/stored/resourcequotas/stored`)) as Json;
      return status?.used !== undefined;
    });
    // The API server's plugin learns of the LimitRange a moment later.
    await until("the limits are known", async () => {
      const made = (await prepare(side, "POST", `${pods}?dryRun=All`, pod("any", container("any")))) as Json;
      return made.metadata.annotations !== undefined;
    });
  },
  cases: [
    ...kubeCases([
      { name: "the defaults of a LimitRange", method: "GET", path: `${ranges}/limits`, shows: "spec.limits" },
      {
        name: "a container that says nothing",
        ...{ method: "POST", path: `${pods}?dryRun=All`, body: pod("plain", container("web")), shows },
      },
      {
        name: "two containers, of which one says something",
        method: "POST",
        path: `${pods}?dryRun=All`,
        body: pod("two", container("web", { cpu: "300m" }, { memory: "1Gi" }), container("side")),
        shows,
      },
      refused("too much of a container", pods, pod("large", container("web", { cpu: "1" }, { cpu: "2500m" }))),
      refused("too little of a container", pods, pod("small", container("web", { cpu: "50m" }, { cpu: "100m" }))),
      refused("a limit that is too far above its request", pods, {
        ...pod("far", container("web", { cpu: "100m" }, { cpu: "1" })),
      }),
      refused(
        "too much of a Pod",
        pods,
        pod("sum", container("web", { cpu: "800m" }, { cpu: "2" }), container("side", { cpu: "800m" }, { cpu: "2" })),
      ),
      refused("limits are checked before the quota", pods, {
        ...pod("both", container("web", { cpu: "3" }, { cpu: "3" })),
      }),
      refused("a Pod whose defaults exceed the quota", pods, {
        ...pod(
          "quota",
          container("a", { cpu: "1" }, { cpu: "1" }),
          container("b", { cpu: "1" }, { cpu: "1" }),
          container("c"),
        ),
      }),
      refused("a claim of too little", `${namespaces}/limited/persistentvolumeclaims`, claim("500Mi")),
      refused("a claim of too much", `${namespaces}/limited/persistentvolumeclaims`, claim("6Gi")),
      {
        name: "a claim that fits",
        method: "POST",
        path: `${namespaces}/limited/persistentvolumeclaims?dryRun=All`,
        body: claim("2Gi"),
        shows: "spec.resources",
      },
      refused("quota: a claim of too much storage", ofClaims, stored("big", "11Gi")),
      refused("quota: a claim of too much of a class", ofClaims, stored("golden", "4Gi", "gold")),
      { ...refused("quota: a claim that fits", ofClaims, stored("one", "4Gi")), shows: "metadata.name" },
      { ...refused("quota: a claim of the class", ofClaims, stored("golden", "2Gi", "gold")), shows: "metadata.name" },
      refused("quota: a second claim of the class", ofClaims, stored("more", "512Mi", "gold")),
      refused("quota: too much storage beside others", ofClaims, stored("rest", "5Gi")),
      { ...refused("quota: a third claim", ofClaims, stored("three", "1Gi")), shows: "metadata.name" },
      refused("quota: one claim too many", ofClaims, stored("four", "1Gi")),
      refused("quota: too many claims, with too much storage", ofClaims, stored("four", "10Gi")),
      {
        name: "quota: what claims use",
        ...{ method: "GET", path: `${namespaces}/stored/resourcequotas/stored`, shows: usedOf },
        until: ({ status }) => status.used.persistentvolumeclaims === "3",
      },
      { name: "quota: a claim is deleted", method: "DELETE", path: `${ofClaims}/golden`, shows: "metadata.name" },
      {
        name: "quota: what is left",
        ...{ method: "GET", path: `${namespaces}/stored/resourcequotas/stored`, shows: usedOf },
        until: ({ status }) => status.used.persistentvolumeclaims === "2",
      },
      refused("bounds in the wrong order", ranges, range({ type: "Container", min: { cpu: "2" }, max: { cpu: "1" } })),
      refused(
        "defaults beyond the bounds",
        ranges,
        range({ type: "Container", max: { cpu: "1" }, default: { cpu: "2" }, defaultRequest: { cpu: "3" } }),
      ),
      refused("defaults of a Pod", ranges, range({ type: "Pod", default: { cpu: "1" } })),
      refused("two limits of one type", ranges, range({ type: "Pod", max: { cpu: "1" } }, { type: "Pod" })),
      refused("limits of claims without storage", ranges, range({ type: "PersistentVolumeClaim", max: { cpu: "1" } })),
      refused("a ratio below one", ranges, range({ type: "Pod", maxLimitRequestRatio: { cpu: "500m" } })),
    ]),
    story({
      name: "a Deployment whose Pods are beyond the limits",
      request: "`POST` of a Deployment, then its condition",
      async tell(ask) {
        const path = "/apis/apps/v1/namespaces/limited/deployments";
        const template = {
          metadata: { labels: { app: "web" } },
          spec: { containers: [container("web", { cpu: "1" }, { cpu: "3" })] },
        };
        const spec = { selector: { matchLabels: { app: "web" } }, template };
        await ask("POST", path, { metadata: { name: "web" }, spec });
        let why: Json;
        await until("its Pods are refused", async () => {
          const { status } = (await ask("GET", `${path}/web`)).body as Json;
          why = status.conditions?.find(({ type }: Json) => type === "ReplicaFailure");
          return why !== undefined;
        });
        return { status: 200, reason: why.reason, message: why.message };
      },
    }),
  ],
};
