/** Both halves' way of serving: a request becomes a call with a name, and faults come before and behind it. */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { take } from "./faults.ts";
import { now, sleep, type World } from "./state.ts";

/** `path` is encoded as it came. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body: string };

/** A request that is understood and not yet carried out; `refuse` is for faults. */
export type Call = { readonly action: string; refuse(): Answer | undefined; run(): Answer | Promise<Answer> };

export function serve(server: Server, world: World, understand: (request: Request) => Call): Promise<number> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { faults } = world;
    const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
    const { method = "GET", headers } = request;
    const call = understand({ method, path, query: new URLSearchParams(query), headers, body: await text(request) });
    if (faults.latencyMs > 0) await sleep(faults.latencyMs);
    if (take(faults.dropRequest, call.action)) return request.socket.destroy();
    const { status, headers: more, body } = call.refuse() ?? (await call.run());
    if (take(faults.dropAnswer, call.action)) return request.socket.destroy();
    const date = new Date(now(world)).toUTCString();
    return response.writeHead(status, { date, "content-length": Buffer.byteLength(body), ...more }).end(body);
  };
  // A client that goes away in the middle of its request is not to be answered.
  server.on("request", (request, response) => answer(request, response).catch(() => request.socket.destroy()));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
