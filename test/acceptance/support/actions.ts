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

interface Starting {
  /** The cluster's own, if not given. */
  readonly endpoint?: string;
  /** How many execution environments there are; each has one invocation at a time. Default: 1. */
  readonly environments?: number;
}

/** Resets the world. */
export async function startActions(
  world: World,
  allowed: readonly AllowedAction[],
  { environments = 1, ...connecting }: Starting = {},
): Promise<Actions> {
  await world.fresh();
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-actions-"));
  const code = await readFile(repositoryFile("dist/actions/index.js"), "utf8");
  const built = code.replace(/^const ALLOWED=.*$/m, () => `const ALLOWED=${JSON.stringify(allowed)};`);
  const files = Array.from({ length: environments }, (_, n) => join(folder, `${n}.js`));
  await Promise.all(files.map((file) => writeFile(file, built)));
  // `process.env` would make text of `undefined`.
  const given = Object.entries(environmentOf(world.backend, connecting)).filter(([, value]) => value !== undefined);
  const before = given.map(([name]) => [name, process.env[name]] as const);
  Object.assign(process.env, Object.fromEntries(given));
  const handlers: readonly Handler[] = files.map((file) => createRequire(import.meta.url)(file).handler);
  const free = [...handlers];
  return {
    async run(event, awsRequestId = `request-${requests++}`, remainingMs = 60_000) {
      const end = Date.now() + remainingMs;
      const handler = free.shift() ?? (handlers[0] as Handler);
      try {
        return await handler(event, { awsRequestId, getRemainingTimeInMillis: () => end - Date.now() });
      } finally {
        free.push(handler);
      }
    },
    async stop() {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await rm(folder, { recursive: true });
    },
  };
}
