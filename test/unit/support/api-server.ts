/** A TLS server on a free loopback port that acts as API server. Records requests and counts connections. */
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { lastWords, listenInTest } from "../../support/server.ts";

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const identity = (name: string) => ({ cert: fixture(`${name}.crt`), key: fixture(`${name}.key`) });
export const localhost = identity("localhost");
/** Its certificate is for `elsewhere.example`. */
export const elsewhere = identity("elsewhere");

/** Certificates as EKS returns them: PEM in base64. */
export const ca = localhost.cert.toString("base64");
export const otherCa = fixture("other.crt").toString("base64");

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Answer = (response: ServerResponse) => void;

export interface ApiServer {
  /** `https://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  /** Number of connections since the start. */
  connections(): number;
  /** Number of open connections. */
  open(): number;
  /** Called for each connection after its TLS handshake. */
  onSecureConnection(listener: (socket: TLSSocket) => void): void;
}

/** The n-th request gets the n-th answer; later requests get the last answer. Closes after the test. */
export const apiServer = (...answers: readonly Answer[]): Promise<ApiServer> => apiServerAs(localhost, ...answers);

export async function apiServerAs(identity: typeof localhost, ...answers: readonly Answer[]): Promise<ApiServer> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer(identity, async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    const { method = "", url: path = "", headers } = request;
    asked.push({ method, path, headers, body: text && JSON.parse(text) });
    answer?.(response);
  });
  server.on("connection", () => connections++);
  const { host, connections: open } = await listenInTest(server);
  const onSecureConnection = (listener: (socket: TLSSocket) => void) => void server.on("secureConnection", listener);
  return { endpoint: `https://${host}`, asked, connections: () => connections, open, onSecureConnection };
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

export const text =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** A Kubernetes `Status` for a failure. `NotFound` names the object. */
export const failure = (code: number, reason: string, message: string, headers?: Readonly<Record<string, string>>) => {
  const details = reason === "NotFound" && { details: { name: "a" } };
  return json(
    code,
    { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, ...details },
    headers,
  );
};

/** Closes the connection instead of answering, as on an idle timeout. */
export const hangUp: Answer = (response) => response.socket?.destroy();

/** Closes the connection in the middle of an answer. */
export const breakOff: Answer = (response) => {
  response.writeHead(201, { "content-type": "application/json", "content-length": "100" });
  lastWords(response, '{"kind":');
};

/** Begins an answer that never ends. */
export const stall: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"kind":');
};

export const silence: Answer = () => {};
