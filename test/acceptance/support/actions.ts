/** The built function with the code of every action, called in this process as the cluster's administrator. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentOf } from "../client/connected.ts";
import { repositoryFile } from "./run.ts";
import type { World } from "./world.ts";

const kinds = {
  deployments: { group: "apps", kind: "Deployment" },
  statefulsets: { group: "apps", kind: "StatefulSet" },
  daemonsets: { group: "apps", kind: "DaemonSet" },
  cronjobs: { group: "batch", kind: "CronJob" },
  jobs: { group: "batch", kind: "Job" },
  configmaps: { group: "", kind: "ConfigMap" },
} as const;
export type Plural = keyof typeof kinds;

/** What `setup --allow ACTION:RESOURCE` writes into the function. */
export interface AllowedAction {
  readonly action: string;
  readonly version: string;
  readonly resource: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
}

export const allow = (action: string, ...resources: readonly Plural[]): readonly AllowedAction[] =>
  resources.map((resource) => ({ action, version: "v1", resource, ...kinds[resource] }));

export const rollouts = ["deployments", "statefulsets", "daemonsets"] as const;
export type Rollout = (typeof rollouts)[number];

type Answer = Readonly<Record<string, unknown>>;
type Handler = (event: object, context: object) => Promise<Answer>;

export interface Actions {
  /** The answer, or the error as Lambda reports it. */
  run(event: object, requestId?: string, remainingMs?: number): Promise<Answer>;
  stop(): Promise<void>;
}

let requests = 0;

/** Resets the world. */
export async function startActions(world: World, allowed: readonly AllowedAction[]): Promise<Actions> {
  await world.fresh();
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-actions-"));
  const code = await readFile(repositoryFile("dist/actions/index.js"), "utf8");
  const file = join(folder, "index.js");
  await writeFile(
    file,
    code.replace(/^const ALLOWED=.*$/m, () => `const ALLOWED=${JSON.stringify(allowed)};`),
  );
  // `process.env` would make text of `undefined`.
  const given = Object.entries(environmentOf(world.backend)).filter(([, value]) => value !== undefined);
  Object.assign(process.env, Object.fromEntries(given));
  const handler: Handler = createRequire(import.meta.url)(file).handler;
  return {
    run(event, awsRequestId = `request-${requests++}`, remainingMs = 60_000) {
      const end = Date.now() + remainingMs;
      return handler(event, { awsRequestId, getRemainingTimeInMillis: () => end - Date.now() });
    },
    stop: () => rm(folder, { recursive: true }),
  };
}
