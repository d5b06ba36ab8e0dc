/** The CLI's way to the API server: `node:https`, with all that a kubeconfig can ask of it. */
import { Agent, type RequestOptions, request } from "node:https";
import type { Call, Connection, Exchange } from "../kube/request.ts";
import type { TokenSource } from "../kube/token.ts";

/** A connection with EKS's endpoint and CA (PEM in base64) and a bearer token. */
export function connectByToken(server: string, ca: string, token: TokenSource): Connection {
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, "base64") });
  return overHttps(server, async (renew) => ({ agent, headers: { authorization: `Bearer ${await token(renew)}` } }));
}

/** `options` gives agent, TLS and credentials for one request. */
export function overHttps(server: string, options: (renew: boolean) => Promise<RequestOptions>): Connection {
  return {
    server,
    async exchange(call, renew, timeoutMs) {
      const asked = await options(renew);
      // Here and not before: a cluster that is made or gone has no endpoint, and may need no request.
      const exchange = await send(new URL(server), call, asked, timeoutMs);
      if ("failure" in exchange && exchange.kept) closeKept(asked.agent);
      return exchange;
    },
  };
}

function send(base: URL, call: Call, options: RequestOptions, timeoutMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    let answering = false;
    const sent = request(
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
      resolve({ failure, kept: sent.reusedSocket && !answering });
    };
    const timer = setTimeout(
      () => sent.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: "ETIMEDOUT" })),
      Math.max(timeoutMs, 1),
    );
    sent.on("error", fail);
    sent.end(call.payload);
  });
}

function closeKept(agent: RequestOptions["agent"]): void {
  if (!(agent instanceof Agent)) return;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}
