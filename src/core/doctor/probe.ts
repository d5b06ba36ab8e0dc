/** Asks the API server for its status and clock, by TLS under its CA and without credentials. */
import { Agent, request } from "node:https";
import { networkError } from "../kube/errors.ts";

export interface Probe {
  readonly status: number;
  /** The server's clock, milliseconds since 1970; to the second. */
  readonly date: number | undefined;
}

/** For name, connection, handshake and the head of the answer together. */
const timeoutMs = 5_000;

/** Does not read the answer's body. Throws `DnsFailed`, `ConnectionRefused`, `Timeout`, `TlsFailed`, `ConnectionLost`. */
export function probeServer(endpoint: string, ca: string, withinMs = timeoutMs): Promise<Probe> {
  const agent = new Agent({ ca: Buffer.from(ca, "base64") });
  const url = new URL("/version", endpoint);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(networkError(error, url.host));
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
