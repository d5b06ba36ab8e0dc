/** The one client of the API server: JSON over `node:https` with kept connections, for the handler and the CLI. */
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { EksLambdaError } from "./errors.ts";
import { isStale, networkError, statusError, unexpectedAnswer } from "./kube-errors.ts";
import type { TokenSource } from "./token.ts";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
export type ContentType = "application/json" | "application/merge-patch+json";

/** What talks to a cluster. The error's code is the `reason` of Kubernetes' `Status`: `NotFound`, `Conflict`, … */
export interface Kube {
  /**
   * The parsed body of a 2xx answer. A 401 is tried once more with new credentials, a connection that was closed
   * while it was kept is replaced once, 429 and 5xx with `Retry-After` wait as told while there is time.
   */
  request<T = unknown>(method: Method, path: string, body?: unknown, contentType?: ContentType): Promise<T>;
}

/** A server and how to be let in. */
export interface Connection {
  /** `https://host[:port][/path]` */
  readonly server: string;
  /** Agent, TLS and credentials for one request; with `renew` the credentials are new ones, after a 401. */
  options(renew: boolean): RequestOptions | Promise<RequestOptions>;
}

export interface Timing {
  /** Milliseconds that are left for the request and its retries. */
  remainingMs(): number;
  sleep(ms: number): Promise<void>;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** 30 seconds for each request, as much as Lambda gives the function. */
export const patient = (): Timing => {
  const end = Date.now() + 30_000;
  return { remainingMs: () => end - Date.now(), sleep };
};

/** A connection with EKS's endpoint and CA (PEM in base64) and a bearer token. */
export function connectByToken(server: string, ca: string, token: TokenSource): Connection {
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, "base64") });
  return { server, options: async (renew) => ({ agent, headers: { authorization: `Bearer ${await token(renew)}` } }) };
}

export function createKube(connection: Connection, timing: () => Timing = patient): Kube {
  return {
    async request<T>(method: Method, path: string, body?: unknown, contentType: ContentType = "application/json") {
      const { remainingMs, sleep } = timing();
      const base = new URL(connection.server);
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const call: Call = { method, path: base.pathname.replace(/\/$/, "") + path, payload, contentType };
      let renew = false;
      let stale = false;
      for (;;) {
        const options = await connection.options(renew);
        const exchange = await send(base, call, options, remainingMs());
        if ("failure" in exchange) {
          if (stale || !exchange.kept || !isStale(exchange.failure)) throw networkError(exchange.failure, base.host);
          stale = true;
          closeKept(options.agent);
          continue;
        }
        const { status, headers, text } = exchange;
        if (status === 401 && !renew) {
          renew = true;
          continue;
        }
        const wait = waitMs(status, headers);
        if (wait !== undefined && wait < remainingMs()) {
          await sleep(wait);
          continue;
        }
        const answer = parse(text);
        if (status >= 200 && status < 300 && answer !== undefined) return answer as T;
        throw answer === undefined ? unexpectedAnswer(status, text, base.host) : statusError(status, answer, { stale });
      }
    },
  };
}

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly payload: string | undefined;
  readonly contentType: ContentType;
}
type Exchange =
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }
  /** `kept`: on a connection from before, and not a word of an answer came. */
  | { readonly failure: NodeJS.ErrnoException; readonly kept: boolean };

function send(base: URL, call: Call, options: RequestOptions, timeoutMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    let answering = false;
    const request = httpsRequest(
      {
        ...options,
        host: base.hostname.replace(/^\[|\]$/g, ""),
        port: base.port || 443,
        method: call.method,
        path: call.path,
        headers: {
          ...(options.headers as Record<string, string>),
          accept: "application/json",
          ...(call.payload !== undefined && {
            "content-type": call.contentType,
            "content-length": Buffer.byteLength(call.payload),
          }),
        },
      },
      (response) => {
        answering = true;
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    const fail = (failure: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ failure, kept: request.reusedSocket && !answering });
    };
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: "ETIMEDOUT" })),
      Math.max(timeoutMs, 1),
    );
    request.on("error", fail);
    request.end(call.payload);
  });
}

/** Of several kept connections the others are as old as the one that was stale. */
function closeKept(agent: RequestOptions["agent"]): void {
  if (!(agent instanceof Agent)) return;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** A server that asks for no wait at all is not asked in a loop. */
const minWaitMs = 50;

/** Milliseconds that the server asks to wait before the same request again; an answer without a body is no wait. */
function waitMs(status: number, headers: IncomingHttpHeaders): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && headers["retry-after"] !== undefined
    ? Math.max(seconds * 1000, minWaitMs)
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs a request whose object may be absent. */
export async function ifFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof EksLambdaError && error.code === "NotFound") return undefined;
    throw error;
  }
}
