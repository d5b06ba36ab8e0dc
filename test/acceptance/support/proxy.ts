/** A proxy in front of a backend. Its hosts are reachable through the proxy only. */
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request as requestByHttp } from "node:http";
import { createServer as createTlsServer, request as requestByTls } from "node:https";
import { connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { type Listening, listen } from "../../support/server.ts";
import type { World } from "./world.ts";

/** Host names that do not resolve. */
export const awsHost = "aws.eks.test";
export const apiHost = "api.eks.test";

export interface Proxied {
  /** The proxy's address, `127.0.0.1:PORT`. */
  readonly address: string;
  /** Requested hosts, without duplicates. */
  readonly asked: Set<string>;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface ProxyOptions {
  /** `user:password` that the proxy requires. */
  readonly login?: string;
}

/** Gives AWS and the API server host names that work through the proxy only; `env` has them. */
export async function behindProxy({ backend, home, names }: World, { login }: ProxyOptions = {}): Promise<Proxied> {
  const generated = (name: string, more: object) =>
    generate([{ name: "commonName", value: name }], { keyType: "ec", algorithm: "sha256", ...more });
  const ca = await generated("proxied", { extensions: [{ name: "basicConstraints", cA: true }] });
  const certified = (name: string) =>
    generated(name, {
      ca: { cert: ca.cert, key: ca.private },
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
    });
  const servers: Listening[] = [];
  const started = async (server: Server) => {
    const listening = await listen(server);
    servers.push(listening);
    return listening.port;
  };
  const front = async (name: string, target: string) => {
    const { cert, private: key } = await certified(name);
    return started(
      createTlsServer({ cert, key }, (incoming, response) => {
        const forwarded = forward(incoming, target, backend.cluster.ca);
        forwarded.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers)));
        forwarded.on("error", () => response.destroy());
        incoming.pipe(forwarded);
      }),
    );
  };
  const ports: Readonly<Record<string, number>> = {
    [awsHost]: await front(awsHost, backend.env.AWS_ENDPOINT_URL ?? ""),
    [apiHost]: await front(apiHost, backend.cluster.endpoint),
  };
  const asked = new Set<string>();
  const proxy = createServer().on("connect", ({ url = "", headers }: IncomingMessage, socket: Socket) => {
    const [host = ""] = url.split(":");
    const expected = login && `Basic ${Buffer.from(login).toString("base64")}`;
    socket.on("error", () => socket.destroy());
    if (expected && headers["proxy-authorization"] !== expected)
      return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    asked.add(host);
    const port = ports[host];
    if (port === undefined) return socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const target = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
    target.on("error", () => socket.destroy());
    return socket.pipe(target).pipe(socket);
  });
  const address = `127.0.0.1:${await started(proxy)}`;
  await backend.describe(names.cluster, { endpoint: `https://${apiHost}`, ca: btoa(ca.cert) });
  const file = join(home, "proxied-ca.pem");
  await writeFile(file, ca.cert);
  return {
    ...{ address, asked },
    env: {
      AWS_ENDPOINT_URL: `https://${awsHost}`,
      HTTPS_PROXY: `http://${login ? `${login}@` : ""}${address}`,
      NODE_EXTRA_CA_CERTS: file,
    },
    async stop() {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/** Keeps the requested host, because the signature covers it. */
function forward({ url, method = "GET", headers }: IncomingMessage, target: string, ca: string) {
  const { hostname, port, protocol } = new URL(target);
  const options = { hostname, port, path: url, method, headers };
  return protocol === "http:"
    ? requestByHttp(options)
    : requestByTls({ ...options, ca: Buffer.from(ca, "base64"), servername: "localhost" });
}
