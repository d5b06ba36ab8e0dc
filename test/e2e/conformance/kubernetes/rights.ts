/** RBAC for subresources, names, paths, and impersonation. */
import type { Group } from "../case.ts";
import { answerOf, type KubeCase, kubeCases, story } from "../kube-case.ts";
import { apiGroup, introduce, rbac, until } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { configMap, configMaps, core, deployment, deployments, merge } from "./values.ts";

const rules = [
  { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["patch"], resourceNames: ["given"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch", "get"], resourceNames: ["given"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["deletecollection"] },
  { apiGroups: ["*"], resources: ["*/status"], verbs: ["get"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["patch"] },
];

async function allow(side: Side): Promise<void> {
  await prepare(side, "POST", `${rbac}/namespaces/default/roles`, { metadata: { name: "narrow" }, rules });
  await prepare(side, "POST", `${rbac}/namespaces/default/rolebindings`, {
    metadata: { name: "narrow" },
    roleRef: { apiGroup, kind: "Role", name: "narrow" },
    subjects: [{ apiGroup, kind: "User", name: "stranger" }],
  });
  const authorization = `Bearer ${await side.token("stranger")}`;
  const path = `${configMaps}/given`;
  await until("the stranger may", async () => (await side.kube({ method: "GET", path, authorization })).status === 200);
}

const asked = (name: string, method: string, path: string, more: Partial<KubeCase> = {}): KubeCase => ({
  ...{ name, as: "stranger", method, path, ...more },
});
const review = (resourceAttributes: object) => ({
  spec: { resourceAttributes: { namespace: "default", ...resourceAttributes } },
});
const mayI = (name: string, attributes: object): KubeCase =>
  asked(name, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    ...{ body: review(attributes), shows: "status.allowed" },
  });
const named = (name: string) => `fieldSelector=metadata.name%3D${name}`;

export const rights: Group = {
  title: "Rights",
  intro:
    "The stranger may scale one Deployment, read and list one ConfigMap, delete all ConfigMaps at once, patch Secrets, and read logs and each status.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", configMaps, configMap("given"));
    await prepare(side, "POST", deployments, deployment("given", { replicas: 0 }));
    await allow(side);
  },
  cases: [
    ...kubeCases([
      asked("scale", "PATCH", `${deployments}/given/scale`, {
        contentType: merge,
        body: { spec: { replicas: 0 } },
        shows: "spec",
      }),
      asked("scale another", "PATCH", `${deployments}/other/scale`, { contentType: merge, body: {} }),
      asked("read the scale", "GET", `${deployments}/given/scale`),
      asked("patch the Deployment itself", "PATCH", `${deployments}/given`, { contentType: merge, body: {} }),
      asked("read a status", "GET", `${deployments}/given/status`, { shows: "metadata.name" }),
      asked("write a status", "PATCH", `${deployments}/given/status`, { contentType: merge, body: {} }),
      asked("read a log", "GET", `${core}/pods/none/log`),
      asked("read the Pod", "GET", `${core}/pods/none`),
      asked("evict", "POST", `${core}/pods/none/eviction`, { body: {} }),
      asked("read the one", "GET", `${configMaps}/given`, { shows: "metadata.name" }),
      asked("read another", "GET", `${configMaps}/other`),
      asked("list the one", "GET", `${configMaps}?${named("given")}`, { shows: "items.metadata.name" }),
      asked("list another", "GET", `${configMaps}?${named("other")}`),
      asked("list all", "GET", configMaps),
      asked("list the one, and by a label", "GET", `${configMaps}?${named("given")}&labelSelector=a`, {
        shows: "items",
      }),
      asked("watch the one", "GET", `${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=0&${named("given")}`, {
        shows: "type",
      }),
      asked("watch all", "GET", `${configMaps}?watch=true`),
      asked("delete all objects with a label", "DELETE", `${configMaps}?labelSelector=none`, {
        shows: ["kind", "items"],
      }),
      asked("delete the one", "DELETE", `${configMaps}/given`),
      asked("apply an object that does not exist, without create", "PATCH", `${core}/secrets/new?fieldManager=me`, {
        ...{
          contentType: "application/apply-patch+yaml",
          body: { apiVersion: "v1", kind: "Secret", metadata: { name: "new" } },
        },
      }),
      asked("read /version", "GET", "/version", { shows: "major" }),
      asked("read /livez", "GET", "/livez"),
      asked("a path without a resource", "GET", "/logs"),
      mayI("may I scale it", {
        group: "apps",
        resource: "deployments",
        subresource: "scale",
        verb: "patch",
        name: "given",
      }),
      mayI("may I scale another", {
        group: "apps",
        resource: "deployments",
        subresource: "scale",
        verb: "patch",
        name: "other",
      }),
      mayI("may I scale any", { group: "apps", resource: "deployments", subresource: "scale", verb: "patch" }),
      mayI("may I patch it", { group: "apps", resource: "deployments", verb: "patch", name: "given" }),
      mayI("may I read any status", {
        group: "batch",
        resource: "jobs",
        subresource: "status",
        verb: "get",
        name: "any",
      }),
      asked("may I read a path", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        ...{ body: { spec: { nonResourceAttributes: { path: "/metrics", verb: "get" } } }, shows: "status.allowed" },
      }),
    ]),
    ...["none", "stranger"].map((user) =>
      story({
        name: `as another user: ${user}`,
        request: "`GET` of the ConfigMap with `Impersonate-User`",
        async tell(_, side) {
          const authorization = `Bearer ${await side.token("administrator")}`;
          const headers = { "impersonate-user": user };
          return answerOf(
            await side.kube({ method: "GET", path: `${configMaps}/given`, authorization, headers }),
            "metadata.name",
          );
        },
      }),
    ),
    story({
      name: "as another user, without the right",
      request: "`GET` of the ConfigMap with `Impersonate-User` by stranger",
      async tell(_, side) {
        const authorization = `Bearer ${await side.token("stranger")}`;
        const headers = { "impersonate-user": "writer" };
        return answerOf(await side.kube({ method: "GET", path: `${configMaps}/given`, authorization, headers }));
      },
    }),
  ],
};
