/** The client of the API server, for the handler and the CLI, over a given connection. */
import { hasCode, shown, usageError } from "../errors.ts";
import type { Call, Connection, ContentType, Failure, Headers, Method } from "./connection.ts";
import { isStale, networkError, notServed, statusError, unexpectedAnswer } from "./errors.ts";
import { escaped, special } from "./json.ts";
import type { Signal } from "./signal.ts";

/**
 * A client of a cluster. An error's code is the `reason` of Kubernetes' `Status`: `NotFound`, `Conflict`, …, or
 * `AdmissionDenied` if an admission policy or webhook denied the request.
 */
export interface Kube {
  /** The namespace of objects that name none. Default: `default`. */
  readonly namespace?: string | undefined;
  /** The owner of the fields that are written. Default: `eks-lambda`. */
  readonly fieldManager?: string | undefined;
  /** Ends every request and every wait. */
  readonly signal?: Signal | undefined;
  /** Receives each warning of the server: an unknown field, a deprecated version. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /**
   * Returns the body of a 2xx answer: parsed JSON, or as `as` says.
   *
   * Retries a 401 once, with a new token unless the current one is new. Retries 429, and 5xx with `Retry-After`, as the
   * server asks while there is time. Retries once on a new connection if a kept-alive one was closed. Retries a request
   * that may have been carried out only if it can be repeated: not a POST of an object without `metadata.name`, and not
   * a JSON patch.
   *
   * Throws `KubernetesError` for what the server refuses, another `EksLambdaError` for what goes wrong before that, or
   * the reason of the signal.
   */
  request<T = unknown, A extends keyof Answers<T> = "json">(request: Request<A>): Promise<Answers<T>[A]>;
}

export interface Answers<T> {
  readonly json: T;
  readonly text: string;
  /** Pieces of text, as they arrive. It ends with the server's answer, with the signal, or when the loop over it ends. */
  readonly stream: AsyncIterable<string>;
}

export interface Request<A = "json"> {
  /** Default: `GET`. */
  readonly method?: Method | undefined;
  /** Begins with `/api/` or `/apis/`; encoded, and without an empty, `.` or `..` segment. */
  readonly path: string;
  /** Encoded and appended to the path. Parameters that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON, with escapes for what is not ASCII. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: ContentType | undefined;
  /** Milliseconds for the request and its retries; for a stream, until it begins. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the request, its retries and its stream. */
  readonly signal?: Signal | undefined;
  /** Default: `json`. */
  readonly as?: A | undefined;
}

export interface Timing {
  /** Milliseconds left for the request and its retries. */
  remainingMs(): number;
  /** Resolves early when the signal is aborted. */
  sleep(ms: number, signal?: Signal): Promise<void>;
}

export const sleep = (ms: number, signal?: Signal): Promise<void> =>
  new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake);
  });

/** Starts the time limit of a request. */
const patient = (ms = 30_000): Timing => {
  const end = Date.now() + ms;
  return { remainingMs: () => end - Date.now(), sleep };
};

export function createKube(
  connection: Connection,
  timing: (ms?: number) => Timing = patient,
  defaults: Omit<Kube, "request"> = {},
): Kube {
  return {
    ...defaults,
    async request<T, A extends keyof Answers<T>>(request: Request<A>) {
      const signal = eitherOf(request.signal, defaults.signal);
      const asked = { ...request, signal, onWarning: defaults.onWarning };
      return (await answerTo(asked, connection, timing(request.timeoutMs))) as Answers<T>[A];
    },
  };
}

/** Returns a signal that aborts with the first of two. */
export const eitherOf = <S extends Signal | undefined>(one: Signal | undefined, other: S): Signal | S =>
  one && other ? AbortSignal.any([one, other]) : (one ?? other);

type AnyRequest = Request<keyof Answers<unknown>> & Pick<Kube, "onWarning">;

async function answerTo(request: AnyRequest, connection: Connection, { remainingMs, sleep }: Timing): Promise<unknown> {
  const { as = "json", signal } = request;
  const base = new URL(connection.server);
  const call = callOf(request, base);
  const repeatable = isRepeatable(request);
  /** An earlier attempt may have been carried out. */
  let unclear = false;
  let replaced = false;
  let renewed = false;
  let refused = false;
  for (;;) {
    signal?.throwIfAborted();
    const exchange = await connection.exchange({ ...call, refused, timeoutMs: remainingMs() });
    refused = false;
    if ("failure" in exchange) {
      signal?.throwIfAborted();
      const isClosed = exchange.kept && isStale(exchange.failure);
      if (replaced || !isClosed || !repeatable) throw networkError(exchange.failure, base.host, { repeatable });
      replaced = unclear = true;
      continue;
    }
    if ("stream" in exchange) return piecesOf(exchange.stream, base.host, signal);
    const { status, headers, text } = exchange;
    if (status === 401 && !renewed) {
      renewed = refused = true;
      continue;
    }
    const wait = waitMs(status, headers);
    if (wait !== undefined && wait < remainingMs() && (status === 429 || repeatable)) {
      unclear ||= status !== 429;
      await sleep(wait, signal);
      continue;
    }
    if (request.onWarning) for (const warning of warningsIn(headers)) request.onWarning(warning);
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && as === "text") return text;
    const answer = parse(text);
    if (isSuccess && answer !== undefined) return answer;
    // The API server refuses these in plain text, too.
    const isPlain = status === 401 || status === 429 || (status === 404 && notServed.test(text));
    if (answer === undefined && !isPlain) throw unexpectedAnswer(status, text, base.host);
    throw statusError(status, answer, { unclear, retryAfterMs: wait, path: request.path });
  }
}

type Asked = Omit<Call, "refused" | "timeoutMs">;

export function callOf(
  { method = "GET", path, query = {}, body, contentType, signal, as }: AnyRequest,
  { pathname }: { readonly pathname: string },
): Asked {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.append(name, `${value}`);
  if (!isPath(path)) {
    throw usageError(
      "InvalidPath",
      `the path is ${shown(path)}; it must be encoded, and have no empty, "." or ".." segment`,
    );
  }
  const separator = path.includes("?") ? "&" : "?";
  return {
    method,
    path: pathname.replace(/\/$/, "") + path + (parameters.size > 0 ? separator + parameters : ""),
    payload: (JSON.stringify(body) as string | undefined)?.replace(special, escaped),
    contentType: contentType ?? "application/json",
    stream: as === "stream",
    signal,
  };
}

/**
 * An empty name would turn a request for one object into a request for all of them. The API server decodes a path before
 * it splits it, so `%2e%2e` is `..`.
 */
const isPath = (path: string): boolean =>
  path === "/" || (/^\/[!-~]+$/.test(path) && !/^[^?]*(\/|%2f)(\.|%2e){0,2}(\/|%2f|\?|$)/i.test(path));

/** True if repeating the request has the same effect as sending it once. */
function isRepeatable({ method, path, body, contentType }: AnyRequest): boolean {
  if (method !== "POST") return contentType !== "application/json-patch+json";
  // The server does not store reviews.
  if (/^\/apis\/auth(entic|oriz)ation\.k8s\.io\//.test(path)) return true;
  const { metadata } = (body ?? {}) as { readonly metadata?: { readonly name?: unknown } };
  return typeof metadata?.name === "string" && metadata.name !== "";
}

async function* piecesOf(
  stream: AsyncIterable<string>,
  host: string,
  signal: Signal | undefined,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(error as Failure, host);
  }
}

/** Prevents a busy loop. */
const minWaitMs = 50;

/**
 * Milliseconds that the server asks to wait before a retry. `Retry-After` has seconds, or a date by the server's clock.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
function waitMs(status: number, headers: Headers): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const after = `${headers["retry-after"]}`;
  const ms = /^\d+$/.test(after)
    ? Number(after) * 1000
    : Date.parse(after) - (Date.parse(`${headers.date}`) || Date.now());
  return Number.isNaN(ms) ? undefined : Math.max(ms, minWaitMs);
}

/** `299 - "unknown field \\"spec.replica\\""`, several between commas. Source: RFC 7234, section 5.5 */
const warningsIn = ({ warning = "" }: Headers): readonly string[] =>
  [...`${warning}`.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text.replace(/\\(.)/g, "$1"));

/** Returns `undefined` for text that is not JSON. */
export function parse(text: string): object | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns `undefined` if the request's object does not exist. */
export async function ifFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (hasCode(error, "NotFound")) return undefined;
    throw error;
  }
}
