/** What is compared: ours, what Node cannot do without, and what people would use instead. To add one, add an entry. */
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { buildAll } from "../../test/e2e/backend/build.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { run } from "../../test/e2e/backend/run.ts";
import { goPrograms } from "./go-programs.ts";

export interface Variant {
  readonly id: "empty" | "floor" | "ours" | "ours-with-roots" | "client-node" | "go" | "python";
  readonly title: string;
  /** In Node: its handler is loaded by `child.mjs`, and AWS's runtime can run it, too. */
  readonly folder?: string;
  /** Takes a prefix of names and the number of warm calls, and ends with a line of JSON. */
  readonly command: (prefix: string, warmCalls: number) => readonly string[];
  /** Variables beside those that every variant gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of what is deployed; not counted where they come as layers. */
  readonly bytes?: number;
  /** Takes seconds: fewer samples, and few warm calls. */
  readonly slow?: true;
}

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

async function inNode(id: Variant["id"], title: string, folder: string, node: string): Promise<Variant> {
  const file = join(folder, "index.js");
  const child = join(import.meta.dirname, "child.mjs");
  return {
    ...{ id, title, folder, env: {}, bytes: await sizeOf(file) },
    command: (prefix, warmCalls) => [node, child, file, prefix, String(warmCalls)],
  };
}

async function bundled(
  id: "empty" | "floor" | "client-node",
  title: string,
  folder: string,
  node: string,
): Promise<Variant> {
  const entry = join(import.meta.dirname, "variants", `${id}.ts`);
  const options = { bundle: true, minify: true, platform: "node", target: "node20", format: "cjs" } as const;
  await build({ entryPoints: [entry], outfile: join(folder, "index.js"), logLevel: "error", ...options });
  return inNode(id, title, folder, node);
}

/** The bundle that `setup` deploys, untouched, under what template.yml sets for Node. */
export async function ours(folder: string, node: string): Promise<Variant> {
  await mkdir(folder, { recursive: true });
  await copyFile("dist/function/index.js", join(folder, "index.js"));
  const template = await readFile("template.yml", "utf8");
  const set = [...template.matchAll(/^ *(NODE_OPTIONS|SSL_CERT_FILE): (.+)$/gm)];
  const env = Object.fromEntries(set.map(([, name, value]) => [name, value]));
  return { ...(await inNode("ours", "eks-lambda", folder, node)), env };
}

/** The same under Node's defaults: it parses its built-in root certificates, which this handler never needs. */
async function withRoots(variant: Promise<Variant>): Promise<Variant> {
  return { ...(await variant), id: "ours-with-roots", title: "eks-lambda without NODE_OPTIONS", env: {} };
}

/** As `aws eks update-kubeconfig` writes it. */
async function kubeconfig(path: string, { cluster }: RealBackend, command: string, args: string[]): Promise<string> {
  const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command, args };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: cluster.endpoint, "certificate-authority-data": cluster.ca } }],
    users: [{ name: "u", user: { exec } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function walkthrough(folder: string, programs: string, backend: RealBackend): Promise<Variant> {
  const plugin = join((await buildAll()).authenticator, "bin/aws-iam-authenticator");
  const program = join(programs, "walkthrough");
  const path = join(folder, "walkthrough.kubeconfig");
  return {
    id: "go",
    title: "Go: client-go, aws-iam-authenticator",
    command: (prefix, warmCalls) => [program, prefix, String(warmCalls)],
    env: { KUBECONFIG: await kubeconfig(path, backend, plugin, ["token", "-i", backend.cluster.name]) },
    bytes: (await sizeOf(program)) + (await sizeOf(plugin)),
  };
}

/** `aws` and Python themselves, not the shims of a version manager. */
async function realPython(): Promise<string> {
  const python = (await run("python3", ["-c", "import sys; print(sys.executable)"])).trim();
  const there = await readdir(dirname(python));
  if (!there.includes("aws")) throw new Error(`no AWS CLI beside ${python}: pip install awscli`);
  return python;
}

async function python(folder: string, programs: string, backend: RealBackend): Promise<Variant> {
  const interpreter = await realPython();
  const script = join(import.meta.dirname, "variants/kubectl.py");
  const args = ["eks", "get-token", "--cluster-name", backend.cluster.name, "--output", "json"];
  const path = join(folder, "python.kubeconfig");
  return {
    id: "python",
    title: "Python: kubectl, aws eks get-token",
    command: (prefix, warmCalls) => [interpreter, script, prefix, String(Math.min(warmCalls, 3))],
    env: {
      KUBECONFIG: await kubeconfig(path, backend, join(dirname(interpreter), "aws"), args),
      PATH: [programs, dirname(interpreter), "/usr/bin", "/bin"].join(":"),
    },
    slow: true,
  };
}

export async function variants(
  folder: string,
  backend: RealBackend,
  node: string,
  report: (line: string) => void,
): Promise<readonly Variant[]> {
  const programs = await goPrograms(report);
  const at = (name: string) => join(folder, name);
  return Promise.all([
    bundled("empty", "an empty handler", at("empty"), node),
    bundled("floor", "floor: one POST, token given", at("floor"), node),
    ours(at("ours"), node),
    withRoots(ours(at("ours-with-roots"), node)),
    bundled("client-node", "@kubernetes/client-node, smithy", at("client-node"), node),
    walkthrough(folder, programs, backend),
    python(folder, programs, backend),
  ]);
}
