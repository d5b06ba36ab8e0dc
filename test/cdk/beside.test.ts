/**
 * Our function and CDK's own get the same events of synthesised apps, each on a new cluster. They leave the same objects and
 * answer with the same data. Where they differ, `differs` says how.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "aws-cdk-lib";
import { type ICluster, KubernetesManifest, KubernetesObjectValue, KubernetesPatch } from "aws-cdk-lib/aws-eks-v2";
import { afterAll, beforeAll, expect } from "vitest";
import type { Backend } from "../acceptance/backend.ts";
import { associate, makeEntry } from "../acceptance/support/aws.ts";
import { make } from "../acceptance/support/cluster.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { configMap, deployment, imported, lambdaFor, service, synthesised } from "./apps.ts";
import { cdks, type Event, type Handler, type Outcome, ours, unpackLayers } from "./handlers.ts";

const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web", namespace: "shop" } };

/** CloudFormation makes a text of every scalar. */
const texts = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? `${value}`
    : Array.isArray(value)
      ? value.map(texts)
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, texts(inner)]));

/** The synthesised properties of one resource, and the code of the function. */
function resourceOf(clusterName: string, build: (stack: Stack, cluster: ICluster) => void) {
  const app = synthesised((stack) =>
    build(stack, lambdaFor(stack, { cluster: imported(stack, { clusterName }) }).cluster),
  );
  expect(app.errors).toEqual([]);
  const [code] = app.of("AWS::Lambda::Function");
  const [LogicalResourceId = "", resource] =
    Object.entries(app.resources).find(([, { Type }]) => Type.startsWith("Custom::AWSCDK-EKS-")) ?? [];
  const ResourceProperties = texts({ ...resource?.Properties, ServiceToken: "arn" }) as object;
  const { ZipFile = "" } = Object(code?.Properties.Code) as { readonly ZipFile?: string };
  return { code: ZipFile, event: { LogicalResourceId, ResourceType: resource?.Type ?? "", ResourceProperties } };
}

type Made = Pick<Event, "LogicalResourceId" | "ResourceType" | "ResourceProperties">;

const objects =
  (id: string, manifest: Record<string, unknown>[], more: object = {}) =>
  (clusterName: string): Made =>
    resourceOf(clusterName, (stack, cluster) => new KubernetesManifest(stack, id, { cluster, manifest, ...more }))
      .event;
const value =
  (jsonPath: string, objectType = "service", seconds = "30") =>
  (clusterName: string) => {
    const { event: made } = resourceOf(
      clusterName,
      (stack, cluster) =>
        new KubernetesObjectValue(stack, "Value", {
          ...{ cluster, objectType, objectName: "web", objectNamespace: "shop", jsonPath },
        }),
    );
    return { ...made, ResourceProperties: { ...made.ResourceProperties, TimeoutSeconds: seconds } };
  };
const scaled = (replicas: number) => (clusterName: string) =>
  resourceOf(
    clusterName,
    (stack, cluster) =>
      new KubernetesPatch(stack, "Patch", {
        ...{ cluster, resourceName: "deployment/web", resourceNamespace: "shop" },
        ...{ applyPatch: { spec: { replicas } }, restorePatch: { spec: { replicas: 2 } } },
      }),
  ).event;

interface Step {
  readonly title: string;
  readonly sends: Event["RequestType"];
  readonly resource: (clusterName: string) => Made;
  /** Before an Update. */
  readonly old?: (clusterName: string) => Made;
  /** By `kubectl apply --prune`, which needs kinds that the sandbox does not serve, such as Endpoints. */
  readonly prunes?: true;
  /** What CDK's does otherwise. The objects are compared again with the next step that has none. */
  readonly differs?: { readonly ours: object; readonly cdks: object };
}

const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "bad", namespace: "shop" }, spec: {} };
const web = [deployment(2), service, configMap("flags", { a: "1" })];
const [first, less] = [objects("Web", web), objects("Web", [deployment(3), configMap("flags", { b: "2" })])];
const took = objects("Took", [configMap("flags", { c: "3" })], { overwrite: true });
const [two, one] = [objects("Two", [account, configMap("two")]), objects("Two", [configMap("two")])];
const half = objects("Half", [configMap("half"), job]);
const [yes, no] = [{ isSuccess: true }, { isSuccess: false }];
const names = (...all: string[]) => ({ names: expect.arrayContaining(all) });
const without = (...all: string[]) => ({ names: expect.not.arrayContaining(all) });

const all: readonly Step[] = [
  { title: "objects are created", sends: "Create", resource: first },
  { title: "another resource does not get them", sends: "Create", resource: objects("Again", web) },
  { title: "a number", sends: "Create", resource: value(".spec.ports[0].port") },
  { title: "a text", sends: "Create", resource: value(".spec.selector.app", "svc") },
  {
    title: "a filter, which ours does not have",
    sends: "Create",
    differs: { ours: no, cdks: { ...yes, data: { Value: "nginx:1.27" } } },
    resource: value('.spec.template.spec.containers[?(@.name=="web")].image', "deployments.apps"),
  },
  { title: "a value that never comes", sends: "Create", resource: value(".status.nothing", "service", "2") },
  { title: "a patch", sends: "Create", resource: scaled(5) },
  { title: "another patch", sends: "Update", resource: scaled(6), old: scaled(5) },
  { title: "a patch is restored", sends: "Delete", resource: scaled(6) },
  { title: "objects change, and one goes", sends: "Update", resource: less, old: first, prunes: true },
  { title: "an object is taken over", sends: "Create", resource: took },
  {
    title: "objects are deleted: what another resource took over is its own",
    sends: "Delete",
    resource: less,
    differs: { ours: { ...yes, ...names("ConfigMap flags") }, cdks: { ...yes, ...without("ConfigMap flags") } },
  },
  { title: "an object is deleted with its new owner", sends: "Delete", resource: took },
  { title: "objects that are gone are deleted", sends: "Delete", resource: less },
  { title: "two other objects are created", sends: "Create", resource: two },
  {
    title: "a ServiceAccount goes: kubectl's prune does not know it",
    sends: "Update",
    resource: one,
    old: two,
    prunes: true,
    differs: { ours: { ...yes, ...without("ServiceAccount web") }, cdks: { ...yes, ...names("ServiceAccount web") } },
  },
  {
    title: "a create that fails leaves what was made before it",
    sends: "Create",
    resource: half,
    differs: { ours: { ...no, ...without("ConfigMap half") }, cdks: { ...no, ...names("ConfigMap half") } },
  },
  {
    title: "a patch of an object that is gone cannot be restored",
    sends: "Delete",
    resource: scaled(6),
    differs: { ours: yes, cdks: no },
  },
];

interface Seen extends Pick<Outcome, "isSuccess" | "data"> {
  readonly names: readonly string[];
  readonly objects: readonly object[];
}

interface Stored {
  readonly metadata: { readonly name: string; readonly labels?: object };
  readonly spec?: object;
  readonly data?: object;
}

const kinds = { Deployment: "/apis/apps/v1", Service: "/api/v1", ConfigMap: "/api/v1", ServiceAccount: "/api/v1" };

/** The objects of the namespace, without what the API server and its controllers add. */
async function objectsIn(backend: Backend): Promise<Pick<Seen, "names" | "objects">> {
  const all = await Promise.all(
    Object.entries(kinds).map(async ([kind, path]) => {
      const { body } = await backend.kube("GET", `${path}/namespaces/shop/${kind.toLowerCase()}s`);
      const items: readonly Stored[] = body.items;
      return items
        .filter(({ metadata: { name } }) => name !== "kube-root-ca.crt" && name !== "default")
        .map(({ metadata: { name, labels }, spec, data }) => {
          const { clusterIP, clusterIPs, ...wanted } = Object(spec) as Readonly<Record<string, unknown>>;
          return { kind, name, labels, spec: wanted, data };
        });
    }),
  );
  return { names: all.flat().map(({ kind, name }) => `${kind} ${name}`), objects: all.flat() };
}

/** What CloudFormation sends, but for the physical IDs. */
const eventsFor = (clusterName: string, steps: readonly Step[]): readonly Event[] =>
  steps.map(({ sends: RequestType, resource, old }) => ({
    ...{ RequestType, ...resource(clusterName) },
    ...(old && { OldResourceProperties: old(clusterName).ResourceProperties }),
  }));

type Start = (backend: Backend, role: string) => Promise<Handler>;

async function play(world: World, events: readonly Event[], start: Start) {
  await world.fresh();
  const { backend } = world;
  await backend.describe(backend.cluster.name, { authenticationMode: "API_AND_CONFIG_MAP" });
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
  await backend.assumeRole("beside");
  const principalArn = `arn:aws:iam::${backend.account}:role/beside`;
  await makeEntry(world, { principalArn });
  await associate(world, "AmazonEKSClusterAdminPolicy", { principalArn });
  const handler = await start(backend, "beside");
  const ids = new Map<string, string>();
  const seen: (Seen & Pick<Outcome, "reason">)[] = [];
  try {
    for (const event of events) {
      const { RequestType, LogicalResourceId } = event;
      const PhysicalResourceId = ids.get(LogicalResourceId) ?? "p";
      const sent = RequestType === "Create" ? event : { ...event, PhysicalResourceId };
      const { isSuccess, data, physicalId, reason } = await handler.call(sent);
      if (isSuccess && physicalId !== undefined) ids.set(LogicalResourceId, physicalId);
      seen.push({
        isSuccess,
        ...(data && { data }),
        ...(reason !== undefined && { reason }),
        ...(await objectsIn(backend)),
      });
    }
    return seen;
  } finally {
    await handler.stop();
  }
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eks-lambda-beside-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** CDK's starts a dozen programs of seconds each. */
const timeout = 600_000;

test("both do the same", { timeout }, async ({ world }) => {
  const { stdout: interpreter } = await promisify(execFile)("python3", [
    "-c",
    "import sys; print(sys.executable, end='')",
  ]);
  const [layers, own, others] = await Promise.all(
    ["layers", "ours", "cdks"].map((name) => mkdtemp(join(folder, `${name}-`))),
  );
  if (!layers || !own || !others) throw new Error("no folders");
  await unpackLayers(interpreter, layers);
  const { name } = world.backend.cluster;
  const steps = all.filter(({ prunes }) => !prunes || world.backend.name === "real");
  const events = eventsFor(name, steps);
  const { code } = resourceOf(name, (_, cluster) => cluster.addManifest("any", service));
  const we = await play(world, events, (backend, role) => ours({ backend, role, folder: own }, code));
  const they = await play(world, events, (backend, role) =>
    cdks({ backend, role, folder: others }, { interpreter, layers }),
  );
  for (const [at, { title, differs }] of steps.entries()) {
    const about = `${title}: ${we[at]?.reason} / ${they[at]?.reason}`;
    const [{ reason: _, ...mine }, { reason: __, ...theirs }] = [{ ...we[at] }, { ...they[at] }];
    if (differs) {
      expect.soft(mine, about).toMatchObject(differs.ours);
      expect.soft(theirs, about).toMatchObject(differs.cdks);
    } else expect.soft(mine, about).toEqual(theirs);
  }
});
