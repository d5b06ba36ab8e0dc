/** Chooses the command that kubectl runs for a token: one that it will find later, from any folder. */
import { delimiter, isAbsolute } from "node:path";
import { findExecutable, isExecutable } from "../disk.ts";
import type { Environment } from "../kube/cluster.ts";
import type { ExecChoice } from "../setup/config.ts";
import type { ExecCommand } from "./context.ts";

export interface ExecRequest {
  readonly cluster: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** The version of this package, for `npx`. */
  readonly version: string;
  /** The absolute path of this installation's command. */
  readonly installed: string;
}

export interface Exec {
  readonly exec: ExecCommand;
  /** The reason why kubectl will not get a token with it. */
  readonly warning?: string;
}

/**
 * `auto` is our command if it is on the PATH; else this installation, unless a package manager made it for one run;
 * else the AWS CLI. It is never `npx`: the owner of the package's name on the registry would run code with the caller's
 * credentials.
 */
export function execFor(choice: ExecChoice, request: ExecRequest, environment: Environment): Exec {
  return choices[choice](request, environment);
}

const choices: Readonly<Record<ExecChoice, (request: ExecRequest, environment: Environment) => Exec>> = {
  auto(request, environment) {
    if (isOnPath("eks-lambda", environment)) return { exec: ours("eks-lambda", request) };
    if (isLasting(request.installed) && isExecutable(request.installed))
      return { exec: ours(request.installed, request) };
    const choice = isOnPath("aws", environment) && !stsEndpoint(environment) ? "aws" : "eks-lambda";
    return choices[choice](request, environment);
  },
  "eks-lambda"(request, environment) {
    const exec = ours("eks-lambda", request);
    if (isOnPath("eks-lambda", environment)) return { exec };
    const installHint = "install it with: npm install --global eks-lambda";
    return { exec: { ...exec, installHint }, warning: `kubectl will not find eks-lambda; ${installHint}` };
  },
  aws({ cluster, region, profile }, environment) {
    const token = ["eks", "get-token", "--cluster-name", cluster, "--output", "json"];
    const exec = { command: "aws", args: ["--region", region, ...token, ...profileFlag(profile)] };
    const endpoint = stsEndpoint(environment);
    if (endpoint === undefined) return { exec };
    return { exec, warning: `the AWS CLI signs for ${endpoint}, and the cluster refuses such a token` };
  },
  npx({ version, ...request }) {
    const { args } = ours("eks-lambda", request);
    return { exec: { command: "npx", args: ["--yes", `eks-lambda@${version}`, ...args] } };
  },
};

const ours = (command: string, { cluster, region, profile }: Omit<ExecRequest, "version">): ExecCommand => ({
  command,
  args: ["token", "--cluster", cluster, "--region", region, ...profileFlag(profile)],
});

const profileFlag = (profile: string | undefined): readonly string[] => (profile ? ["--profile", profile] : []);

/** The AWS CLI signs the token for this host; the authenticator accepts only hosts of STS. */
const stsEndpoint = ({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS }: Environment): string | undefined =>
  AWS_ENDPOINT_URL_STS || AWS_ENDPOINT_URL || undefined;

/**
 * True if kubectl will find it after this process has ended. Ignores folders that npm adds to the PATH of its scripts.
 */
function isOnPath(command: string, { PATH = "" }: Environment): boolean {
  const lasting = (folder: string) => isLasting(folder) && !/[\\/]node_modules[\\/]/.test(`${folder}/`);
  const folders = PATH.split(delimiter).filter((folder) => isAbsolute(folder) && lasting(folder));
  return findExecutable(folders, command) !== undefined;
}

/**
 * Folders of npx, pnpm dlx, yarn dlx and bunx for a single run, and of caches and stores, which may be cleaned at any
 * time.
 */
const passing = [
  ...["_npx", "dlx", "dlx-[^/]+", "xfs-[^/]+", "bunx-[^/]+"],
  ...["_cacache", "\\.cache", "Caches?", "install/cache", "\\.yarn/(?:cache|berry)"],
  ...["\\.pnpm-store", "pnpm/store", "nix/store"],
];
const passingFolder = new RegExp(`/(?:${passing.join("|")})/`);

const isLasting = (path: string): boolean => !passingFolder.test(`${path.replaceAll("\\", "/")}/`);
