/** Reads the API server's status and clock, over TLS with the cluster's CA and without credentials. */
import { Agent, request } from "node:https";
import { ProxyAgent, type ProxyChoice, proxyFailure } from "../connection/proxy.ts";
import { networkError } from "../kube/errors.ts";

export interface Probe {
  readonly status: number;
  /** The server's clock, milliseconds since 1970; to the second. */
  readonly date: number | undefined;
}

/** For name resolution, connection, handshake and response headers together. */
const timeoutMs = 5_000;

interface ProbeOptions {
  readonly proxy?: ProxyChoice;
  readonly withinMs?: number;
}

/**
 * Does not read the answer's body. Throws `DnsFailed`, `ConnectionRefused`, `Timeout`, `TlsFailed`, `ConnectionLost`,
 * `ProxyFailed`.
 */
export function probeServer(endpoint: string, ca: string, options: ProbeOptions = {}): Promise<Probe> {
  const { proxy: proxyFor, withinMs = timeoutMs } = options;
  const url = new URL("/version", endpoint);
  const proxy = proxyFor?.(url);
  const trusted = Buffer.from(ca, "base64");
  const agent = proxy ? new ProxyAgent(proxy, { ca: trusted }) : new Agent({ ca: trusted, rejectUnauthorized: true });
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(proxyFailure(error, url.host) ?? networkError(error, url.host));
    const probe = request(url, { agent }, (response) => {
      const date = Date.parse(response.headers.date ?? "");
      resolve({ status: response.statusCode ?? 0, date: Number.isNaN(date) ? undefined : date });
      response.on("error", () => {});
      probe.destroy();
    });
    const late = Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
    const timer = setTimeout(() => probe.destroy(late), withinMs);
    probe.on("error", fail);
    probe.on("close", () => clearTimeout(timer));
    probe.end();
  });
}
