/** A synthesised app is deployed, updated, rolled back and deleted, by its own function with the Role that it prints. */
import { CfnOutput, type Stack } from "aws-cdk-lib";
import { KubernetesObjectValue, KubernetesPatch } from "aws-cdk-lib/aws-eks-v2";
import { expect } from "vitest";
import { test } from "../acceptance/support/world.ts";
import { configMap, deployment, imported, lambdaFor, service, synthesised } from "./apps.ts";
import { stackOf } from "./stack.ts";

interface Version {
  readonly replicas: number;
  readonly manifests: readonly object[];
}

const user = "cdk-function";
let roles: readonly object[] = [];

const app = (clusterName: string, { replicas, manifests }: Version) =>
  synthesised((stack: Stack) => {
    const kube = lambdaFor(stack, { rbac: true, cluster: imported(stack, { clusterName }) });
    ({ roles } = kube);
    kube.cluster.addManifest("web", deployment(replicas), ...manifests);
    new KubernetesPatch(stack, "Patch", {
      ...{ cluster: kube.cluster, resourceName: "deploy/side", resourceNamespace: "shop" },
      ...{ applyPatch: { spec: { replicas: replicas + 10 } }, restorePatch: { spec: { replicas: 1 } } },
    });
    const { value } = new KubernetesObjectValue(stack, "Address", {
      ...{
        cluster: kube.cluster,
        objectType: "svc",
        objectName: "side",
        objectNamespace: "shop",
        jsonPath: ".spec.clusterIP",
      },
    });
    kube.cluster.addManifest("address", configMap("address", { ip: value }));
    new CfnOutput(stack, "Ip", { value });
  });

const success = { Status: "SUCCESS" };

test("is deployed, updated, rolled back and deleted", async ({ world: { backend } }) => {
  const shop = "/namespaces/shop";
  const [core, apps] = [`/api/v1${shop}`, `/apis/apps/v1${shop}/deployments`];
  const read = async (path: string) => {
    const { status, body } = await backend.kube("GET", path);
    return status === 200
      ? (body as { readonly spec: { readonly replicas: number }; readonly data: object })
      : undefined;
  };
  const made = async (path: string, body: object) =>
    expect((await backend.kube("POST", path, { body })).status).toBe(201);
  const state = async () => ({
    web: (await read(`${apps}/web`))?.spec.replicas,
    side: (await read(`${apps}/side`))?.spec.replicas,
    service: (await read(`${core}/services/web`)) !== undefined,
    flags: (await read(`${core}/configmaps/flags`)) !== undefined,
    address: (await read(`${core}/configmaps/address`))?.data,
  });
  const { name } = backend.cluster;
  const first = app(name, { replicas: 2, manifests: [service, configMap("flags")] });

  await made("/api/v1/namespaces", { metadata: { name: "shop" } });
  await made(apps, { ...deployment(1), metadata: { name: "side" } });
  await made(`${core}/services`, { ...service, metadata: { name: "side" } });
  for (const one of roles as readonly {
    readonly kind: string;
    readonly subjects?: readonly { readonly name: string }[];
  }[]) {
    const subjects = one.subjects?.map((subject) => ({ ...subject, name: user }));
    await made(`/apis/rbac.authorization.k8s.io/v1${shop}/${one.kind.toLowerCase()}s`, {
      ...one,
      ...(subjects && { subjects }),
    });
  }
  const role = `arn:aws:iam::${backend.account}:role/cdk`;
  await made("/api/v1/namespaces/kube-system/configmaps", {
    ...{ metadata: { name: "aws-auth" }, data: { mapRoles: `- rolearn: ${role}\n  username: ${user}\n` } },
  });
  const { accessKeyId, secretAccessKey, sessionToken = "" } = await backend.assumeRole("cdk");
  const stack = stackOf({
    ...{ CLUSTER_NAME: name, CLUSTER_ENDPOINT: backend.cluster.endpoint, CLUSTER_CA: backend.cluster.ca },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
    ...{ AWS_REGION: backend.region, CLUSTER_NAMESPACE: "default" },
  });

  expect(await stack.deploy(first)).toMatchObject([success, success, success, success]);
  const ip = (await backend.kube("GET", `${core}/services/side`)).body as {
    readonly spec: { readonly clusterIP: string };
  };
  const address = { ip: ip.spec.clusterIP };
  const before = { web: 2, side: 12, service: true, flags: true, address };
  expect(await state()).toEqual(before);

  const second = app(name, { replicas: 3, manifests: [service] });
  expect(await stack.deploy(second)).toMatchObject([success, success, success, success]);
  expect(await state()).toEqual({ ...before, web: 3, side: 13, flags: false });

  // The rollback is an update with the properties swapped.
  expect(await stack.deploy(first)).toMatchObject([success, success, success, success]);
  expect(await state()).toEqual(before);

  expect(await stack.remove(first)).toMatchObject([success, success, success, success]);
  expect(await state()).toEqual({ web: undefined, side: 1, service: false, flags: false, address: undefined });
});
