/** The calls of an AWS service. */
import type { Data, Key } from "../model.ts";
import type { Request } from "../request.ts";
import type { World } from "../state.ts";

export interface Context {
  readonly world: World;
  readonly caller: Key;
  readonly request: Request;
}

/** By `service:Action`. Returns data, which is encoded for the service's protocol, or a complete `Answer`. */
export type Operations = Readonly<Record<string, (input: Data, context: Context) => unknown>>;
