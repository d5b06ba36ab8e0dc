/** One of the two backends: requests as a caller, and the authenticator's reason for a refusal. */
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import type { Backend, Credentials } from "../../acceptance/backend.ts";
import { startSandboxBackend } from "../../acceptance/sandbox.ts";
import { credentialsOf } from "../../acceptance/support/names.ts";
import { mint } from "../../acceptance/support/token.ts";
import { startBackend } from "../backend/index.ts";

export interface KubeRequest {
  readonly method: string;
  readonly path: string;
  /** Text is sent unchanged. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  /** The whole header. Without it, none is sent. */
  readonly authorization?: string | undefined;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface KubeAnswer {
  readonly status: number;
  /** Text if it is not JSON. */
  readonly body: unknown;
  /** The header with warnings. */
  readonly warning?: string;
}

export interface Side {
  readonly backend: Backend;
  /** `administrator` created the cluster. Every other name is a role. */
  credentials(person: string): Promise<Credentials>;
  /** A different token each time. */
  token(person: string): Promise<string>;
  kube(request: KubeRequest): Promise<KubeAnswer>;
  /** The authenticator's logged reason for the last refusal. Empty if it was read already. */
  denial(): Promise<string>;
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReal(): Promise<Side> {
  const backend = await startBackend();
  const file = join(backend.folder, "logs", "authenticator.log");
  let read = 0;
  const denial = async () => {
    const log = await readFile(file, "utf8");
    const denials = [...log.slice(read).matchAll(/msg="access denied".* error=("(?:[^"\\]|\\.)*"|\S+)/g)];
    read = log.length;
    const error = denials.at(-1)?.[1] ?? "";
    return error.startsWith('"') ? (JSON.parse(error) as string) : error;
  };
  return sideOf(backend, { denial });
}

export async function startStandIn(): Promise<Side> {
  const backend = await startSandboxBackend();
  const denial = async () => {
    const denials = backend.authenticatorLog.splice(0).filter((line) => line.startsWith("access denied: "));
    return (denials.at(-1) ?? "").replace("access denied: ", "");
  };
  return sideOf(backend, { denial });
}

function sideOf(backend: Backend, { denial }: Pick<Side, "denial">): Side {
  const { cluster, region } = backend;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(cluster.ca, "base64") });
  const known = new Map<string, Promise<Credentials>>();
  let minted = 0;

  const credentials = (person: string): Promise<Credentials> => {
    const found = known.get(person) ?? (isOwner(person) ? owner(backend) : backend.assumeRole(person));
    known.set(person, found);
    return found;
  };
  return {
    backend,
    credentials,
    denial,
    token: async (person) => {
      minted++;
      // Two tokens that are equal have one answer, because the API server caches it.
      const expiresIn = 100 + (minted % 800);
      return mint({ cluster: cluster.name, region, credentials: await credentials(person), expiresIn });
    },
    kube: (asked) => exchange(cluster.endpoint, agent, asked),
    async reset() {
      known.clear();
      await backend.reset();
      await denial();
    },
    async stop() {
      agent.destroy();
      await backend.stop();
    },
  };
}

const isOwner = (person: string): boolean => person === "administrator";
const owner = async (backend: Backend): Promise<Credentials> => credentialsOf(backend);

function exchange(endpoint: string, agent: Agent, asked: KubeRequest): Promise<KubeAnswer> {
  const { method, path, body, contentType = "application/json", authorization } = asked;
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const headers = {
    accept: "application/json",
    ...(authorization && { authorization }),
    ...asked.headers,
    ...(payload !== undefined && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(endpoint + path, { method, headers, agent }, async (response) => {
      const { warning } = response.headers;
      const answer = { status: response.statusCode ?? 0, body: parsed(await text(response)) };
      resolve({ ...answer, ...(warning && { warning }) });
    });
    sent.on("error", reject);
    sent.end(payload);
  });
}

function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}

/** Sends a request of a preparation as the administrator. It must succeed. */
export async function prepare(side: Side, method: string, path: string, body?: unknown): Promise<unknown> {
  const authorization = `Bearer ${await side.token("administrator")}`;
  const answer = await side.kube({ method, path, body, authorization });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}
