/** Requests to the API server, with the administrator's certificate or with a bearer token. */

import { Agent, request } from "node:https";
import type { KubeAnswer, KubeOptions } from "../../acceptance/backend.ts";
import { exchange } from "./http.ts";

interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export class Kube {
  readonly #endpoint: string;
  readonly #administrator: Agent;
  readonly #anybody: Agent;

  constructor(endpoint: string, ca: string, identity: Identity) {
    this.#endpoint = endpoint;
    this.#administrator = new Agent({ ca, ...identity, keepAlive: true, maxSockets: 16 });
    this.#anybody = new Agent({ ca, keepAlive: true });
  }

  async request(method: string, path: string, { body, contentType, token }: KubeOptions = {}): Promise<KubeAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: "application/json",
      ...(text !== undefined && { "content-type": contentType ?? "application/json" }),
      ...(text !== undefined && { "content-length": Buffer.byteLength(text) }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const agent = token === undefined ? this.#administrator : this.#anybody;
    const answer = await exchange(request(`${this.#endpoint}${path}`, { method, headers, agent }), text);
    return { status: answer.status, body: parsed(answer.body.toString()) };
  }

  close(): void {
    this.#administrator.destroy();
    this.#anybody.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
