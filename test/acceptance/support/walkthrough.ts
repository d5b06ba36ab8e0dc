/** Pages that begin with an empty folder: their files and commands, with the package as npm packs it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { repositoryFile } from "./run.ts";

/** A file of the page, or a command, in the order of the page. */
export type Step = { readonly path: string; readonly text: string } | { readonly command: string };

export async function stepsOf(file: string): Promise<readonly Step[]> {
  const page = await readFile(repositoryFile(file), "utf8");
  return [...page.matchAll(/^<!-- file (\S+) -->\n\n```\w+\n(.*?)^```|^\$ ([^\n]+)$/gms)].map(
    ([, path, text = "", command]) => (path === undefined ? { command: command ?? "" } : { path, text }),
  );
}

export interface Typed {
  /** The command as a person types it who says yes to each plan, with the versions that this repository has. */
  readonly typed: (command: string) => string;
  readonly env: Readonly<Record<string, string>>;
}

/** Packs the package into the folder. */
export async function packedInto(folder: string): Promise<Typed> {
  const npm = async (...args: readonly string[]) => (await promisify(execFile)("npm", args)).stdout.trim();
  const [registry, cache, packed] = await Promise.all([
    npm("config", "get", "registry"),
    npm("config", "get", "cache"),
    npm("pack", repositoryFile(""), "--ignore-scripts", "--json", "--pack-destination", folder),
  ]);
  const { devDependencies } = JSON.parse(await readFile(repositoryFile("package.json"), "utf8"));
  const versions: Readonly<Record<string, string>> = {
    ...devDependencies,
    "eks-lambda": join(folder, JSON.parse(packed)[0].filename),
  };
  const exact = (command: string) =>
    command.replace(/(?<=^npm install .*)(?<= )[a-z@/-]+(?= |$)/g, (name) =>
      name === "eks-lambda" ? (versions[name] ?? "") : `${name}@${versions[name]}`,
    );
  return {
    typed: (command) => exact(command.replace(/^npx eks-lambda (setup|teardown) .*/, "$& --yes")),
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      // As in a shell: the registry's certificate may be of a company's own CA.
      ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }),
      ...{ npm_config_registry: registry, npm_config_cache: cache, npm_config_prefer_offline: "true" },
      ...{ npm_config_update_notifier: "false", npm_config_audit: "false", npm_config_fund: "false" },
    },
  };
}
