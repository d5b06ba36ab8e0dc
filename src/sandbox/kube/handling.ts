/** An authorized request, and what handles it needs. */
import type { Readable } from "node:stream";
import type { Clock } from "../clock.ts";
import type { Request } from "../request.ts";
import type { Form } from "./accept.ts";
import { asRead } from "./custom/stored.ts";
import type { Kind } from "./kinds.ts";
import type { Logs } from "./logs.ts";
import type { KubeObject } from "./object.ts";
import type { User } from "./rbac.ts";
import { notFound } from "./status.ts";
import type { Store } from "./store.ts";

export interface Handling<out T extends KubeObject = KubeObject> {
  readonly clock: Clock;
  readonly store: Store;
  readonly logs: Logs;
  /** Open watches and followed logs. */
  readonly streams: Set<Readable>;
  readonly request: Request;
  /** How the client wants objects. */
  readonly form: Form;
  /** Sent to the client, once each. */
  readonly warnings: Set<string>;
  readonly user: User;
  readonly kind: Kind<T>;
  /** Undefined for all namespaces, and for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  /** `""` for a request that names no object. */
  readonly name: string;
}

/** `status` is 200, if not given. */
export interface Result {
  readonly status?: number;
  readonly body: object | string | Readable;
  /** `application/json`, or `text/plain` for a text, if not given. */
  readonly contentType?: string;
}

/** Returns the object that the request names. Throws 404. */
export function found<T extends KubeObject>({ store, kind, namespace, name }: Handling<T>): T {
  const object = store.get(kind, namespace, name);
  if (!object) throw notFound(kind, name);
  return asRead(kind, object);
}
