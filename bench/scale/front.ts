/** A proxy in front of the API server that answers some requests with 429. */
import { readFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { RealBackend } from "../../test/e2e/backend/index.ts";

export interface Front {
  readonly endpoint: string;
  readonly counts: { requests: number; refused: number; conflicts: number };
  close(): void;
}

/** Answers every `every`th request with 429 and `Retry-After: 1`, as the API server does under load. */
export async function startFront({ cluster, folder }: RealBackend, every: number): Promise<Front> {
  const read = (name: string) => readFile(join(folder, "certificates", name));
  const [cert, key] = await Promise.all([read("server.crt"), read("server.key")]);
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(cluster.ca, "base64") });
  const counts = { requests: 0, refused: 0, conflicts: 0 };
  const server = createServer({ cert, key }, (incoming, response) => {
    counts.requests += 1;
    if (counts.requests % every === 0) {
      counts.refused += 1;
      incoming.resume();
      response.writeHead(429, { "retry-after": "1" }).end("Too many requests, please try again later.\n");
      return;
    }
    const { method = "GET", url, headers } = incoming;
    const outgoing = request(`${cluster.endpoint}${url}`, { agent, method, headers }, (answer) => {
      if (answer.statusCode === 409) counts.conflicts += 1;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
