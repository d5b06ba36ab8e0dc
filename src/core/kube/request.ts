/** The one client of the API server, for the handler and the CLI: JSON, over a connection that one of them brings. */
import { EksLambdaError } from "../errors.ts";
import { isStale, networkError, statusError, unexpectedAnswer } from "./errors.ts";

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

/** A server and the way to it. */
export interface Connection {
  /** `https://host[:port][/path]` */
  readonly server: string;
  /**
   * Sends a request with credentials, with `renew` new ones, after a 401. A connection that fails after it was kept takes
   * the others that were kept with it, for they are as old. Throws what getting credentials throws.
   */
  exchange(call: Call, renew: boolean, timeoutMs: number): Promise<Exchange>;
}

export interface Call {
  readonly method: Method;
  readonly path: string;
  /** JSON. */
  readonly payload: string | undefined;
  readonly contentType: ContentType;
}

/** By names in small letters. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Exchange =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  /** `kept`: on a connection from before, and not a word of an answer came. */
  | { readonly failure: NodeJS.ErrnoException; readonly kept: boolean };

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
        const exchange = await connection.exchange(call, renew, remainingMs());
        if ("failure" in exchange) {
          if (stale || !exchange.kept || !isStale(exchange.failure)) throw networkError(exchange.failure, base.host);
          stale = true;
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

/** A server that asks for no wait at all is not asked in a loop. */
const minWaitMs = 50;

/** Milliseconds that the server asks to wait before the same request again; an answer without a body is no wait. */
function waitMs(status: number, headers: Headers): number | undefined {
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
