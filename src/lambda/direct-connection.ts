/**
 * The function's way to the API server: HTTP/1.1 over `node:tls`. Node's own client can do more than a request of JSON
 * needs, and costs a cold call a sixth of its time: docs/decisions/0009-http-by-hand.md.
 */
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Call, Connection } from "../core/kube/request.ts";
import type { TokenSource } from "../core/kube/token.ts";
import { type HttpResponse, responseReader } from "./http-response.ts";

/** A connection with EKS's endpoint and CA (PEM in base64) and a bearer token. */
export function connectDirectly(server: string, ca: string, token: TokenSource): Connection {
  const { hostname, port, host: authority } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = {
    ...{ host, port: Number(port || 443), ca: Buffer.from(ca, "base64"), ALPNProtocols: ["http/1.1"] },
    // By its name a server chooses the certificate; an address is none.
    ...(!isIP(host) && { servername: host }),
  };
  /** Sockets without a request, the latest last; the process may end with them. */
  let kept: TLSSocket[] = [];
  /** With it a handshake is shorter, when Lambda has frozen the function for longer than a connection lives. */
  let session: Buffer | undefined;

  function open(): TLSSocket {
    const socket = connect({ ...address, ...(session && { session }) });
    socket.setNoDelay(true).setKeepAlive(true, 1000);
    socket.on("session", (ticket: Buffer) => {
      session = ticket;
    });
    // Whoever waits for an answer hears of it, too.
    socket.on("error", () => {});
    socket.on("close", () => {
      kept = kept.filter((one) => one !== socket);
    });
    return socket;
  }

  return {
    server,
    async exchange(call, renew, timeoutMs) {
      // As Node's own client does: what could end the line is no path.
      if (/[^\x21-\x7e]/.test(call.path)) throw new TypeError("Request path contains unescaped characters");
      const old = kept.pop();
      const socket = old?.ref() ?? open();
      const request = async () => requestOf(call, authority, await token(renew));
      const outcome = await send(socket, request, timeoutMs);
      if (!("failure" in outcome)) {
        if (outcome.reusable && !socket.destroyed) kept.push(socket.unref());
        else socket.destroy();
        return outcome;
      }
      socket.destroy();
      const isStale = old !== undefined && !outcome.heard;
      if (isStale) for (const one of kept.splice(0)) one.destroy();
      return { failure: outcome.failure, kept: isStale };
    },
  };
}

function requestOf({ method, path, payload, contentType }: Call, authority: string, bearer: string): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${authority}`,
    `authorization: Bearer ${bearer}`,
    "accept: application/json",
    ...(payload === undefined ? [] : [`content-type: ${contentType}`, `content-length: ${Buffer.byteLength(payload)}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${payload ?? ""}`;
}

/** `heard`: something came of an answer. */
type Outcome = HttpResponse | { readonly failure: NodeJS.ErrnoException; readonly heard: boolean };

/**
 * On a new connection the request is made, its token minted, while the server answers the first message of the handshake.
 * Throws what `request` throws.
 */
function send(socket: TLSSocket, request: () => Promise<string>, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const reader = responseReader();
    let heard = false;
    const finish = () => {
      clearTimeout(timer);
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    };
    const begin = () =>
      request().then(
        (text) => socket.write(text),
        (error) => {
          finish();
          socket.destroy();
          reject(error);
        },
      );
    const settle = (outcome: Outcome) => {
      finish();
      resolve(outcome);
    };
    const fail = (failure: NodeJS.ErrnoException) => settle({ failure, heard });
    const settleIf = (read: () => HttpResponse | undefined) => {
      try {
        const response = read();
        if (response) settle(response);
      } catch (error) {
        fail(error as Error);
      }
    };
    const listeners = {
      connect: begin,
      data: (bytes: Buffer) => {
        heard = true;
        settleIf(() => reader.read(bytes));
      },
      end: () => settleIf(() => reader.end()),
      error: fail,
      close: () => fail(withCode("ECONNRESET", "the server closed the connection")),
    };
    const timer = setTimeout(
      () => fail(withCode("ETIMEDOUT", `no answer within ${timeoutMs} ms`)),
      Math.max(timeoutMs, 1),
    );
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    // It may have failed before anybody listened.
    if (socket.destroyed) fail(socket.errored ?? withCode("ECONNRESET", "the connection was closed"));
    else if (!socket.connecting) begin();
  });
}

const withCode = (code: string, message: string): NodeJS.ErrnoException => Object.assign(new Error(message), { code });
