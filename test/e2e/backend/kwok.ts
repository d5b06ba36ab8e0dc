/** kwok simulates the kubelets: its own stages, one for a failing container, one for an image that no registry has, and one log. */
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { failing, missing } from "../../acceptance/backend.ts";
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
  const all = [...own.map(sparing), failingStage(own), missingStage(own), clusterLogs];
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

function selecting(stage: Stage, ...expressions: readonly object[]): Stage {
  const matchExpressions = [...stage.spec.selector.matchExpressions, ...expressions];
  return { ...stage, spec: { ...stage.spec, selector: { matchExpressions } } };
}

const withImage = (operator: "In" | "NotIn", image: string) => ({
  ...{ key: ".spec.containers.[].image", operator, values: [image] },
});

/** `sleep infinity` runs until a test ends it. */
const ends = { key: ".spec.containers.[].command.[0]", operator: "NotIn", values: ["sleep"] };

/** The Pods that a stage of kwok leaves to a stage of ours, or to a test. */
const spared: Readonly<Record<string, readonly object[]>> = {
  "pod-complete": [withImage("NotIn", failing.image), ends],
  "pod-ready": [withImage("NotIn", missing.image)],
};

function sparing(stage: Stage): Stage {
  const expressions = spared[stage.metadata.name];
  return expressions ? selecting(stage, ...expressions) : stage;
}

function named(stages: readonly Stage[], wanted: string): Stage {
  const found = stages.find(({ metadata }) => metadata.name === wanted);
  if (!found) throw new Error(`kwok has no stage ${wanted} any more`);
  return found;
}

const withStatus = ({ spec, ...stage }: Stage, name: string, statusTemplate: string | undefined): Stage => ({
  ...stage,
  metadata: { name },
  spec: { ...spec, next: { ...spec.next, statusTemplate } as Stage["spec"]["next"] },
});

/** Derives a stage that leaves Pods waiting for their image from the one that makes them ready. */
function missingStage(stages: readonly Stage[]): Stage {
  const ready = named(stages, "pod-ready");
  const waiting = `waiting: { reason: ErrImagePull, message: ${JSON.stringify(missing.message)} }`;
  const statusTemplate = ready.spec.next.statusTemplate
    ?.replace(
      /status: "True"(\s+)type: (Ready|ContainersReady)\n/g,
      'status: "False"$1reason: ContainersNotReady$1type: $2\n',
    )
    .replace(/ready: true(\s+restartCount: 0\s+state:\s+)running:\s+startedAt: .*/, `ready: false$1${waiting}`)
    .replace("phase: Running", "phase: Pending");
  const once = { key: ".status.startTime", operator: "DoesNotExist" };
  return withStatus(selecting(ready, withImage("In", missing.image), once), "pod-image-missing", statusTemplate);
}

/** Derives a stage that fails Pods from the one that completes them. */
function failingStage(stages: readonly Stage[]): Stage {
  const complete = named(stages, "pod-complete");
  const statusTemplate = complete.spec.next.statusTemplate
    ?.replace("exitCode: 0", `exitCode: ${failing.exitCode}`)
    .replace("reason: Completed", "reason: Error")
    .replace("phase: Succeeded", "phase: Failed");
  return withStatus(selecting(complete, withImage("In", failing.image), ends), "pod-fail", statusTemplate);
}

/** Appends lines to the log of all containers, in the format of container runtimes. */
export const appendToLog = (folder: string, text: string): Promise<void> =>
  appendFile(logFile(folder), formatted(text));

export const replaceLog = (folder: string, text: string): Promise<void> => writeFile(logFile(folder), formatted(text));

function formatted(text: string): string {
  const lines = text.split("\n").filter(Boolean);
  return lines.map((line) => `${new Date().toISOString()} stdout F ${line}\n`).join("");
}
