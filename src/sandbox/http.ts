/** Serves one half of the sandbox over HTTP, with faults before and after each call. */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { type Answer, isBinary, type Request } from "./request.ts";
import { now, take, type World } from "./state.ts";

/** A parsed request, ready to run. */
export interface Call {
  /** The name by which faults select it. */
  readonly action: string;
  /** The administrator's: neither delayed nor dropped. */
  readonly byAdministrator?: boolean;
  run(): Answer | Promise<Answer>;
}

/** One of the two halves: AWS, or the API server. */
export interface Half {
  readonly server: Server;
  /** The longest body, in bytes. */
  readonly limit: number;
  parse(world: World, request: Request): Call;
}

/** Reads the whole body. Discards one that is longer than the limit. */
async function bodyOf(request: IncomingMessage, limit: number) {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else pieces.length = 0;
  }
  return { body: Buffer.concat(pieces).toString(isBinary(request) ? "latin1" : "utf8"), tooLong: size > limit };
}

export interface Serving {
  readonly port: number;
  /** Closes all connections. */
  cut(): void;
  /** Closes all connections, and accepts no others. */
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function serve({ server, limit, parse }: Half, world: World): Promise<Serving> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = "/", method = "GET", headers } = request;
    const [path = "/", query = ""] = url.split(/\?(.*)/s);
    const sent = { method, path, query: new URLSearchParams(query), headers, ...(await bodyOf(request, limit)) };
    const call = parse(world, sent);
    const { faults } = world;
    const meets = (drop: string[]) => !call.byAdministrator && take(drop, call.action);
    if (faults.latencyMs > 0 && !call.byAdministrator) await world.clock.sleep(faults.latencyMs);
    if (faults.killAfter <= 0 || meets(faults.dropRequest)) return request.socket.destroy();
    faults.killAfter--;
    const { status, headers: more, body } = await call.run();
    if (faults.killAfter <= 0 || meets(faults.dropAnswer)) {
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
  // As an API server, which keeps idle connections for minutes. Node's default of five seconds races the next request.
  server.keepAliveTimeout = 60_000;
  // A client that closes its connection early gets no answer.
  server.on("request", (request, response) => answer(request, response).catch(() => request.socket.destroy()));
  // `closeAllConnections` leaves those that have not finished their handshake. A client could use them on.
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
