/**
 * Prepares an execution environment while Lambda initialises it. Initialisation has a whole CPU and later calls only the
 * function's share of one, so the work of a first call is done ahead of it: TLS is set up, and the API server that holds
 * the connection learns the token from STS. docs/decisions/0014-warm-up.md
 */
import type { Environment } from "../core/kube/cluster.ts";
import type { Call, Connection } from "../core/kube/connection.ts";

export interface Warmed {
  /** Waits for the warm-up before its first request, at most until the deadline or the request's own. */
  readonly connection: Connection;
  /** Resolves when the warm-up is done, failed, or took too long; never rejects. */
  readonly ready: Promise<void>;
}

/** An API server that cannot be reached costs no initialisation more than this. */
const deadlineMs = 2_000;

/** Not before a snapshot, which would keep the connection and the token. */
const initializationTypes: readonly unknown[] = ["on-demand", "provisioned-concurrency"];

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
export const isInitializing = (environment: Environment): boolean =>
  initializationTypes.includes(environment.AWS_LAMBDA_INITIALIZATION_TYPE);

/**
 * Sends one authenticated request, whose answer does not matter: a refusal, a failure or a credential that is missing shows
 * again in the first call, which explains it.
 */
export function warmUp(connection: Connection): Warmed {
  const deadline = Date.now() + deadlineMs;
  const end = new AbortController();
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  const ready = connection.exchange(versionRequest(connection, end.signal)).then(done, done);
  /** Returns the milliseconds that it took. A timer of the initialisation may have been frozen with it, so not that one. */
  async function waited(limitMs: number): Promise<number> {
    const start = Date.now();
    const timer = setTimeout(() => end.abort(), Math.min(deadline - start, limitMs));
    await ready;
    clearTimeout(timer);
    return Date.now() - start;
  }
  return {
    ready,
    connection: {
      server: connection.server,
      async exchange(call) {
        if (isDone) return connection.exchange(call);
        return connection.exchange({ ...call, timeoutMs: call.timeoutMs - (await waited(call.timeoutMs)) });
      },
    },
  };
}

const versionRequest = ({ server }: Connection, signal: AbortSignal): Call => ({
  method: "GET",
  path: `${new URL(server).pathname.replace(/\/$/, "")}/version`,
  payload: undefined,
  contentType: "application/json",
  accept: "application/json",
  stream: false,
  timeoutMs: deadlineMs,
  refused: false,
  signal,
});
