/**
 * CDK's custom resources: our function, and CDK's own with the layers that CDK deploys. Needs `npm ci --prefix test/cdk`.
 * test/cdk/beside.test.ts compares what they do.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functionCode } from "../../src/cdk/code.ts";
import { editKinds } from "../../src/cdk/kinds.ts";
import type { Backend } from "../../test/acceptance/backend.ts";
import { cdks, type Event, type Handler, layers, ours, unpackLayers } from "../../test/cdk/handlers.ts";
import { run } from "../../test/e2e/backend/run.ts";
import { type Spread, spread } from "../support/statistics.ts";

export interface CdkRow {
  readonly title: string;
  readonly ours: CdkCost;
  readonly cdks: CdkCost;
}

/** Milliseconds. */
export interface CdkCost {
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
}

export interface CdkResults {
  readonly rows: readonly CdkRow[];
  /** Of the process and of the largest program that it ran. */
  readonly peakKb: { readonly ours: number; readonly cdks: number };
  /** The code in the template; the ZIP files of the layers. */
  readonly bytes: { readonly ours: number; readonly cdks: number };
}

const labels = { app: "web" };
const label = "aws.cdk.eks/prune-bench";
const metadata = { name: "web", namespace: "shop", labels: { [label]: "" } };
const manifestOf = (replicas: number) =>
  JSON.stringify([
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } },
      },
    },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" } },
  ]);

/** The events of one round, in their order. The first is the first of its process. */
function eventsFor(ClusterName: string): readonly (readonly [title: string, event: Event])[] {
  const objects = (replicas: number) => ({ ClusterName, Manifest: manifestOf(replicas), PruneLabel: label });
  const [web, patch] = [
    { ResourceType: "Custom::AWSCDK-EKS-KubernetesResource", LogicalResourceId: "Web" },
    { ResourceType: "Custom::AWSCDK-EKS-KubernetesPatch", LogicalResourceId: "Patch" },
  ];
  const value = {
    ...{ ClusterName, ObjectType: "service", ObjectName: "web", ObjectNamespace: "shop" },
    ...{ JsonPath: ".spec.clusterIP", TimeoutSeconds: "60" },
  };
  const patched = {
    ...{ ClusterName, ResourceName: "deployment/web", ResourceNamespace: "shop", PatchType: "strategic" },
    ...{ ApplyPatchJson: '{"spec":{"replicas":5}}', RestorePatchJson: '{"spec":{"replicas":2}}' },
  };
  return [
    ["create 3 objects, the first call", { ...web, RequestType: "Create", ResourceProperties: objects(2) }],
    [
      "read a value",
      {
        ...{ RequestType: "Create", ResourceType: "Custom::AWSCDK-EKS-KubernetesObjectValue" },
        ...{ LogicalResourceId: "Value", ResourceProperties: value },
      },
    ],
    ["patch", { ...patch, RequestType: "Create", ResourceProperties: patched }],
    [
      "update 3 objects",
      {
        ...{ ...web, RequestType: "Update", PhysicalResourceId: "web" },
        ...{ ResourceProperties: objects(3), OldResourceProperties: objects(2) },
      },
    ],
    ["delete 3 objects", { ...web, RequestType: "Delete", PhysicalResourceId: "web", ResourceProperties: objects(3) }],
  ];
}

const role = "eks-lambda-bench-cdk";

/** Gives the role all rights, as CDK does, by aws-auth. */
async function prepare(backend: Backend): Promise<void> {
  await backend.reset();
  const write = async (path: string, body: object) => {
    const { status, body: answer } = await backend.kube("POST", path, { body });
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  await write("/api/v1/namespaces", { metadata: { name: "shop" } });
  const mapRoles = `- rolearn: arn:aws:iam::${backend.account}:role/${role}\n  username: cdk\n  groups: [system:masters]\n`;
  await write("/api/v1/namespaces/kube-system/configmaps", { metadata: { name: "aws-auth" }, data: { mapRoles } });
}

const both = ["ours", "cdks"] as const;
type Side = (typeof both)[number];

export async function benchCdk(backend: Backend, rounds: number, report: (line: string) => void): Promise<CdkResults> {
  const missing = Object.values(layers).find((path) => !existsSync(path));
  if (missing) throw new Error("the layers of CDK are not there: npm ci --prefix test/cdk --ignore-scripts");
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-cdk-"));
  try {
    const unpacked = join(folder, "layers");
    const interpreter = (await run("python3", ["-c", "import sys; print(sys.executable)"])).trim();
    await unpackLayers(interpreter, unpacked);
    const code = functionCode(await readFile("dist/actions/index.js", "utf8"), editKinds, ["shop"]);
    const start: Readonly<Record<Side, (own: string) => Promise<Handler>>> = {
      ours: (own) => ours({ backend, role, folder: own }, code),
      cdks: (own) => cdks({ backend, role, folder: own }, { interpreter, layers: unpacked }),
    };
    await prepare(backend);
    const events = eventsFor(backend.cluster.name);
    const costs = events.map(() => ({ ours: empty(), cdks: empty() }));
    const peakKb = { ours: 0, cdks: 0 };
    for (let round = 0; round < rounds; round += 1) {
      for (const side of both) {
        const handler = await start[side](await mkdtemp(join(folder, `${side}-`)));
        for (const [at, [title, event]] of events.entries()) {
          const { isSuccess, reason, wallMs, cpuMs, peakKb: peak } = await handler.call(event);
          if (!isSuccess) throw new Error(`${side}, ${title}: ${reason}`);
          costs[at]?.[side].wall.push(wallMs);
          costs[at]?.[side].cpu.push(cpuMs);
          peakKb[side] = Math.max(peakKb[side], peak);
        }
        await handler.stop();
      }
      report(`cdk: round ${round + 1} of ${rounds}`);
    }
    const sizes = await Promise.all(Object.values(layers).map(async (path) => (await stat(path)).size));
    return {
      rows: events.map(([title], at) => ({ title, ours: costOf(costs[at]?.ours), cdks: costOf(costs[at]?.cdks) })),
      peakKb,
      bytes: { ours: Buffer.byteLength(code), cdks: sizes.reduce((sum, one) => sum + one, 0) },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Samples {
  readonly wall: number[];
  readonly cpu: number[];
}

const empty = (): Samples => ({ wall: [], cpu: [] });
const costOf = ({ wall, cpu }: Samples = empty()): CdkCost => ({ wallMs: spread(wall), cpuMs: spread(cpu) });
