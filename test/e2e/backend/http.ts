/** HTTP helpers for the backend's servers and clients. */

import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Server } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Sends the body and reads the whole response. */
export function exchange(outgoing: ClientRequest, body?: string | Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      bodyOf(incoming).then((answer) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: answer });
      }, reject);
    });
    outgoing.end(body);
  });
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Uint8Array;
}

export function call(port: number, path: string, { method = "POST", headers = {}, body }: Call = {}): Promise<Answer> {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const { "transfer-encoding": _, ...kept } = headers;
  const sent = { ...kept, ...length, connection: "close" };
  return exchange(request({ host: "127.0.0.1", port, path, method, headers: sent }), body);
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, "transfer-encoding": __, ...kept } = headers;
  // The answer to HEAD has the length of a body that is not sent.
  const length = response.req.method === "HEAD" ? Number(headers["content-length"] ?? 0) : body.length;
  response.writeHead(status, { ...kept, "content-length": length });
  response.end(body);
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** Listens on a free loopback port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Resolves if something listens on the port, rejects otherwise. */
export function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
