/** The command that kubectl calls for a token: one that it will find, later and from anywhere. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../kube/cluster.ts";
import type { ExecChoice } from "../setup/config.ts";
import type { ExecCommand } from "./entry.ts";

export interface ExecRequest {
  readonly cluster: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** Of this package, for `npx`. */
  readonly version: string;
}

type Named = Exclude<ExecChoice, "auto">;

const commands: Readonly<Record<Named, (request: ExecRequest) => ExecCommand>> = {
  "eks-lambda": ({ cluster, region, profile }) => ({
    command: "eks-lambda",
    args: ["token", "--cluster", cluster, "--region", region, ...profileFlag(profile)],
  }),
  aws: ({ cluster, region, profile }) => ({
    command: "aws",
    args: [
      "--region",
      region,
      "eks",
      "get-token",
      "--cluster-name",
      cluster,
      "--output",
      "json",
      ...profileFlag(profile),
    ],
  }),
  npx: ({ version, ...request }) => {
    const { args } = commands["eks-lambda"]({ version, ...request });
    return { command: "npx", args: ["--yes", `eks-lambda@${version}`, ...args] };
  },
};

const profileFlag = (profile: string | undefined): readonly string[] => (profile ? ["--profile", profile] : []);

export const execCommand = (choice: ExecChoice, request: ExecRequest, environment: Environment): ExecCommand =>
  commands[choice === "auto" ? found(environment) : choice](request);

/** The first of ours, the AWS CLI's and npx that will still be on the PATH when this process is gone. */
function found(environment: Environment): Named {
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder && !isTemporary(folder));
  const names: readonly Named[] = ["eks-lambda", "aws"];
  return names.find((name) => folders.some((folder) => isExecutable(join(folder, name)))) ?? "npx";
}

/** What npm and npx put on the PATH of what they run. */
const isTemporary = (folder: string): boolean => /[\\/]node_modules[\\/]/.test(`${folder}/`);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
