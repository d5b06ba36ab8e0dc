/** Reads writes to the cluster from the API server's audit log. */

import { open } from "node:fs/promises";
import { ownUsers } from "./certificates.ts";

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user?: { readonly username?: string };
}

const methods: Readonly<Record<string, string>> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};

const controlPlane = ["system:kube-", "system:serviceaccount:", "system:apiserver", "system:node", ownUsers];

export class AuditLog {
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Requests that wrote or tried to since the last call, except those of the control plane. */
  async take(): Promise<readonly string[]> {
    const { events, size } = await this.#events(this.#read);
    this.#read += size;
    return events
      .filter(({ user }) => !controlPlane.some((prefix) => user?.username?.startsWith(prefix)))
      .flatMap(({ verb, requestURI }) => (methods[verb] ? [`${methods[verb]} ${requestURI}`] : []));
  }

  /** All requests of a user since the start, as `VERB URI` with RBAC's verbs. */
  async of(username: string): Promise<readonly string[]> {
    const { events } = await this.#events(0);
    return events
      .filter(({ user }) => user?.username === username)
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  }

  async #events(start: number): Promise<{ readonly events: readonly AuditEvent[]; readonly size: number }> {
    const file = await open(this.#path);
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    await file.close();
    // An incomplete line is read next time.
    const complete = buffer.subarray(0, buffer.lastIndexOf("\n") + 1);
    const lines = complete.toString().split("\n");
    const events = lines.filter((line) => line !== "").map((line): AuditEvent => JSON.parse(line));
    return { events, size: complete.length };
  }
}
