/** The server at AWS_ENDPOINT_URL: verifies signatures, logs writes, and forwards requests to the account. */

import { createServer, type IncomingMessage } from "node:http";
import { actionOf, writes } from "./actions.ts";
import type { CustomResources } from "./custom-resources.ts";
import type { Functions } from "./functions.ts";
import { type Answer, bodyOf, call, json, listen, send } from "./http.ts";
import { refuse, refuseForbidden } from "./refusals.ts";
import { type Secrets, type Signed, verifyHeader } from "./signature.ts";

export interface AwsFront {
  readonly port: number;
  /** Actions that wrote or tried to since the last call. */
  takeWrites(): readonly string[];
  dropAnswer(action: string): void;
  /** Refuses the action to everybody, until `reset`. */
  forbid(action: string): void;
  /** Holds all requests until this work is done. */
  before(work: Promise<unknown>): void;
  reset(): void;
  close(): void;
}

export interface Behind {
  readonly secrets: Secrets;
  /** moto's port. */
  readonly account: number;
  readonly functions: Functions;
  readonly customResources: CustomResources;
}

async function signedOf(request: IncomingMessage): Promise<Signed> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  return { method: request.method ?? "GET", url, headers: request.headers, body: await bodyOf(request) };
}

export async function startAwsFront({ secrets, account, functions, customResources }: Behind): Promise<AwsFront> {
  const written: string[] = [];
  const dropped: string[] = [];
  const forbidden = new Set<string>();
  let pending: Promise<unknown> = Promise.resolve();

  /** Handles a request. `undefined` means that the connection closes without an answer. */
  async function answer(signed: Signed): Promise<Answer | undefined> {
    if (signed.url.pathname === "/_backend/custom-resource")
      return json(200, await customResources.ask(JSON.parse(signed.body?.toString() ?? "")));
    if (customResources.isAnswer(signed)) return customResources.put(signed);
    await pending;
    const verdict = await verifyHeader(signed, secrets);
    if (verdict.kind !== "ok") return refuse(verdict);
    const action = actionOf(verdict.scope.service, signed);
    if (writes(action)) written.push(action);
    if (forbidden.has(action)) return refuseForbidden(action);
    const given = (await functions.answer(action, signed)) ?? (await forward(signed));
    if (action === "sts:AssumeRole" || action === "iam:CreateAccessKey") secrets.learn(given.body.toString());
    const index = dropped.indexOf(action);
    if (index < 0) return given;
    dropped.splice(index, 1);
    return undefined;
  }

  function forward({ method, url, headers, body }: Signed): Promise<Answer> {
    const path = url.pathname + url.search;
    return call(account, path, { method, headers, ...(body?.length && { body }) });
  }

  const server = createServer((request, response) => {
    signedOf(request)
      .then(answer)
      .then(
        (given) => (given ? send(response, given) : response.destroy()),
        (error) => send(response, json(500, { message: String(error) }, { "x-amzn-errortype": "InternalFailure" })),
      );
  });
  return {
    port: await listen(server),
    takeWrites: () => written.splice(0),
    dropAnswer: (action) => void dropped.push(action),
    forbid: (action) => void forbidden.add(action),
    before: (work) => {
      pending = Promise.all([pending, work]);
    },
    reset: () => {
      written.length = 0;
      dropped.length = 0;
      forbidden.clear();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
