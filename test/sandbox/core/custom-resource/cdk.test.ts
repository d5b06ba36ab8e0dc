/** CDK's KubernetesPatch, KubernetesObjectValue and HelmChart, on the sandbox. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { onlyImages } from "../../../../src/core/actions/allowed.ts";
import type { CustomResourceRequest } from "../../../../src/core/custom-resource/request.ts";
import { addCdkResources } from "../../../../src/lambda/cdk-resources.ts";
import { requestOf, s3 } from "../../../support/cloudformation.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";
import type { Outcome } from "../../support/stack.ts";

addCdkResources();

const used = useSandbox();
const { kube, sandbox } = used;
const kinds = ["deployments", "configmaps", "services"];
const rules = ["apply", "delete", "get"].flatMap((action) => kinds.map((kind) => `${action}:${kind}`));
const allowed = allowedOf(...rules);
const call = callerOf(used);
/** Returns what the function PUTs for a request. */
const ask = async (given: Partial<CustomResourceRequest>, more: object = {}) => {
  const { puts, environment } = await s3(200);
  await call(requestOf(given), { allowed, environment, ...more });
  return puts[0]?.body as unknown as Outcome;
};

const apps = "/apis/apps/v1/namespaces/default/deployments";
const configMaps = "/api/v1/namespaces/default/configmaps";
const labels = { app: "web" };
const web = {
  metadata: { name: "web", finalizers: ["example.com/hold"], annotations: { "eks-lambda/owners": "a" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
};
const found = async (path = `${apps}/web`) => (await kube("GET", path)).body;
const merge = (path: string, body: object) => kube("PATCH", path, { body, type: "application/merge-patch+json" });

describe("a patch", () => {
  const properties = (given: object = {}) => ({
    ...{ ResourceName: "deployment/web", ResourceNamespace: "default", PatchType: "strategic" },
    ...{ ApplyPatchJson: '{"spec":{"replicas":3}}', RestorePatchJson: '{"spec":{"replicas":2}}' },
    ...given,
  });
  const patch = (given?: object, more: object = {}, asking?: object) =>
    ask({ ResourceType: "Custom::AWSCDK-EKS-KubernetesPatch", ResourceProperties: properties(given), ...more }, asking);

  beforeEach(async () => {
    expect((await kube("POST", apps, { body: web })).status).toBe(201);
  });

  test("is applied, updated, and restored when it is deleted", async () => {
    const { Status, PhysicalResourceId } = await patch();
    expect(Status).toBe("SUCCESS");
    expect((await found()).spec.replicas).toBe(3);
    const update = { RequestType: "Update", PhysicalResourceId, OldResourceProperties: properties() };
    const more = { ApplyPatchJson: '{"spec":{"replicas":4}}' };
    expect(await patch(more, update)).toMatchObject({ Status: "SUCCESS", PhysicalResourceId });
    expect((await found()).spec.replicas).toBe(4);
    const removal = { RequestType: "Delete", PhysicalResourceId };
    expect(await patch(more, removal)).toMatchObject({ Status: "SUCCESS", PhysicalResourceId });
    expect((await found()).spec.replicas).toBe(2);
  });

  test.each([
    ["merge", '{"spec":{"replicas":5}}'],
    ["json", '[{"op":"replace","path":"/spec/replicas","value":5}]'],
    ["strategic", '{"spec":{"replicas":5,"template":{"spec":{"containers":[{"name":"web","env":[]}]}}}}'],
  ])("of type %s is applied", async (PatchType, ApplyPatchJson) => {
    expect(await patch({ PatchType, ApplyPatchJson })).toMatchObject({ Status: "SUCCESS" });
    expect((await found()).spec).toMatchObject({
      replicas: 5,
      template: { spec: { containers: [{ image: "web:1" }] } },
    });
  });

  test.each(["deploy/web", "Deployment/web", "deployments/web", "deployments.apps/web", "deployments.v1.apps/web"])(
    "finds %s",
    async (ResourceName) => expect(await patch({ ResourceName })).toMatchObject({ Status: "SUCCESS" }),
  );

  test("waits for rights that are seconds old", async () => {
    let token = "nobody";
    const called = patch({ ClusterName: sandbox().cluster.name }, {}, { tokenOf: () => token });
    await sleep(500);
    token = sandbox().adminToken;
    expect(await called).toMatchObject({ Status: "SUCCESS" });
  });

  test("of another object in an update restores the one before", async () => {
    const other = { ...web, metadata: { name: "other" } };
    await kube("POST", apps, { body: other });
    const { PhysicalResourceId } = await patch();
    const update = { RequestType: "Update", PhysicalResourceId, OldResourceProperties: properties() };
    expect(await patch({ ResourceName: "deployment/other" }, update)).toMatchObject({ Status: "SUCCESS" });
    expect([(await found()).spec.replicas, (await found(`${apps}/other`)).spec.replicas]).toEqual([2, 3]);
  });

  test.each([
    ["no name", { ResourceName: "deployment" }],
    ["a kind that is not allowed", { ResourceName: "node/a" }],
  ])("with %s is refused, and the rollback succeeds", async (_, wrong) => {
    const { PhysicalResourceId } = await patch();
    const update = { RequestType: "Update", PhysicalResourceId };
    expect(await patch(wrong, { ...update, OldResourceProperties: properties() })).toMatchObject({ Status: "FAILED" });
    const old = { ...update, OldResourceProperties: properties(wrong) };
    expect(await patch({}, old)).toMatchObject({ Status: "SUCCESS" });
    expect((await found()).spec.replicas).toBe(3);
  });

  test("that failed to be created is not restored: it never changed anything", async () => {
    await merge(`${apps}/web`, { spec: { replicas: 7 } });
    const failed = await patch({ ApplyPatchJson: '{"spec":{"replicas":-1}}' });
    expect(failed).toMatchObject({ Status: "FAILED", Reason: expect.stringMatching(/^Invalid: /) });
    const { PhysicalResourceId } = failed;
    expect(await patch({}, { RequestType: "Delete", PhysicalResourceId })).toMatchObject({ Status: "SUCCESS" });
    expect((await found()).spec.replicas).toBe(7);
  });

  test("of an object that is gone is restored without an error, and fails to be updated", async () => {
    await merge(`${apps}/web`, { metadata: { finalizers: null } });
    await kube("DELETE", `${apps}/web`);
    const more = { PhysicalResourceId: "id" };
    expect(await patch({}, { RequestType: "Delete", ...more })).toMatchObject({ Status: "SUCCESS" });
    expect(await patch({ ResourceNamespace: "default" }, { RequestType: "Update", ...more })).toMatchObject({
      ...{ Status: "FAILED", PhysicalResourceId: "id", Reason: expect.stringMatching(/^NotFound: /) },
    });
  });

  const reserved: readonly (readonly [string, string, string])[] = [
    [
      "sets an owner",
      "merge",
      '{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"a","uid":"b"}]}}',
    ],
    ["removes finalizers", "json", '[{"op":"remove","path":"/metadata/finalizers"}]'],
    ["sets a mark", "strategic", '{"metadata":{"annotations":{"eks-lambda/owners":"[]"}}}'],
    ["sets a label that is a mark", "merge", '{"metadata":{"labels":{"eks-lambda/owners":"a"}}}'],
    ["removes all annotations", "merge", '{"metadata":{"annotations":null}}'],
    [
      "moves a mark",
      "json",
      '[{"op":"move","from":"/metadata/annotations/eks-lambda~1owners","path":"/metadata/annotations/a"}]',
    ],
  ];
  test.each(reserved)("that %s is refused", async (_, PatchType, ApplyPatchJson) => {
    const kept = async () => {
      const { metadata, spec } = await found();
      const { labels, finalizers, ownerReferences, annotations } = metadata;
      return { spec, labels, finalizers, ownerReferences, owners: annotations["eks-lambda/owners"] };
    };
    const before = await kept();
    expect(await patch({ PatchType, ApplyPatchJson })).toMatchObject({
      ...{ Status: "FAILED", Reason: expect.stringMatching(/^InvalidEvent: the patch changes .* in the metadata/) },
    });
    expect(await kept()).toEqual(before);
  });

  test("brings only images that are allowed, and may keep the others", async () => {
    const images = { allowed: onlyImages(allowed, ["good"]) };
    const given = (ApplyPatchJson: string) => patch({ ApplyPatchJson }, {}, images);
    const image = (name: string) => `{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"${name}"}]}}}}`;
    expect(await given('{"spec":{"replicas":4}}')).toMatchObject({ Status: "SUCCESS" });
    expect(await given(image("evil"))).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringMatching(/^ImageNotAllowed/),
    });
    expect((await found()).spec.template.spec.containers[0].image).toBe("web:1");
    expect(await given(image("good:2"))).toMatchObject({ Status: "SUCCESS" });
  });

  test("is checked again if the object changes between the check and the write", async () => {
    let dryRuns = 0;
    const meddle = async ({ path }: { readonly path: string }) => {
      if (path.includes("dryRun") || dryRuns++ > 0) return;
      await merge(`${apps}/web`, { metadata: { labels: { changed: "true" } } });
    };
    expect(await patch({}, {}, { meddle })).toMatchObject({ Status: "SUCCESS" });
    expect(dryRuns).toBe(2);
    expect(await found()).toMatchObject({ metadata: { labels: { changed: "true" } }, spec: { replicas: 3 } });
  });

  test.each([
    [{ ResourceName: "web" }, '`ResourceName` is "web"'],
    [{ ResourceName: "deployment/a/b" }, '`ResourceName` is "deployment/a/b"'],
    [{ PatchType: "apply" }, '`PatchType` is "apply"'],
    [{ ApplyPatchJson: "{" }, "a strategic patch must be a JSON object"],
    [{ ApplyPatchJson: "[]" }, "a strategic patch must be a JSON object"],
    [{ PatchType: "json" }, "a json patch must be a JSON list"],
    [{ ResourceName: "secret/db" }, "`apply` of secret"],
    [{ ResourceNamespace: "kube-system" }, "in kube-system is not allowed"],
    [{ ClusterName: "other" }, 'the resource is for the cluster "other"'],
  ])("with %j is refused", async (given, reason) =>
    expect(await patch(given)).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining(reason) }),
  );
});

describe("a value", () => {
  const value = (given: object = {}, more: object = {}) =>
    ask({
      ResourceType: "Custom::AWSCDK-EKS-KubernetesObjectValue",
      ResourceProperties: {
        ...{ ObjectType: "configmap", ObjectName: "flags", ObjectNamespace: "default", JsonPath: ".data.mode" },
        ...{ TimeoutSeconds: "300", ...given },
      },
      ...more,
    });

  test("is waited for, and is the resource's `Value`", async () => {
    const waiting = value();
    await sleep(300);
    await kube("POST", configMaps, { body: { metadata: { name: "flags" }, data: { mode: "" } } });
    await merge(`${configMaps}/flags`, { data: { mode: "blue" } });
    expect(await waiting).toMatchObject({ Status: "SUCCESS", Data: { Value: "blue" } });
    expect(await value({ ObjectType: "cm" }, { RequestType: "Update", PhysicalResourceId: "id" })).toMatchObject({
      ...{ Status: "SUCCESS", PhysicalResourceId: "id", Data: { Value: "blue" } },
    });
    expect(await value({}, { RequestType: "Delete", PhysicalResourceId: "id" })).toMatchObject({ Status: "SUCCESS" });
  });

  test("that does not come fails after TimeoutSeconds", async () =>
    expect(await value({ TimeoutSeconds: "1" })).toMatchObject({
      ...{
        Status: "FAILED",
        Reason: expect.stringMatching(/^Timeout: .*configmaps "flags" in default: it does not exist/),
      },
    }));

  test("of a Secret is not shown", async () => {
    const own = { allowed: [...allowed, ...allowedOf("get:secrets")] };
    await kube("POST", "/api/v1/namespaces/default/secrets", {
      body: { metadata: { name: "db" }, data: { password: "aHVudGVyMg==" } },
    });
    const answer = await ask(
      {
        ResourceType: "Custom::AWSCDK-EKS-KubernetesObjectValue",
        ResourceProperties: {
          ...{ ObjectType: "secret", ObjectName: "db", ObjectNamespace: "default", JsonPath: ".data.password" },
          TimeoutSeconds: "300",
        },
      },
      own,
    );
    expect(answer).toMatchObject({ Status: "SUCCESS", NoEcho: true, Data: { Value: "aHVudGVyMg==" } });
  });

  test.each([
    [{ JsonPath: ".items[?(@.a)]" }, "`JsonPath` is"],
    [{ ObjectType: "secret" }, "`get` of secret"],
    [{ ObjectNamespace: "kube-system" }, "in kube-system is not allowed"],
    [{ ClusterName: "other" }, 'the resource is for the cluster "other"'],
  ])("with %j is refused", async (given, reason) =>
    expect(await value(given)).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining(reason) }),
  );
});

test("a Deployment is not waited for: CDK has no `Wait`", async () => {
  const manifest = { ...web, apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "missing/web:1" }] } };
  const Manifest = JSON.stringify([{ ...manifest, spec: { ...manifest.spec, template } }]);
  const answer = await ask({ ResourceType: "Custom::AWSCDK-EKS-KubernetesResource", ResourceProperties: { Manifest } });
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  expect((await found()).spec.replicas).toBe(2);
});

test("a Helm chart fails at once, and its Delete does nothing", async () => {
  const ResourceType = "Custom::AWSCDK-EKS-HelmChart";
  const failed = await ask({ ResourceType });
  expect(failed).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining("the function runs no Helm") });
  const { PhysicalResourceId } = failed;
  expect(await ask({ ResourceType, RequestType: "Delete", PhysicalResourceId })).toMatchObject({ Status: "SUCCESS" });
});
