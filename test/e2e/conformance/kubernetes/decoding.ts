/** Objects that Go cannot decode, and fields that a kind does not have. */
import type { Group } from "../case.ts";
import { type KubeCase, kubeCases, patchAnswerOf, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { configMap, configMaps, core, deployment, deployments, merge } from "./values.ts";

const pods = `${core}/pods`;
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const strategic = "application/strategic-merge-patch+json";
const json = "application/json-patch+json";
const applyType = "application/apply-patch+yaml";

const posting = (path: string, name: string, body: unknown, more: Partial<KubeCase> = {}): KubeCase => ({
  ...{ name, method: "POST", path: `${path}?dryRun=All`, body },
  ...more,
});
const ofData = (name: string, data: unknown, more: object = {}) =>
  posting(
    configMaps,
    `a ConfigMap's ${name}`,
    { ...configMap("any"), data, ...more },
    { shows: ["data", "binaryData"] },
  );
const pod = (container: object, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "any" },
  spec: { containers: [{ name: "c", image: "nginx:1.12", ...container }] },
  ...more,
});
const ofContainer = (name: string, container: object, shows?: string) =>
  posting(pods, `a container's ${name}`, pod(container), shows ? { shows: `spec.containers.${shows}` } : {});
const quantity = (cpu: unknown) =>
  ofContainer(`cpu: ${JSON.stringify(cpu)}`, { resources: { limits: { cpu } } }, "resources.limits");
const ofLease = (name: string, spec: object) =>
  posting(
    leases,
    `a Lease's ${name}`,
    { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "any" }, spec },
    { shows: "spec" },
  );
const ofDeployment = (name: string, spec: object) =>
  posting(deployments, `a Deployment's ${name}`, deployment("any", spec), { shows: "spec.replicas" });
const ofMetadata = (name: string, metadata: object) =>
  posting(configMaps, name, configMap("any", metadata), { shows: ["metadata.labels", "metadata.annotations"] });

const validated = (validation: string, what: Pick<KubeCase, "name" | "body" | "contentType">): KubeCase => ({
  ...what,
  ...{ name: `${what.name}, ${validation || "by default"}`, method: "POST", warns: true, shows: "data" },
  path: `${configMaps}?dryRun=All${validation && `&fieldValidation=${validation}`}`,
});
const duplicates = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"any","name":"any"},"data":{"x":"1","x":"2"},"data":{"z":"1"}}`;
const yaml =
  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: any\n  name: any\ndata:\n  x: one\n  x: two\nfoo: 1\n";
const unknown = { ...configMap("any", { bar: {} }), foo: 1 };

const patched = (contentType: string, body: unknown, more = "") =>
  story({
    name: `${contentType.replace("application/", "")}: ${typeof body === "string" ? body : JSON.stringify(body)}${more && `, ${more}`}`,
    request: "`PATCH ?dryRun=All` of a Deployment",
    async tell(ask) {
      const path = `${deployments}/web?dryRun=All${more && `&fieldValidation=${more}`}`;
      return patchAnswerOf(await ask("PATCH", path, body, contentType));
    },
  });
const applied = (name: string, body: object) =>
  posting(`${deployments}/applied`, `apply: ${name}`, body, {
    ...{ method: "PATCH", path: `${deployments}/applied?dryRun=All&fieldManager=conformance`, contentType: applyType },
    shows: "spec.replicas",
  });
const ofTemplate = (container: object) => {
  const spec = { containers: [{ name: "web", image: "nginx:1.12", ...container }] };
  return deployment("applied", { template: { metadata: { labels: { app: "demo" } }, spec } });
};

export const decoding: Group = {
  title: "Types and fields",
  intro:
    "Each value is decoded into its Go type. `fieldValidation` says what becomes of fields that there are not, or twice.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", deployments, deployment("web"));
  },
  cases: [
    ...kubeCases([
      ofData("data with a number", { n: 1 }),
      ofData("data with null", { n: null }),
      ofData("data: null", null),
      ofData("data as a list", []),
      ofData("binaryData that is not base64", {}, { binaryData: { a: "x!" } }),
      ofData("binaryData with null", {}, { binaryData: { a: "eA==", b: null } }),
      ofData('immutable: "true"', {}, { immutable: "true" }),
      ofMetadata("a label that is a number", { labels: { a: 1 } }),
      ofMetadata("an annotation that is true", { annotations: { a: true } }),
      ofMetadata("labels that are null", { labels: null, annotations: {} }),
      ofMetadata("a creationTimestamp that is no time", { creationTimestamp: "yesterday" }),
      ofMetadata("a deletionTimestamp that is a number", { deletionTimestamp: 5 }),
      ofContainer('containerPort: "80"', { ports: [{ containerPort: "80" }] }),
      ofContainer("containerPort above int32", { ports: [{ containerPort: 3_000_000_000 }] }),
      ofContainer("containerPort: 80.5", { ports: [{ containerPort: 80.5 }] }),
      posting(
        pods,
        "a container's containerPort: 80.0",
        JSON.stringify(pod({ ports: [{ containerPort: 80 }] })).replace("80}", "80.0}"),
      ),
      ofContainer("ports as a map", { ports: {} }),
      ofContainer("ports of texts", { ports: ["http"] }),
      ofContainer("imagePullPolicy: 1", { imagePullPolicy: 1 }),
      ofContainer("port that is true, inside what is embedded", { livenessProbe: { httpGet: { port: true } } }),
      ...["banana", "", "1.5e", true, 1, 0.5, "1000m", "0.0001", "1e3", "1Ki", "1500m", "1024Ki", null].map(quantity),
      posting(pods, "a Pod's spec as a list", pod({}, { spec: [] })),
      posting(pods, "a Pod's metadata as a text", pod({}, { metadata: "any" })),
      posting(pods, "a Pod that is a list", []),
      posting(pods, "a Pod whose kind is a number", pod({}, { kind: 5 })),
      posting(pods, "the first wrong value counts", pod({ image: 1, name: 2 }, { metadata: { name: 3 } })),
      posting(pods, "a quantity before a wrong type", pod({ image: 1, resources: { limits: { cpu: "banana" } } })),
      ofLease("renewTime with three digits", { renewTime: "2030-01-01T00:00:00.123Z" }),
      ofLease("renewTime with six digits", { renewTime: "2030-01-01T00:00:00.123456Z" }),
      ofLease("renewTime in another zone", { renewTime: "2030-01-01T01:00:00.123456+01:00" }),
      ofLease("renewTime in a month that there is not", { renewTime: "2030-13-01T00:00:00.123456Z" }),
      ofLease("acquireTime: null", { acquireTime: null }),
      ofDeployment('replicas: "2"', { replicas: "2" }),
      ofDeployment("replicas: null", { replicas: null }),
      ofDeployment("replicas: 2.5", { replicas: 2.5 }),
      ...["", "Warn", "Strict", "Ignore", "Never"].flatMap((validation) => [
        validated(validation, { name: "unknown fields", body: unknown }),
        validated(validation, { name: "duplicate fields", body: duplicates }),
        validated(validation, {
          name: "YAML with unknown and duplicate fields",
          body: yaml,
          contentType: "application/yaml",
        }),
      ]),
      posting(configMaps, "JSON with a comma too many", `{"kind":"ConfigMap",}`),
      posting(configMaps, "JSON with more after it", `{"kind":"ConfigMap"} {}`),
      posting(configMaps, "JSON with a name without quotes", `{kind:"ConfigMap"}`),
      posting(configMaps, "JSON with a wrong escape", String.raw`{"kind":"\q"}`),
      posting(configMaps, "no body", ""),
      {
        ...{ name: 'an update\'s replicas: "2"', method: "PUT", path: `${deployments}/web?dryRun=All` },
        body: deployment("web", { replicas: "2" }),
      },
      {
        ...{ name: 'a status\'s replicas: "2"', method: "PUT", path: `${deployments}/web/status?dryRun=All` },
        body: { ...deployment("web"), status: { replicas: "2" } },
      },
      {
        ...{ name: 'a scale\'s replicas: "2"', method: "PUT", path: `${deployments}/web/scale?dryRun=All` },
        body: { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: "2" } },
      },
      {
        ...{ name: "a delete's gracePeriodSeconds as a text", method: "DELETE", path: `${deployments}/web?dryRun=All` },
        body: { gracePeriodSeconds: "5" },
      },
      {
        ...{ name: "a review's verb as a number", method: "POST" },
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: {
          ...{ apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" },
          spec: { resourceAttributes: { verb: 5 } },
        },
      },
      applied('replicas: "2"', deployment("applied", { replicas: "2" })),
      applied("replicas: 2.5", deployment("applied", { replicas: 2.5 })),
      applied("replicas: null", deployment("applied", { replicas: null })),
      applied("an unknown field", deployment("applied", { foo: 1 })),
      applied("an unknown field of a list's item", ofTemplate({ ports: [{ containerPort: 80, foo: 1 }] })),
      applied("the same key twice", ofTemplate({ ports: [{ containerPort: 80 }, { containerPort: 80 }] })),
      applied("a label that is a number", {
        ...deployment("applied"),
        metadata: { name: "applied", labels: { a: 1 } },
      }),
      applied("a map that is a list", { ...deployment("applied"), metadata: { name: "applied", labels: [] } }),
      applied('paused: "true"', deployment("applied", { paused: "true" })),
      applied("a list that is a map", ofTemplate({ ports: {} })),
      applied('cpu: "banana"', ofTemplate({ resources: { limits: { cpu: "banana" } } })),
      applied("a port that is true", ofTemplate({ livenessProbe: { httpGet: { port: true } } })),
    ]),
    ...["", "Strict"].flatMap((more) => [
      patched(merge, { spec: { replicas: "2" } }, more),
      patched(merge, { spec: { foo: 1 }, bar: 1 }, more),
      patched(merge, '{"spec":{"replicas":2,"replicas":2}}', more),
      patched(json, [{ op: "replace", path: "/spec/replicas", value: "2" }], more),
      patched(json, [{ op: "add", path: "/spec/foo", value: 1 }], more),
      patched(json, [{ op: "add", path: "/spec/replicas", value: 2, foo: 1 }], more),
      patched(strategic, { spec: { replicas: "2" } }, more),
      patched(strategic, { metadata: { labels: { a: 1 } } }, more),
      patched(strategic, { spec: { foo: 1 }, bar: 1 }, more),
      patched(strategic, { spec: "none" }, more),
      patched(strategic, { spec: { template: { spec: { containers: [{ image: "nginx" }] } } } }, more),
    ]),
    patched(merge, { spec: { replicas: null } }),
    patched(strategic, { spec: { replicas: null } }),
    patched(strategic, { spec: { template: { spec: { containers: {} } } } }),
  ],
};
