/** A request that is permitted, and what it is for. */
import type { Readable } from "node:stream";
import type { Request } from "../http.ts";
import type { World } from "../state.ts";
import type { Kind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";
import type { User } from "./rbac.ts";
import { notFound } from "./status.ts";
import type { Store } from "./store.ts";

export interface Handling {
  readonly world: World;
  readonly store: Store;
  readonly request: Request;
  readonly user: User;
  readonly kind: Kind;
  /** Undefined: the request is for all namespaces, or the kind is in none. */
  readonly namespace: string | undefined;
  /** Empty: the request is for all. */
  readonly name: string;
}

/** An object is answered with 200, unless there is a status. */
export interface Result {
  readonly status?: number;
  readonly body: object | string | Readable;
}

/** The object that the request names; throws 404. */
export function found({ store, kind, namespace, name }: Handling): KubeObject {
  const object = store.get(kind, namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
}
