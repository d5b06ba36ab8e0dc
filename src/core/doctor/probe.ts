/** The API server looked at from outside: reached, by TLS under its CA, without any credentials. */
import { Agent, request } from "node:https";
import { networkError } from "../kube/errors.ts";

export interface Probe {
  readonly status: number;
  /** The server's clock, milliseconds since 1970; to the second. */
  readonly date: number | undefined;
}

const timeoutMs = 5_000;

/** Throws `DnsFailed`, `ConnectionRefused`, `Timeout`, `TlsFailed`, `ConnectionLost`. */
export function probeServer(endpoint: string, ca: string): Promise<Probe> {
  const agent = new Agent({ ca: Buffer.from(ca, "base64") });
  const url = new URL("/version", endpoint);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(networkError(error, url.host));
    const probe = request(url, { agent, timeout: timeoutMs }, (response) => {
      response.on("error", fail).resume();
      const date = Date.parse(response.headers.date ?? "");
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, date: Number.isNaN(date) ? undefined : date }),
      );
    });
    probe.on("timeout", () => probe.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    probe.on("error", fail);
    probe.end();
  });
}
