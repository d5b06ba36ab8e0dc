/** Connects to an API server with `node:https`, for the function and the CLI. */
import { setMaxListeners } from "node:events";
import { Agent, type RequestOptions, request } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { bodyBuffer } from "./body.ts";
import type { Signal } from "./signal.ts";
import type { TokenSource } from "./token.ts";

declare const VERSION: string;

/** The part before the slash is also the field manager of writes that name none. */
const userAgent = `eks-lambda/${VERSION}`;

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** JSON in each of them; JSON is YAML, too. */
export type ContentType =
  | "application/json"
  | "application/merge-patch+json"
  | "application/json-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/apply-patch+yaml";

/** A connection to a server. */
export interface Connection {
  /** `https://host[:port][/path]` */
  readonly server: string;
  /** Sends one request, once, with credentials. Returns network failures. Throws errors of getting the credentials. */
  exchange(call: Call): Promise<Exchange>;
}

export interface Call {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  readonly payload: string | undefined;
  readonly contentType: ContentType;
  /** A 2xx answer is returned as soon as it begins. */
  readonly stream: boolean;
  /** For the whole answer; for a stream, until it begins. */
  readonly timeoutMs: number;
  /** The server refused the credentials in use with a 401. */
  readonly refused: boolean;
  readonly signal: Signal | undefined;
}

/** Names are in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Exchange =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly status: number; readonly headers: Headers; readonly stream: AsyncIterable<string> }
  /** `kept`: the request used a kept-alive connection, and no answer began. */
  | { readonly failure: Failure; readonly kept: boolean };

/** Node's error. */
export interface Failure extends Error {
  readonly code?: string | undefined;
  /** The system call that failed. */
  readonly syscall?: string | undefined;
}

/** Connects to EKS's endpoint with its CA (PEM in base64) and a bearer token. */
export function connectByToken(server: string, ca: string, token: TokenSource): Connection {
  let pool: Pool | undefined;
  const { exchange } = connectWith(server, async (call) => {
    const authorization = `Bearer ${await token(call)}`;
    pool ??= createPool(ca);
    pool.closeIdle();
    return { agent: pool.agent, headers: { authorization } };
  });
  return {
    server,
    async exchange(call) {
      const result = await exchange(call);
      // Drop the pool, so that a TLS session that made a new connection fail is not offered again.
      if ("failure" in result && !result.kept && !call.signal?.aborted) pool = undefined;
      return result;
    },
  };
}

/**
 * @internal An agent, which verifies the server, or whether to verify it: otherwise the variable NODE_TLS_REJECT_UNAUTHORIZED
 * decides.
 */
export type ConnectOptions = RequestOptions & ({ readonly agent: Agent } | { readonly rejectUnauthorized: boolean });

/** @internal `options` returns agent, TLS options and credentials for each request. */
export function connectWith(server: string, options: (call: Call) => Promise<ConnectOptions>): Connection {
  return {
    server,
    async exchange(call) {
      const asked = await options(call);
      // Parsed only now: a cluster that is being created or deleted has no endpoint, and may need no request.
      const { hostname, port } = new URL(server);
      const exchange = await send({ ...asked, host: hostname.replace(/^\[|\]$/g, ""), port: port || 443 }, call);
      // The other kept-alive connections are probably stale, too.
      if ("failure" in exchange && exchange.kept) closeKept(asked.agent);
      return exchange;
    },
  };
}

function send(options: ConnectOptions, call: Call): Promise<Exchange> {
  const { method, path, payload, contentType, signal } = call;
  const headers = {
    ...(options.headers as Record<string, string>),
    // Logs are text. Source: https://github.com/kubernetes/client-go/blob/master/rest/request.go
    accept: "application/json, */*",
    "user-agent": userAgent,
    ...(payload !== undefined && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
  };
  // Many requests may share a signal; Node would warn about a leak from the eleventh on.
  if (signal) setMaxListeners(0, signal);
  return new Promise((resolve) => {
    let answering = false;
    const settle = (exchange: Exchange) => {
      clearTimeout(timer);
      resolve(exchange);
    };
    const fail = (failure: Failure) => settle({ failure, kept: sent.reusedSocket && !answering });
    // biome-ignore lint/plugin: `ConnectOptions` has the agent or `rejectUnauthorized`.
    const sent = request({ ...options, method, path, headers, ...(signal && { signal }) }, (response) => {
      answering = true;
      const { statusCode: status = 0, headers } = response;
      if (call.stream && status >= 200 && status < 300)
        return settle({ status, headers, stream: response.setEncoding("utf8") });
      const body = bodyBuffer();
      response.on("data", (chunk: Buffer) => {
        if (!body.add(chunk)) sent.destroy(withCode("ERR_BODY_TOO_LONG"));
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

const withCode = (code: string, message = code): Error => Object.assign(new Error(message), { code });

/**
 * The API server closes idle connections after 90 seconds; NAT gateways may drop them earlier without notice.
 * Source: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/server/secure_serving.go
 */
const idleLimitMs = 60_000;

interface Pool {
  readonly agent: Agent;
  /**
   * Closes connections that were idle for too long. Compares times, because timers stop while Lambda freezes the
   * function.
   */
  closeIdle(): void;
}

function createPool(ca: string): Pool {
  // A context is cheaper than `ca`, which would be part of the agent's key for each connection.
  const secureContext = createSecureContext({ ca: Buffer.from(ca, "base64") });
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: true, secureContext });
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

const kept = (agent: Agent): readonly Socket[] => (Object.values(agent.freeSockets) as Socket[][]).flat();
