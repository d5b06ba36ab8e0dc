/** Namespaces that refuse Pods: PodSecurity `restricted`, and a ResourceQuota. */
import type { Group } from "../case.ts";
import { type Json, type KubeCase, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare } from "../side.ts";

const namespaces = "/api/v1/namespaces";
const hard = `${namespaces}/hard/pods`;
const small = `${namespaces}/small/pods`;

const safe = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const container = (name: string, more: object = {}) => ({ name, image: "any:1", ...more });
const pod = (name: string, ...containers: readonly object[]) => ({ metadata: { name }, spec: { containers } });
const sized = (cpu: string, memory: string) =>
  container("web", { resources: { requests: { cpu }, limits: { memory } } });

const created = (name: string, path: string, body: object, more: Partial<KubeCase> = {}): KubeCase => ({
  ...{ name, method: "POST", path, body, shows: "metadata.name" },
  ...more,
});

export const hardened: Group = {
  title: "Hardened namespaces",
  intro:
    "The namespace `hard` enforces PodSecurity `restricted`; `small` has a quota of 2 Pods, 500m CPU and 128Mi memory.",
  async prepare(side) {
    await introduce(side);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await prepare(side, "POST", namespaces, { metadata: { name: "hard", labels } });
    await prepare(side, "POST", namespaces, { metadata: { name: "small" } });
    const spec = { hard: { pods: "2", "requests.cpu": "500m", "limits.memory": "128Mi" } };
    await prepare(side, "POST", `${namespaces}/small/resourcequotas`, { metadata: { name: "small" }, spec });
    await until("the quota is counted", async () => {
      const quota = (await prepare(side, "GET", `${namespaces}/small/resourcequotas/small`)) as Json;
      return quota.status?.used?.pods === "0";
    });
    for (const namespace of ["hard", "small"])
      await until(`${namespace} has its service account`, async () => {
        const all = (await prepare(side, "GET", `${namespaces}/${namespace}/serviceaccounts`)) as Json;
        return all.items.length > 0;
      });
  },
  cases: [
    ...kubeCases([
      created("PodSecurity: a Pod that says nothing", hard, pod("plain", container("web"))),
      created("PodSecurity: two containers", hard, pod("two", container("web"), container("side"))),
      created(
        "PodSecurity: one of two containers",
        hard,
        pod("one", container("web", { securityContext: safe }), container("side")),
      ),
      created(
        "PodSecurity: a container that drops too little",
        hard,
        pod("few", container("web", { securityContext: { ...safe, capabilities: { drop: ["NET_RAW"] } } })),
      ),
      created("PodSecurity: the Pod says half of it", hard, {
        metadata: { name: "half" },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [container("web")],
        },
      }),
      created("PodSecurity: a Pod that is restricted", hard, pod("safe", container("web", { securityContext: safe }))),
      created("quota: a Pod that says nothing", small, pod("plain", container("web"))),
      created("quota: two containers that say nothing", small, pod("two", container("web"), container("side"))),
      created("quota: too much CPU", small, pod("greedy", sized("1", "64Mi"))),
      created("quota: too much of both", small, pod("greedy", sized("600m", "1Gi"))),
      created("quota: a Pod that fits", small, pod("one", sized("200m", "64Mi"))),
      created("quota: too much beside another", small, pod("two", sized("400m", "32Mi"))),
      created("quota: a limit is the request, too", small, {
        ...pod("limited", container("web", { resources: { limits: { cpu: "400m", memory: "32Mi" } } })),
      }),
      created("quota: a second Pod that fits", small, pod("two", sized("300m", "64Mi"))),
      created("quota: one Pod too many", small, pod("three", sized("0", "0"))),
      {
        name: "quota: its status",
        ...{ method: "GET", path: `${namespaces}/small/resourcequotas/small` },
        shows: "status.used",
        until: ({ status }) => status.used.pods === "2",
      },
    ]),
    story({
      name: "a ReplicaSet says why it has no Pods",
      request: "`POST` of a Deployment in `hard`",
      async tell(ask) {
        const labels = { app: "web" };
        const template = { metadata: { labels }, spec: { containers: [container("web")] } };
        const spec = { replicas: 1, selector: { matchLabels: labels }, template };
        await ask("POST", "/apis/apps/v1/namespaces/hard/deployments", { metadata: { name: "web" }, spec });
        let set: Json;
        await until("its ReplicaSet has a condition", async () => {
          [set] = ((await ask("GET", "/apis/apps/v1/namespaces/hard/replicasets")).body as Json).items;
          return set?.status.conditions?.length > 0;
        });
        const { type, status, reason, message } = set.status.conditions[0];
        const words = message.replace(/web-[-a-z0-9]+/, "POD");
        return { status: 200, reason: "", message: [type, status, reason, words].join(" ") };
      },
    }),
  ],
};
