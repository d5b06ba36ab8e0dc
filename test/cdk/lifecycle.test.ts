/** A synthesised app is deployed, updated, rolled back and deleted by CloudFormation, with all that is in its template. */
import { CfnOutput, CfnParameter, type Stack } from "aws-cdk-lib";
import {
  Cluster,
  type ICluster,
  KubectlProvider,
  KubernetesManifest,
  KubernetesObjectValue,
  KubernetesPatch,
} from "aws-cdk-lib/aws-eks-v2";
import type { EksLambdaProps } from "eks-lambda/cdk";
import { expect } from "vitest";
import { compressed } from "../../src/core/stack/template.ts";
import type { Backend } from "../acceptance/backend.ts";
import { make, rbac } from "../acceptance/support/cluster.ts";
import { stacksOf } from "../acceptance/support/stacks.ts";
import { test } from "../acceptance/support/world.ts";
import { configMap, deployment, imported, lambdaFor, type Resource, service, synthesised } from "./apps.ts";

interface Version {
  readonly replicas: number;
  readonly manifests: readonly object[];
  readonly more?: (stack: Stack, cluster: ICluster) => KubernetesManifest;
}

interface Synth {
  readonly template: object;
  readonly roles: readonly object[];
}

/** Adds the objects of a version to the stack. */
function fill(stack: Stack, cluster: ICluster, { replicas, manifests, more }: Version): void {
  const web = cluster.addManifest("web", deployment(replicas), ...manifests);
  new KubernetesPatch(stack, "Patch", {
    ...{ cluster, resourceName: "deploy/side", resourceNamespace: "shop" },
    ...{ applyPatch: { spec: { replicas: replicas + 10 } }, restorePatch: { spec: { replicas: 1 } } },
  });
  const { value } = new KubernetesObjectValue(stack, "Address", {
    ...{ cluster, objectType: "svc", objectName: "side", objectNamespace: "shop" },
    jsonPath: ".spec.clusterIP",
  });
  cluster.addManifest("address", configMap("address", { ip: value }));
  more?.(stack, cluster).node.addDependency(web);
  new CfnOutput(stack, "Ip", { value });
}

/** As `cdk synth` has it: for any account and region, with CDK's own metadata. */
function app({ cluster }: Backend, version: Version, props: Partial<EksLambdaProps> = {}): Synth {
  let roles: readonly object[] = [];
  const attributes = {
    clusterName: cluster.name,
    clusterEndpoint: cluster.endpoint,
    clusterCertificateAuthorityData: cluster.ca,
  };
  const build = (stack: Stack) => {
    const kube = lambdaFor(stack, { cluster: imported(stack, attributes), ...props });
    ({ roles } = kube);
    fill(stack, kube.cluster, version);
  };
  const { template, errors } = synthesised(build, { analyticsReporting: true });
  expect(errors).toEqual([]);
  return { template: { ...template, Resources: withLessCode(template.Resources) }, roles };
}

/**
 * The template with its function compressed, as `setup` does. The CDK CLI would upload what has more than 51,200 bytes to
 * the bucket of its bootstrap stack.
 */
const withLessCode = (resources: Readonly<Record<string, Resource>>) =>
  Object.fromEntries(
    Object.entries(resources).map(([id, one]) => {
      const { ZipFile } = Object(one.Properties.Code) as { readonly ZipFile?: string };
      const Code = { ZipFile: compressed(ZipFile ?? "") };
      return [id, ZipFile === undefined ? one : { ...one, Properties: { ...one.Properties, Code } }];
    }),
  );

/** An object that is there already, and that nobody let the stack take over. */
const taken =
  (data: object = {}): Version["more"] =>
  (stack, cluster) =>
    new KubernetesManifest(stack, "Taken", { cluster, manifest: [configMap("theirs", data)] });

const shop = "/namespaces/shop";
const [core, apps] = [`/api/v1${shop}`, `/apis/apps/v1${shop}/deployments`];

/** A namespace with a Deployment and a Service of somebody else. */
async function prepare(backend: Backend): Promise<void> {
  await backend.describe(backend.cluster.name, { authenticationMode: "API_AND_CONFIG_MAP" });
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
  await make(backend, apps, { ...deployment(1), metadata: { name: "side" } });
  await make(backend, `${core}/services`, { ...service, metadata: { name: "side" } });
}

const read = async (backend: Backend, path: string) => {
  const { status, body } = await backend.kube("GET", path);
  return status === 200 ? body : undefined;
};
const state = async (backend: Backend) => ({
  web: (await read(backend, `${apps}/web`))?.spec.replicas,
  side: (await read(backend, `${apps}/side`))?.spec.replicas,
  service: (await read(backend, `${core}/services/web`)) !== undefined,
  flags: (await read(backend, `${core}/configmaps/flags`)) !== undefined,
  address: (await read(backend, `${core}/configmaps/address`))?.data,
});
const nothing = { web: undefined, side: 1, service: false, flags: false, address: undefined };

test.beforeEach(({ world }) => world.fresh());

test("is deployed, updated, rolled back and deleted", async ({ world: { backend } }) => {
  await prepare(backend);
  const stacks = stacksOf(backend);
  const deploy = (version: Version) => stacks.deploy("Shop", app(backend, version).template);

  const created = await deploy({ replicas: 2, manifests: [service, configMap("flags")] });
  const ip = (await read(backend, `${core}/services/side`))?.spec.clusterIP;
  expect(created).toMatchObject({ status: "CREATE_COMPLETE", outputs: { Ip: ip }, failures: [] });
  const before = { web: 2, side: 12, service: true, flags: true, address: { ip } };
  expect(await state(backend)).toEqual(before);

  expect(await deploy({ replicas: 3, manifests: [service] })).toMatchObject({ status: "UPDATE_COMPLETE" });
  const updated = { ...before, web: 3, side: 13, flags: false };
  expect(await state(backend)).toEqual(updated);

  await make(backend, `${core}/configmaps`, configMap("theirs", { a: "1" }));
  const failed = await deploy({ replicas: 4, manifests: [configMap("flags")], more: taken({ a: "2" }) });
  expect(failed).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
  expect(failed.failures.join()).toContain("AlreadyExists: ConfigMap shop/theirs: it already exists");
  expect(await state(backend)).toEqual(updated);

  const { status, events } = await stacks.remove("Shop");
  expect(status).toBe("DELETE_COMPLETE");
  const deleted = events.filter((one) => one.endsWith("DELETE_COMPLETE"));
  const at = (name: RegExp) => deleted.findIndex((one) => name.test(one));
  expect(at(/^KubeAccessEntry/)).toBeGreaterThan(at(/^KubeClustermanifestweb/));
  expect(await state(backend)).toEqual(nothing);
  expect((await read(backend, `${core}/configmaps/theirs`))?.data).toEqual({ a: "1" });
});

test("leaves nothing where it could not be created", async ({ world: { backend } }) => {
  await prepare(backend);
  await make(backend, `${core}/configmaps`, configMap("theirs"));
  const stacks = stacksOf(backend);
  const version = { replicas: 2, manifests: [service], more: taken() };
  const { status, failures } = await stacks.deploy("Shop", app(backend, version).template);
  expect({ status, failures: failures.join() }).toEqual({
    status: "ROLLBACK_COMPLETE",
    failures: expect.stringContaining("AlreadyExists: ConfigMap shop/theirs: it already exists"),
  });
  expect(await state(backend)).toEqual(nothing);
  expect(await stacks.remove("Shop")).toMatchObject({ status: "DELETE_COMPLETE" });
});

test("is told what to change in the app where the function refuses an object", async ({ world: { backend } }) => {
  await prepare(backend);
  const more: Version["more"] = (stack, cluster) => {
    const { valueAsString: namespace } = new CfnParameter(stack, "Where", { default: "ops" });
    return cluster.addManifest("elsewhere", configMap("flags", {}, namespace));
  };
  const stacks = stacksOf(backend);
  const { status, failures } = await stacks.deploy("Shop", app(backend, { replicas: 2, manifests: [], more }).template);
  expect(status).toBe("ROLLBACK_COMPLETE");
  expect(failures.join()).toMatch(
    /NotAllowed: `apply` of configmaps.* in ops[\s\S]*`namespaces` of EksLambda in the CDK app/,
  );
  expect(failures.join()).not.toContain("eks-lambda setup");
});

test("with `rbac`, has the Roles that it prints, and no access policy", async ({ world: { backend } }) => {
  await prepare(backend);
  const { template, roles } = app(backend, { replicas: 2, manifests: [service] }, { rbac: true });
  for (const one of roles as readonly { readonly kind: string }[])
    await make(backend, rbac(`${one.kind.toLowerCase()}s`, "shop"), one);
  const stacks = stacksOf(backend);
  expect(await stacks.deploy("Shop", template)).toMatchObject({ status: "CREATE_COMPLETE", failures: [] });
  expect(await state(backend)).toMatchObject({ web: 2, side: 12, service: true });
  expect(await stacks.remove("Shop")).toMatchObject({ status: "DELETE_COMPLETE" });
  expect(await state(backend)).toEqual(nothing);
});

test("uses the function of `setup` on an imported cluster, as docs/cdk.md shows", async ({ world }) => {
  const { backend, names, run } = world;
  await prepare(backend);
  const rules = ["deployments", "services", "configmaps"].flatMap((kind) =>
    ["apply", "delete", "get"].map((action) => `${action}:${kind}@shop`),
  );
  const { exit, stderr } = await run(`setup --yes --no-kubeconfig --allow ${rules.join(" ")}`);
  expect(exit, stderr).toBe(0);
  const build = (version: Version) => (stack: Stack) => {
    const kubectlProvider = KubectlProvider.fromKubectlProviderAttributes(stack, "Provider", {
      serviceToken: names.functionArn,
    });
    fill(
      stack,
      Cluster.fromClusterAttributes(stack, "Cluster", { clusterName: names.cluster, kubectlProvider }),
      version,
    );
  };
  const stacks = stacksOf(backend);
  const deploy = (version: Version) =>
    stacks.deploy("Shop", synthesised(build(version), { analyticsReporting: true }).template);
  expect(await deploy({ replicas: 2, manifests: [service] })).toMatchObject({
    status: "CREATE_COMPLETE",
    failures: [],
  });
  expect(await state(backend)).toMatchObject({ web: 2, side: 12, service: true });
  expect(await deploy({ replicas: 3, manifests: [] })).toMatchObject({ status: "UPDATE_COMPLETE", failures: [] });
  expect(await state(backend)).toMatchObject({ web: 3, side: 13, service: false });
  expect(await stacks.remove("Shop")).toMatchObject({ status: "DELETE_COMPLETE" });
  expect(await state(backend)).toEqual(nothing);
});
