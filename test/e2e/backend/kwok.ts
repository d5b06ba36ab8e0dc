/** kwok simulates the kubelets: its own stages, one stage for a failing container, and one log for all containers. */
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { failing } from "../../acceptance/backend.ts";
import type { Certificates } from "./certificates.ts";

interface Kwok {
  /** Stages that ship with kwok's module. */
  readonly stages: string;
  readonly folder: string;
  readonly port: number;
  readonly server: Certificates["server"];
}

export const logFile = (folder: string): string => join(folder, "containers.log");

/** Arguments of kwok: its configuration, and the address at which it serves logs for the node. */
export async function kwokArguments({ stages, folder, port, server }: Kwok): Promise<readonly string[]> {
  const config = join(folder, "kwok.json");
  const texts = await Promise.all((await readdir(stages)).map((file) => readFile(join(stages, file), "utf8")));
  const own = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Stage));
  const logs = [{ logsFile: logFile(folder), previousLogsFile: logFile(folder), follow: true }];
  const clusterLogs = {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "ClusterLogs",
    metadata: { name: "all" },
    spec: { logs },
  };
  const all = [...own.map(sparingFailing), failingStage(own), clusterLogs];
  await writeFile(config, all.map((one) => JSON.stringify(one)).join("\n---\n"));
  await writeFile(logFile(folder), "");
  return [
    ...["--config", config, "--node-ip", "127.0.0.1", "--node-port", String(port)],
    ...["--server-address", `127.0.0.1:${port}`],
    ...["--tls-cert-file", server.cert, "--tls-private-key-file", server.key],
  ];
}

interface Stage {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: { readonly matchExpressions: readonly object[] };
    readonly next: { readonly statusTemplate?: string };
  };
}

const isFailing = (operator: "In" | "NotIn") => ({
  ...{ key: ".spec.containers.[].image", operator, values: [failing.image] },
});

function selecting(stage: Stage, operator: "In" | "NotIn"): Stage {
  const matchExpressions = [...stage.spec.selector.matchExpressions, isFailing(operator)];
  return { ...stage, spec: { ...stage.spec, selector: { matchExpressions } } };
}

/** Excludes failing Pods from the stage that lets a Job's Pods succeed. */
const sparingFailing = (stage: Stage): Stage =>
  stage.metadata.name === "pod-complete" ? selecting(stage, "NotIn") : stage;

/** Derives a stage that fails Pods from the one that completes them. */
function failingStage(stages: readonly Stage[]): Stage {
  const complete = stages.find(({ metadata }) => metadata.name === "pod-complete");
  if (!complete) throw new Error("kwok has no stage pod-complete any more");
  const statusTemplate = complete.spec.next.statusTemplate
    ?.replace("exitCode: 0", `exitCode: ${failing.exitCode}`)
    .replace("reason: Completed", "reason: Error")
    .replace("phase: Succeeded", "phase: Failed");
  const { spec, ...stage } = selecting(complete, "In");
  return {
    ...stage,
    metadata: { name: "pod-fail" },
    spec: { ...spec, next: { ...spec.next, statusTemplate } as Stage["spec"]["next"] },
  };
}

/** Appends lines to the log of all containers, in the format of container runtimes. */
export const appendToLog = (folder: string, text: string): Promise<void> =>
  appendFile(logFile(folder), formatted(text));

export const replaceLog = (folder: string, text: string): Promise<void> => writeFile(logFile(folder), formatted(text));

function formatted(text: string): string {
  const lines = text.split("\n").filter(Boolean);
  return lines.map((line) => `${new Date().toISOString()} stdout F ${line}\n`).join("");
}
