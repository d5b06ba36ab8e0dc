/** What Kubernetes serves and the sandbox does not is 501 with a reason in words, and nothing is ignored. */
import { describe, expect, test } from "vitest";
import { configMaps, deployments, useSandbox } from "../support/sandbox.ts";

const { kube } = useSandbox();
const pods = "/api/v1/namespaces/default/pods";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A request, and what its answer names. */
type Row = readonly [method: string, path: string, what: string];

const resources: readonly Row[] = [
  ["GET", "/api/v1/namespaces/default/podtemplates", "podtemplates"],
  ["GET", "/api/v1/namespaces/default/endpoints", "endpoints"],
  ["GET", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", "horizontalpodautoscalers.autoscaling"],
  ["GET", "/apis/storage.k8s.io/v1/csidrivers", "csidrivers.storage.k8s.io"],
  [
    "GET",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
  ],
  ["POST", "/apis/authentication.k8s.io/v1/tokenreviews", "tokenreviews.authentication.k8s.io"],
];

const subresources: readonly Row[] = [
  ["POST", `${pods}/web/exec`, "pods/exec"],
  ["GET", `${pods}/web/attach`, "pods/attach"],
  ["GET", `${pods}/web/portforward`, "pods/portforward"],
  ["PATCH", `${pods}/web/ephemeralcontainers`, "pods/ephemeralcontainers"],
  ["PATCH", `${pods}/web/resize`, "pods/resize"],
  ["POST", `${pods}/web/binding`, "pods/binding"],
  ["GET", `${pods}/web/proxy`, "pods/proxy"],
  ["GET", `${pods}/web/proxy/healthz`, `the path ${pods}/web/proxy/healthz`],
  ["POST", "/api/v1/namespaces/default/serviceaccounts/default/token", "serviceaccounts/token"],
];

const paths: readonly Row[] = ["/openapi/v1", "/metrics", "/logs/any"].map((path) => ["GET", path, `the path ${path}`]);

const parameters: readonly Row[] = [
  ["GET", `${configMaps}?colour=red`, 'the parameter "colour" of list'],
  ["GET", `${configMaps}/any?export=true`, 'the parameter "export" of get'],
  ["POST", `${configMaps}?force=true`, 'the parameter "force" of create'],
  ["PATCH", `${configMaps}/any?watch=true`, 'the parameter "watch" of patch'],
  ["DELETE", `${configMaps}/any?force=true`, 'the parameter "force" of delete'],
  ["GET", `${pods}/web/log?stream=Stdout`, 'the parameter "stream" of log'],
];

describe.each([
  ["a resource", resources],
  ["a subresource", subresources],
  ["a path", paths],
  ["a query parameter", parameters],
])("%s", (_, rows) => {
  test.each(rows)("%s %s", async (method, path, what) => {
    const body = method === "GET" || method === "DELETE" ? undefined : { metadata: { name: "any" } };
    const answer = await kube(method, path, { body });
    expect(answer.body).toMatchObject({
      kind: "Status",
      code: 501,
      reason: "NotImplemented",
      message: `the sandbox does not support ${what}`,
    });
    expect(answer.status).toBe(501);
  });
});

test("a field of a specification", async () => {
  const conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } };
  const spec = { group: "a.example", scope: "Cluster", names: { plural: "as", kind: "A" }, versions: [], conversion };
  const { body } = await kube("POST", definitions, { body: { metadata: { name: "as.a.example" }, spec } });
  expect(body).toMatchObject({
    code: 501,
    message: "the sandbox does not support spec.conversion.webhook of a CustomResourceDefinition",
  });
});

test.each([
  ["POST", definitions, "application/json"],
  ["PATCH", `${definitions}/rules.a.example?fieldManager=me`, "application/apply-patch+yaml"],
])("a function in a rule of a definition: %s", async (method, path, type) => {
  const [names, rule] = [
    { plural: "rules", singular: "rule", kind: "Rule", listKind: "RuleList" },
    "'%d'.format([1]) == '1'",
  ];
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-validations": [{ rule }] } };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  const body = {
    ...{
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "rules.a.example" },
    },
    spec: { group: "a.example", scope: "Cluster", names, versions },
  };
  expect((await kube(method, path, { body, type })).body).toMatchObject({
    code: 501,
    message: `the sandbox does not support the function format() in the rule "${rule}"`,
  });
  expect((await kube("GET", `${definitions}/rules.a.example`)).status).toBe(404);
});

test("a server-side apply of a scale", async () => {
  const body = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" } };
  const type = "application/apply-patch+yaml";
  const answer = await kube("PATCH", `${deployments}/web/scale?fieldManager=me`, { body, type });
  expect(answer.body).toMatchObject({
    code: 501,
    message: "the sandbox does not support server-side apply of a scale",
  });
});

test("a resource that Kubernetes does not serve either is 404", async () => {
  expect((await kube("GET", "/api/v1/namespaces/default/unicorns")).status).toBe(404);
  expect((await kube("GET", `${pods}/web/unicorn`)).status).toBe(404);
});
