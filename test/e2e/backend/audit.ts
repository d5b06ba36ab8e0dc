/** What was written to the cluster, from the API server's own audit log. */

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

  /** Requests by callers from outside the control plane that wrote, or tried to, since the last call. */
  async take(): Promise<readonly string[]> {
    const file = await open(this.#path);
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(size - this.#read), position: this.#read });
    await file.close();
    // A line that is being written is read the next time.
    const complete = buffer.subarray(0, buffer.lastIndexOf("\n") + 1);
    this.#read += complete.length;
    return complete
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line): AuditEvent => JSON.parse(line))
      .filter(({ user }) => !controlPlane.some((prefix) => user?.username?.startsWith(prefix)))
      .flatMap(({ verb, requestURI }) => (methods[verb] ? [`${methods[verb]} ${requestURI}`] : []));
  }
}
