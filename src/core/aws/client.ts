/** Configures every client of the SDK: credentials, proxy, time limits, and the host in each network error. */
import { Agent } from "node:https";
import { pipeline, type Readable, Transform } from "node:stream";
import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { ProxyAgent, type ProxyChoice } from "../connection/proxy.ts";
import { maxBodyBytes } from "../kube/body.ts";
import type { AwsOptions, CredentialProvider, Limits } from "./call.ts";
import { credentialsOf } from "./credentials.ts";

export const defaultLimits: Limits = {
  connectMs: 5_000,
  answerMs: 10_000,
  bodyMs: 30_000,
  invokeMs: 5_000,
  idleMs: 300_000,
  noticeMs: 3_000,
};

export function clientOptions(options: AwsOptions) {
  const { region, profile, maxAttempts } = options;
  const requestHandler = new LimitedHandler(options);
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    requestHandler,
    credentials: options.credentials ?? credentialsOf(options, requestHandler),
  };
}

/** For several clients together, so that the person enters an MFA code only once. */
export const sharedCredentials = (options: AwsOptions): CredentialProvider =>
  credentialsOf(options, new LimitedHandler(options));

type Handle = NodeHttpHandler["handle"];
type HandlerOptions = Pick<AwsOptions, "limits" | "waiting" | "proxy">;

const timeouts = (limits: Limits): NodeHttpHandlerOptions => ({
  connectionTimeout: limits.connectMs,
  requestTimeout: limits.answerMs,
  throwOnRequestTimeout: true, // Otherwise the SDK logs a warning and keeps waiting.
  socketTimeout: 0, // Lambda sends nothing while a function runs.
});

/** The SDK's default. */
const maxSockets = 50;

class LimitedHandler extends NodeHttpHandler {
  readonly #limits: Limits;
  readonly #waiting: (what: string) => void;
  readonly #proxy: ProxyChoice;
  /** By the proxy's URL. */
  readonly #proxied = new Map<string, NodeHttpHandler>();

  constructor({ limits = defaultLimits, waiting = () => {}, proxy = () => undefined }: HandlerOptions) {
    super({ ...timeouts(limits), httpsAgent: new Agent({ keepAlive: true, maxSockets, rejectUnauthorized: true }) });
    this.#limits = limits;
    this.#waiting = waiting;
    this.#proxy = proxy;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const host = request.hostname + (request.port ? `:${request.port}` : "");
    const notice = setTimeout(() => this.#waiting(`${host} to answer`), this.#limits.noticeMs);
    try {
      const answer = await this.#send(request, options);
      answer.response.body = limited(answer.response.body, host, this.#limits.bodyMs);
      return answer;
    } catch (error) {
      const reason = reasonOf(options?.abortSignal);
      if (reason instanceof Error) Object.assign(reason, { host });
      throw Object.assign(this.#inOurWords(error as NodeJS.ErrnoException, host), { host });
    } finally {
      clearTimeout(notice);
    }
  }

  #send(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const { protocol, hostname, port } = request;
    if (!/^https?:$/.test(protocol)) throw noUrl(protocol + (/^\d+$/.test(hostname) ? "" : "//") + hostname);
    const proxy = protocol === "https:" && this.#proxy(new URL(`https://${hostname}${port ? `:${port}` : ""}`));
    if (!proxy) return super.handle(request, options);
    const handler =
      this.#proxied.get(proxy.href) ??
      new NodeHttpHandler({ ...timeouts(this.#limits), httpsAgent: new ProxyAgent(proxy, { maxSockets }) });
    this.#proxied.set(proxy.href, handler);
    return handler.handle(request, options);
  }

  /** Replaces the SDK's message about a time limit, which names its package and settings. */
  #inOurWords(error: NodeJS.ErrnoException, host: string): Error {
    if (!error.message.startsWith("@smithy/")) return error;
    const { connectMs, answerMs } = this.#limits;
    const message =
      error.code === "ETIMEDOUT" ? nothing(host, answerMs) : `no connection to ${host} within ${seconds(connectMs)}`;
    return Object.assign(error, { message });
  }
}

/** As `new URL` throws it. `localhost:4566` is a URL with the protocol `localhost:`. */
const noUrl = (input: string): Error => Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input });

const reasonOf = (signal: object | undefined): unknown => signal && "reason" in signal && signal.reason;

/** Ends a body that takes too long or is too large. */
function limited(body: Readable, host: string, ms: number): Readable {
  let size = 0;
  const counted = new Transform({
    transform(piece: Buffer, _, done) {
      size += piece.length;
      if (size <= maxBodyBytes) done(null, piece);
      else done(Object.assign(new Error(`the answer of ${host} is too long`), { name: "AnswerTooLong", host }));
    },
  });
  const late = () => counted.destroy(timeout(`the answer of ${host} did not end within ${seconds(ms)}`));
  const timer = setTimeout(late, ms).unref();
  body.once("error", (error) => Object.assign(error, { host }));
  pipeline(body, counted, () => clearTimeout(timer));
  return counted;
}

const nothing = (host: string, ms: number): string => `nothing received from ${host} within ${seconds(ms)}`;

/** An error that the SDK retries because of its name. */
export const timeout = (message: string): Error => Object.assign(new Error(message), { name: "TimeoutError" });

export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
