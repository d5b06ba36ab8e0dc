/** An API server, a proxy and a SOCKS proxy that tell what credentials and TLS options a client uses. */
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import { type Listening, listen } from "../../support/server.ts";
import { test as base } from "./world.ts";

/** The first request of a command. */
export interface Seen {
  readonly authorization?: string;
  readonly impersonate?: string;
  /** The common name of the client's certificate. */
  readonly certificate?: string;
  readonly servername?: string;
  readonly proxy?: string;
}

const generated = (name: string) =>
  generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "api.test" }] }],
  });

/** Every request is answered with 403. */
export async function startWitness() {
  const { cert, private: key } = await generated("server");
  const client = await generated("ada");
  const servers: Listening[] = [];
  const started = async (server: Server): Promise<number> => {
    const listening = await listen(server);
    servers.push(listening);
    return listening.port;
  };
  let seen: Seen[] = [];
  let proxy: string | undefined;
  const answer = ({ headers, socket }: IncomingMessage): Seen => {
    const { subject } = (socket as TLSSocket).getPeerCertificate();
    const { servername } = socket as TLSSocket & { readonly servername: string | false };
    return {
      ...(headers.authorization && { authorization: headers.authorization }),
      ...(headers["impersonate-user"] && { impersonate: String(headers["impersonate-user"]) }),
      ...(subject && { certificate: String(subject.CN) }),
      ...(servername && { servername }),
      ...(proxy && { proxy }),
    };
  };
  const port = await started(
    createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
      seen.push(answer(incoming));
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 403, reason: "Forbidden" };
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(status));
    }),
  );
  const through = (name: string, socket: Socket, reply: string | Buffer): void => {
    proxy = name;
    const target = connect(port, "127.0.0.1", () => socket.write(reply));
    for (const one of [socket, target]) one.on("error", () => one.destroy());
    socket.pipe(target).pipe(socket);
  };
  const byConnect = await started(
    createHttpServer().on("connect", (_: IncomingMessage, socket: Socket) =>
      through("http", socket, "HTTP/1.1 200 Connection Established\r\n\r\n"),
    ),
  );
  const bySocks = await started(
    // A greeting and a request; source: RFC 1928.
    createTcpServer((socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from([5, 0]));
        socket.once("data", () => through("socks5", socket, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    }),
  );
  return {
    ca: cert,
    client,
    url: `https://127.0.0.1:${port}`,
    proxies: { http: `http://127.0.0.1:${byConnect}`, socks5: `socks5://127.0.0.1:${bySocks}` },
    /** What was seen since the last call. */
    take(): Seen | undefined {
      const [first] = seen;
      seen = [];
      proxy = undefined;
      return first;
    },
    async stop(): Promise<void> {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/** With one for the whole file, and what starts another. */
export const test = base
  .extend("startServer", { scope: "file" }, () => startWitness)
  .extend("server", { scope: "file" }, async ({ startServer }, { onCleanup }) => {
    const server = await startServer();
    onCleanup(server.stop);
    return server;
  });
