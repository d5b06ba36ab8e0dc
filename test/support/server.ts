/**
 * The servers of tests. Each ends with its test, and its connections with it. Nothing else in the tests listens or writes
 * on in a callback: `tests.grit` holds that.
 */
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";

export interface Listening {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** Open connections. */
  connections(): number;
  /** Breaks all connections. */
  cut(): void;
  /** Breaks all connections and refuses new ones. */
  stop(): Promise<void>;
}

/** Listens on a port of 127.0.0.1, a free one if none is given, until it is stopped. */
export async function listen(server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // A client may go at any time. Node destroys the socket after its error.
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  server.on("connection", keep).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `127.0.0.1:${address.port}`,
    port: address.port,
    connections: () => sockets.size,
    cut,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.off("connection", keep).close();
      cut();
      await closed;
    },
  };
}

/** Listens on a free port of 127.0.0.1 until the test is over. */
export async function listenInTest(server: Server): Promise<Listening> {
  const listening = await listen(server);
  onTestFinished(listening.stop);
  return listening;
}

/**
 * Writes the piece again and again, as fast as the other side reads, until it has gone. A callback of `write` must not do
 * that: Node calls it with the error before it destroys the stream, and answers what it writes then with the same error,
 * in a loop that never ends and fills the heap.
 */
export const pour = (stream: Writable, piece: string | Buffer): Promise<void> =>
  pipeline(function* () {
    for (;;) yield piece;
  }, stream).catch(() => {});

/** Closes the connection once the text is sent. */
export const lastWords = (response: Writable & { readonly socket: Socket | null }, text: string): void =>
  void response.write(text, () => response.socket?.destroy());
