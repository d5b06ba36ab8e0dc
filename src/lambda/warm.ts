/**
 * Prepares the execution environment while Lambda initialises it. Initialisation has a full CPU, invocations only the
 * function's share of one. So the work of the first invocation happens before it: the TLS handshake, and the API
 * server's check of the token with STS. docs/decisions/0014-warm-up.md
 */
import type { Environment } from "../core/kube/cluster.ts";
import type { Connection } from "../core/kube/connection.ts";
import { callOf, sleep } from "../core/kube/request.ts";

export interface Warmed {
  /** Its first requests wait for the warm-up, at most until its deadline or their own. */
  readonly connection: Connection;
  /** Resolves when the warm-up is done, failed, or took too long; never rejects. */
  readonly ready: Promise<void>;
}

/** The longest time for which an unreachable API server delays initialisation. */
const deadlineMs = 2_000;

/** Not `snap-start`: the snapshot would contain the connection and the token. */
const initializationTypes: readonly unknown[] = ["on-demand", "provisioned-concurrency"];

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
export const isInitializing = (environment: Environment): boolean =>
  initializationTypes.includes(environment.AWS_LAMBDA_INITIALIZATION_TYPE);

/**
 * Sends one authenticated request and ignores its outcome: the first invocation meets the same problem and explains it.
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
        await Promise.race([ready, sleep(Math.min(deadline - start, call.timeoutMs), call.signal)]);
        return connection.exchange({ ...call, timeoutMs: call.timeoutMs - (Date.now() - start) });
      },
    },
  };
}
