/**
 * A CONNECT proxy between the authenticator and STS, because the authenticator calls AWS hosts only. The proxy
 * terminates TLS, verifies the signature of the presigned URL and asks the account for the caller's identity.
 */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, call, json, listen, send } from "./http.ts";
import { stsJsonError } from "./refusals.ts";
import { type Secrets, verifyPresigned } from "./signature.ts";

export interface StsProxy {
  readonly port: number;
  /** Delays all further answers by this many milliseconds. */
  delay(ms: number): void;
  close(): void;
}

/** Returns the identity that a presigned `GetCallerIdentity` proves. */
async function identify(request: IncomingMessage, secrets: Secrets, account: number): Promise<Answer> {
  const url = new URL(request.url ?? "/", `https://${request.headers.host}`);
  const verdict = await verifyPresigned({ method: request.method ?? "GET", url, headers: request.headers }, secrets);
  if (verdict.kind !== "ok") return stsJsonError(verdict);
  // STS refuses credentials scoped to another service or Region.
  const region = /^sts(?:-fips)?\.([\w-]+)\.(?:amazonaws\.com|api\.)/.exec(url.hostname)?.[1] ?? "us-east-1";
  const { scope } = verdict;
  if (scope.service !== "sts" || scope.region !== region) return stsJsonError({ kind: "mismatch", scope });
  const session = secrets.session(scope.accessKeyId);
  // The authenticator waits for 10 seconds, which is little for the account when hundreds of sessions ask at once.
  if (session) return identity({ Account: session.arn.split(":")[4], Arn: session.arn, UserId: session.userId });
  const credential = url.searchParams.get("X-Amz-Credential");
  const answer = await call(account, "/", {
    headers: {
      host: "sts.amazonaws.com",
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=verified`,
      "x-amz-security-token": url.searchParams.get("X-Amz-Security-Token") ?? "",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  const xml = answer.body.toString();
  const value = (name: string) => xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];
  const [Account, Arn, UserId] = ["Account", "Arn", "UserId"].map(value);
  return identity({ Account, Arn, UserId }, answer.status);
}

function identity(GetCallerIdentityResult: object, status = 200): Answer {
  const ResponseMetadata = { RequestId: randomUUID() };
  return json(status, { GetCallerIdentityResponse: { GetCallerIdentityResult, ResponseMetadata } });
}

export async function startStsProxy(
  tls: { readonly cert: string; readonly key: string },
  secrets: Secrets,
  account: number,
): Promise<StsProxy> {
  let delayMs = 0;
  const sts = createTlsServer(tls, (request, response) => {
    Promise.all([identify(request, secrets, account), delayMs && sleep(delayMs)]).then(
      ([answer]) => send(response, answer),
      (error) => send(response, json(500, { Error: { Code: "InternalFailure", Message: String(error) } })),
    );
  });
  const tunnels = new Set<Duplex>();
  const proxy = createServer().on("connect", (_request, socket: Duplex) => {
    tunnels.add(socket.once("close", () => tunnels.delete(socket)).on("error", () => socket.destroy()));
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    sts.emit("connection", socket);
  });
  const port = await listen(proxy);
  const close = () => {
    proxy.close();
    for (const socket of tunnels) socket.destroy();
  };
  const delay = (ms: number) => {
    delayMs = ms;
  };
  return { port, delay, close };
}
