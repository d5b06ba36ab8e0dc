/**
 * Compares our client with others on ten tasks of a function that acts on a cluster: lines of code, bundle size and
 * times. A client is measured only if its tasks pass the check on the real backend.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { buildAll } from "../../test/e2e/backend/build.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { lambdaNode } from "../../test/e2e/backend/parts.ts";
import { letIn, pauseControllers, resumeControllers } from "../handler/cluster.ts";
import { environment, sample } from "../handler/sample.ts";
import { bundle } from "../handler/variants.ts";
import { loadMs } from "../load/index.ts";
import { type Spread, spread } from "../support/statistics.ts";

interface Client {
  readonly id: "ours" | "client-node" | "fluent-client";
  readonly title: string;
  /** The function with all tasks. */
  readonly source: string;
  readonly bundling?: BuildOptions;
  /** Why the client has fewer than ten tasks. */
  readonly missing?: string;
}

const here = (file: string): string => join(import.meta.dirname, file);

/** CommonJS dependencies call `require`, which ES modules lack. */
const commonJs = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };

const clients: readonly Client[] = [
  { id: "ours", title: "eks-lambda/lambda", source: here("../../test/acceptance/client/tasks.ts") },
  {
    id: "client-node",
    title: "@kubernetes/client-node",
    source: here("clients/client-node.ts"),
    bundling: { banner: commonJs },
  },
  {
    id: "fluent-client",
    title: "kubernetes-fluent-client",
    source: here("clients/fluent-client.ts"),
    bundling: { banner: commonJs, keepNames: true },
    missing:
      "It cannot follow logs: `Logs` reads a whole log, once. It finds a kind by the name of its class, so its bundle keeps names (esbuild's `keepNames`)",
  },
];

export interface TasksRow {
  readonly client: Client["id"];
  readonly title: string;
  readonly missing?: string;
  /** Lines of the tasks, without imports, comments and empty lines. */
  readonly lines: number;
  /** Size of a function with all tasks, bundled. */
  readonly bytes: number;
  /** Time to import the bundle. */
  readonly loadMs: Spread;
  /** Time to list Pods as the first request of a process. */
  readonly firstMs: Spread;
}

export type TasksResults = readonly TasksRow[];

export async function benchTasks(
  backend: RealBackend,
  rounds: number,
  report: (line: string) => void,
): Promise<TasksResults> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-tasks-"));
  try {
    const node = lambdaNode(await buildAll(report));
    const fileOf = ({ id }: Client) => join(folder, `${id}.mjs`);
    for (const client of clients) {
      await bundle(here(`${client.id}.ts`), fileOf(client), { format: "esm", ...client.bundling });
      await check(client, { backend, node, file: fileOf(client) });
      report(`tasks: ${client.title} does what it says`);
    }
    pauseControllers();
    const samples = clients.map((client) => ({ client, loads: [] as number[], firsts: [] as number[] }));
    for (let round = 0; round < rounds; round += 1)
      for (const { client, loads, firsts } of samples) {
        const file = fileOf(client);
        loads.push(await loadMs(node, file));
        firsts.push(await firstMs(client, { backend, node, file }));
      }
    report("tasks: measured");
    return await Promise.all(
      samples.map(async ({ client, loads, firsts }) => ({
        ...{ client: client.id, title: client.title, ...(client.missing && { missing: client.missing }) },
        lines: linesOf(await readFile(client.source, "utf8")),
        bytes: (await stat(fileOf(client))).size,
        ...{ loadMs: spread(loads), firstMs: spread(firsts) },
      })),
    );
  } finally {
    resumeControllers();
    await rm(folder, { recursive: true, force: true });
  }
}

const linesOf = (source: string): number =>
  source
    .replaceAll(/\/\*[\s\S]*?\*\/|^import [\s\S]*?;$|^\s*\/\/.*$/gm, "")
    .split("\n")
    .filter((line) => line.trim() !== "").length;

interface Bundle {
  readonly backend: RealBackend;
  readonly node: string;
  readonly file: string;
}

const expected = {
  availableReplicas: 2,
  restarted: 2,
  job: { succeeded: false, reason: "Error", lines: ["migrating", "no such table: orders"] },
  flags: { dark: "on", beta: "off" },
  size: 3,
  many: 2_000,
  cancelled: true,
  line: "no such table: orders",
};

/** Gives the function all rights in the cluster, and creates two Pods. */
async function check(client: Client, { backend, node, file }: Bundle): Promise<void> {
  await backend.reset();
  await prepare(backend);
  const program = `${file}.check.mjs`;
  const options = { bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" } as const;
  await build({ entryPoints: [here("check.ts")], outfile: program, ...options });
  const env = { PATH: "/usr/bin:/bin", TMPDIR: dirname(file), ...(await environment(backend)) };
  const { stdout } = await promisify(execFile)(node, [program, file], { env, timeout: 60_000 });
  const { line, ...others } = expected;
  const wanted = client.missing ? others : { ...others, line };
  if (!isDeepStrictEqual(JSON.parse(stdout), wanted)) throw new Error(`${client.title} did something else: ${stdout}`);
}

async function prepare(backend: RealBackend): Promise<void> {
  await letIn(backend);
  const write = async (path: string, body: unknown) => {
    const { status, body: answer } = await backend.kube("POST", path, { body });
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  const apiGroup = "rbac.authorization.k8s.io";
  await write("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "lambda-does-tasks" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup, kind: "User", name: "lambda" }],
  });
  const configMaps = "/api/v1/namespaces/default/configmaps";
  await write(configMaps, { metadata: { name: "flags" }, data: { dark: "on" } });
  await write("/api/v1/namespaces/kube-public/configmaps", { metadata: { name: "seen" } });
  const many = Array.from({ length: expected.many }, (_, index) => ({
    metadata: { name: `many-${index}`, labels: { many: "" } },
  }));
  for (let start = 0; start < many.length; start += 50)
    await Promise.all(many.slice(start, start + 50).map((one) => write(configMaps, one)));
  await backend.failWith("connecting\nmigrating\nno such table: orders\n");
}

async function firstMs({ id }: Client, { backend, node, file }: Bundle): Promise<number> {
  const child = here("../handler/child.mjs");
  const command = () => [node, child, file, id, "0", "0"];
  const { firstMs, error } = await sample({ id, env: { TMPDIR: dirname(file) }, command }, { backend, warmCalls: 0 });
  if (error) throw new Error(`${id} failed: ${error}`);
  return firstMs;
}
