/** How both halves serve: a request becomes a named call, with faults before and after it. */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { now, type Pairs, take, type World } from "./state.ts";

/** `path` is encoded as it came. */
export interface Request extends Readonly<Record<"method" | "path" | "body", string>> {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** True if the body was longer than `Half.limit`; it is empty then. */
  readonly tooLong?: boolean;
}
/** A stream is sent as it comes. */
export type Answer = { readonly status: number; readonly headers: Pairs; readonly body: string | Readable };
/** A request that is understood and not yet carried out. */
export type Call = { readonly action: string; run(): Answer | Promise<Answer> };

/** The body as JSON, none is `{}`. Throws what `refusal` makes of the parser's words. */
export function jsonOf({ body }: Request, refusal: (why: string) => Error) {
  try {
    return JSON.parse(body || "{}");
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

/** One of the two halves: AWS, or the API server. */
export interface Half {
  readonly server: Server;
  /** Bytes of a body. */
  readonly limit: number;
  understand(world: World, request: Request): Call;
}

/** Reads all of the body, and keeps none of one that is longer than the limit. */
async function bodyOf(request: IncomingMessage, limit: number) {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else pieces.length = 0;
  }
  return { body: Buffer.concat(pieces).toString(), tooLong: size > limit };
}

/** On a free port, which it returns. */
export function serve({ server, limit, understand }: Half, world: World) {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = "/", method = "GET", headers } = request;
    const [path = "/", query = ""] = url.split(/\?(.*)/s);
    const sent = { method, path, query: new URLSearchParams(query), headers, ...(await bodyOf(request, limit)) };
    const call = understand(world, sent);
    if (world.faults.latencyMs > 0) await world.clock.sleep(world.faults.latencyMs);
    const { faults } = world;
    if (faults.killAfter <= 0 || take(faults.dropRequest, call.action)) return request.socket.destroy();
    faults.killAfter--;
    const { status, headers: more, body } = await call.run();
    if (faults.killAfter <= 0 || take(faults.dropAnswer, call.action)) {
      if (typeof body !== "string") body.destroy();
      return request.socket.destroy();
    }
    const date = new Date(now(world)).toUTCString();
    if (typeof body !== "string") {
      response.writeHead(status, { date, ...more }).flushHeaders();
      return await pipeline(body, response);
    }
    return response.writeHead(status, { date, "content-length": Buffer.byteLength(body), ...more }).end(body);
  };
  // An API server keeps idle connections for minutes; Node's five seconds meet the next request of a busy machine.
  server.keepAliveTimeout = 60_000;
  // A client that goes away in the middle of its request is not to be answered.
  server.on("request", (request, response) => answer(request, response).catch(() => request.socket.destroy()));
  return new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
