/** How an invocation ended. */

/** The error that the handler threw, as Lambda reports it: `name` is its `errorType`, `message` its `errorMessage`. */
export class FunctionError extends Error {
  /** The log of the invocation. */
  readonly log: string;

  constructor(name: string, message: string, { stack, log }: { readonly stack: string; readonly log: string }) {
    super(message);
    this.name = name;
    this.log = log;
    if (stack) this.stack = stack;
  }
}

export interface Ended {
  readonly failed: boolean;
  /** JSON. */
  readonly payload: string;
  readonly log: string;
}

/** As Lambda reports it. */
interface Thrown {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** Returns what the handler returned. Throws `FunctionError`. */
export function resultOf({ failed, payload, log }: Ended): unknown {
  const value: unknown = JSON.parse(payload);
  if (!failed) return value;
  const { errorType, errorMessage, trace = [] } = value as Thrown;
  throw new FunctionError(errorType, errorMessage, { stack: trace.join("\n"), log });
}
