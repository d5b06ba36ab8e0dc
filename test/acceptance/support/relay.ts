/** A TCP relay in front of the API server. Tests can break its connections. */
import { connect, createServer } from "node:net";
import { listen } from "../../support/server.ts";
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
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname).on("error", () => {});
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  let listening = await listen(server);
  const { host, port } = listening;
  return {
    endpoint: `https://${host}`,
    connections: () => listening.connections(),
    cut: () => listening.cut(),
    down: () => listening.stop(),
    async up() {
      listening = await listen(server, port);
    },
    stop: () => listening.stop(),
  };
}
