/**
 * Prepares an execution environment while Lambda initialises it. Initialisation has a whole CPU and later calls only the
 * function's share of one, so the work of a first call is done ahead of it: TLS is set up, and the API server that holds
 * the connection learns the token from STS. docs/decisions/0014-warm-up.md
 */
import type { Environment } from "../core/kube/cluster.ts";
import type { Connection } from "../core/kube/connection.ts";
import { callOf, sleep } from "../core/kube/request.ts";

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
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  const call = callOf({ path: "/version" }, new URL(connection.server));
  const ready = connection.exchange({ ...call, refused: false, timeoutMs: deadlineMs }).then(done, done);
  return {
    ready,
    connection: {
      server: connection.server,
      async exchange(call) {
        if (isDone) return connection.exchange(call);
        const start = Date.now();
        // By the clock: the timer of a request that was frozen in initialisation still has its whole time to run.
        await Promise.race([ready, sleep(Math.min(deadline - start, call.timeoutMs))]);
        return connection.exchange({ ...call, timeoutMs: call.timeoutMs - (Date.now() - start) });
      },
    },
  };
}
