/** The variants: our function, the minimum in Node.js, and the alternatives. To add one, add an entry. */
import { copyFile, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { type Built, buildAll } from "../../test/e2e/backend/build.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { lambdaNode } from "../../test/e2e/backend/parts.ts";
import { run } from "../../test/e2e/backend/run.ts";
import { goPrograms } from "./go-programs.ts";

export interface Variant {
  readonly id: "empty" | "floor" | "ours" | "ours-cold" | "client-node" | "go" | "python";
  readonly title: string;
  /** Command that follows the protocol of child.mjs. */
  readonly command: (options: CommandOptions) => readonly string[];
  /** Variables in addition to those of every variant. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder and handler for AWS's emulator. */
  readonly deployed?: { readonly folder: string; readonly runtime: "nodejs24.x" | "provided.al2023" };
  /** Size of the deployed code in bytes. Undefined if layers provide the code. */
  readonly bytes?: number;
  /** Takes seconds even with a whole CPU, so it is measured there only, in few rounds. */
  readonly slow?: true;
}

export interface CommandOptions {
  /** Prefix of Deployment names. */
  readonly prefix: string;
  readonly warmCalls: number;
  /** Pause before each warm call in milliseconds. */
  readonly pauseMs: number;
}

const argumentsOf = ({ prefix, warmCalls, pauseMs }: CommandOptions, maxWarmCalls = warmCalls): readonly string[] => [
  prefix,
  String(Math.min(warmCalls, maxWarmCalls)),
  String(pauseMs),
];

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

type Labelled = Pick<Variant, "id" | "title">;

/** The command that calls a handler in Lambda's Node.js. */
export const commandIn =
  (file: string, built: Built): Variant["command"] =>
  (options) => [lambdaNode(built), join(import.meta.dirname, "child.mjs"), file, ...argumentsOf(options)];

async function inNode(labels: Labelled, folder: string, built: Built): Promise<Variant> {
  const file = join(folder, "index.js");
  return {
    ...labels,
    env: {},
    bytes: await sizeOf(file),
    deployed: { folder, runtime: "nodejs24.x" },
    command: commandIn(file, built),
  };
}

/** Bundles as users bundle a function. */
export async function bundle(entry: string, outfile: string, more: BuildOptions = {}): Promise<void> {
  const options = { bundle: true, minify: true, platform: "node", target: "node20", format: "cjs" } as const;
  await build({ entryPoints: [entry], outfile, logLevel: "error", ...options, ...more });
}

async function bundled(labels: Labelled, folder: string, built: Built): Promise<Variant> {
  const entry = join(import.meta.dirname, "variants", `${labels.id}.ts`);
  await bundle(entry, join(folder, "index.js"));
  return inNode(labels, folder, built);
}

/** The bundle that `setup` deploys, unchanged. */
export async function ours(folder: string, built: Built): Promise<Variant> {
  await mkdir(folder, { recursive: true });
  await copyFile("dist/function/index.js", join(folder, "index.js"));
  return inNode({ id: "ours", title: "eks-lambda" }, folder, built);
}

/** The same bundle without a warm-up. */
const oursCold = ({ deployed: _, ...variant }: Variant): Variant => ({
  ...variant,
  id: "ours-cold",
  title: "eks-lambda without its warm-up",
  env: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" },
});

/** A kubeconfig as `aws eks update-kubeconfig` writes it. */
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

async function walkthrough(folder: string, programs: string, backend: RealBackend, built: Built): Promise<Variant> {
  const plugin = join(built.authenticator, "bin/aws-iam-authenticator");
  const program = join(programs, "walkthrough");
  await mkdir(folder, { recursive: true });
  await symlink(program, join(folder, "bootstrap"));
  const path = join(folder, "kubeconfig");
  return {
    id: "go",
    title: "Go: client-go, aws-iam-authenticator",
    command: (options) => [program, ...argumentsOf(options)],
    env: { KUBECONFIG: await kubeconfig(path, backend, plugin, ["token", "-i", backend.cluster.name]) },
    deployed: { folder, runtime: "provided.al2023" },
    bytes: (await sizeOf(program)) + (await sizeOf(plugin)),
  };
}

/** Paths of `aws` and Python without a version manager's shims. */
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
    command: (options) => [interpreter, script, ...argumentsOf(options, 3)],
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
  report: (line: string) => void,
): Promise<readonly Variant[]> {
  const [built, programs] = [await buildAll(report), await goPrograms(report)];
  const at = (name: string) => join(folder, name);
  const warmed = await ours(at("ours"), built);
  return Promise.all([
    bundled({ id: "empty", title: "an empty handler" }, at("empty"), built),
    bundled({ id: "floor", title: "floor: one POST, token given" }, at("floor"), built),
    warmed,
    oursCold(warmed),
    bundled({ id: "client-node", title: "@kubernetes/client-node, smithy" }, at("client-node"), built),
    walkthrough(at("go"), programs, backend, built),
    python(folder, programs, backend),
  ]);
}
