/** Connects to an API server by `node:https`: the one transport, of the function and of the CLI. */
import { setMaxListeners } from "node:events";
import { Agent, type RequestOptions, request } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { bodyBuffer } from "./body.ts";
import type { TokenSource } from "./token.ts";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** JSON in each of them; JSON is YAML, too. */
export type ContentType =
  | "application/json"
  | "application/merge-patch+json"
  | "application/json-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/apply-patch+yaml";

/** A server and the way to it. */
export interface Connection {
  /** `https://host[:port][/path]` */
  readonly server: string;
  /**
   * Sends one request, once, with credentials. A failure of the network is returned; what getting the credentials
   * throws is thrown.
   */
  exchange(call: Call): Promise<Exchange>;
}

export interface Call {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  readonly payload: string | undefined;
  readonly contentType: ContentType;
  /** Media types of the answer. */
  readonly accept: string;
  /** A 2xx answer is returned as soon as it begins. */
  readonly stream: boolean;
  /** For the whole answer; for a stream, until it begins. */
  readonly timeoutMs: number;
  /** The server refused the credentials in use with a 401. */
  readonly refused: boolean;
  readonly signal: AbortSignal | undefined;
}

/** By names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Exchange =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly status: number; readonly headers: Headers; readonly stream: AsyncIterable<string> }
  /** `kept`: on a connection that was kept from an earlier request, before an answer began. */
  | { readonly failure: NodeJS.ErrnoException; readonly kept: boolean };

/** Connects to EKS's endpoint with its CA (PEM in base64) and a bearer token. */
export function connectByToken(server: string, ca: string, token: TokenSource): Connection {
  let pool: Pool | undefined;
  const { exchange } = connectWith(server, async (refused) => {
    const authorization = `Bearer ${await token({ refused })}`;
    pool ??= createPool(ca);
    pool.closeIdle();
    return { agent: pool.agent, headers: { authorization } };
  });
  return {
    server,
    async exchange(call) {
      const result = await exchange(call);
      // A TLS session that a new connection failed with is not offered again: it goes with its pool.
      if ("failure" in result && !result.kept && !call.signal?.aborted) pool = undefined;
      return result;
    },
  };
}

/** `options` returns agent, TLS and credentials for one request; `refused` as in `Call`. */
export function connectWith(server: string, options: (refused: boolean) => Promise<RequestOptions>): Connection {
  return {
    server,
    async exchange(call) {
      const asked = await options(call.refused);
      // Not before: a cluster that is being created or deleted has no endpoint, and may need no request.
      const { hostname, port } = new URL(server);
      const address = { host: hostname.replace(/^\[|\]$/g, ""), port: port || 443 };
      const exchange = await send({ ...asked, ...address }, call);
      // The other connections that were kept are as old.
      if ("failure" in exchange && exchange.kept) closeKept(asked.agent);
      return exchange;
    },
  };
}

function send(options: RequestOptions, call: Call): Promise<Exchange> {
  const { method, path, payload, contentType, accept, signal } = call;
  const headers = {
    ...(options.headers as Record<string, string>),
    accept,
    ...(payload !== undefined && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
  };
  // Many requests of one invocation may share its signal; Node would warn of a leak from the eleventh on.
  if (signal) setMaxListeners(0, signal);
  return new Promise((resolve) => {
    let answering = false;
    const settle = (exchange: Exchange) => {
      clearTimeout(timer);
      resolve(exchange);
    };
    const fail = (failure: NodeJS.ErrnoException) => settle({ failure, kept: sent.reusedSocket && !answering });
    const sent = request({ ...options, method, path, headers, ...(signal && { signal }) }, (response) => {
      answering = true;
      const { statusCode: status = 0, headers } = response;
      if (call.stream && status >= 200 && status < 300)
        return settle({ status, headers, stream: response.setEncoding("utf8") });
      const body = bodyBuffer();
      response.on("data", (chunk: Buffer) => {
        if (!body.add(chunk)) sent.destroy(withCode("ERR_BODY_TOO_LONG", "the answer is too long"));
      });
      response.on("error", fail);
      response.on("end", () => settle({ status, headers, text: body.text() }));
    });
    const timer = setTimeout(
      () => sent.destroy(withCode("ETIMEDOUT", `no answer within ${call.timeoutMs} ms`)),
      Math.max(call.timeoutMs, 1),
    );
    sent.on("error", fail);
    sent.end(payload);
  });
}

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/**
 * The API server closes a connection after 90 idle seconds, NAT gateways drop one sooner than they tell.
 * Source: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/server/secure_serving.go
 */
const idleLimitMs = 60_000;

interface Pool {
  readonly agent: Agent;
  /** Closes the connections that were idle for too long, by the clock: timers stop while Lambda freezes the function. */
  closeIdle(): void;
}

function createPool(ca: string): Pool {
  // A context instead of `ca`, which is part of the key by which an agent looks for a connection.
  const agent = new Agent({ keepAlive: true, secureContext: createSecureContext({ ca: Buffer.from(ca, "base64") }) });
  const idleSince = new WeakMap<Socket, number>();
  agent.on("free", (socket: Socket) => idleSince.set(socket, Date.now()));
  return {
    agent,
    closeIdle() {
      const limit = Date.now() - idleLimitMs;
      for (const socket of kept(agent)) if ((idleSince.get(socket) ?? 0) < limit) socket.destroy();
    },
  };
}

function closeKept(agent: RequestOptions["agent"]): void {
  if (agent instanceof Agent) for (const socket of kept(agent)) socket.destroy();
}

const kept = (agent: Agent): readonly Socket[] => Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
