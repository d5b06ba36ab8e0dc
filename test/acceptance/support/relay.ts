/** A TCP relay in front of the API server. Tests can break its connections. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Backend } from "../backend.ts";

export interface Relay {
  /** `https://127.0.0.1:PORT`. The server's certificate is valid for it. */
  readonly endpoint: string;
  /** Open connections. */
  connections(): number;
  /** Breaks all connections. */
  cut(): void;
  /** Breaks all connections and refuses new ones, like a server that is down. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

export async function relayTo({ cluster }: Backend): Promise<Relay> {
  const target = new URL(cluster.endpoint);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    const upstream = keep(connect(Number(target.port), target.hostname));
    keep(client).pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const down = async () => {
    const closed = once(server, "close");
    server.close();
    cut();
    await closed;
  };
  const port = await listen(0);
  return {
    endpoint: `https://127.0.0.1:${port}`,
    connections: () => sockets.size / 2,
    cut,
    down,
    up: async () => void (await listen(port)),
    async stop() {
      if (server.listening) await down();
    },
  };
}
