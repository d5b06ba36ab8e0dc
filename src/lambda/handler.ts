/** The Lambda handler: runs the action that an event names, over a connection that outlives the invocation. */

import type { Result } from "../core/actions/action.ts";
import { forLambda } from "../core/actions/function-error.ts";
import { actionOf } from "../core/actions/index.ts";
import { EksLambdaError } from "../core/errors.ts";
import { clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import type { Connection } from "../core/kube/connection.ts";
import { ownerVariable } from "../core/kube/owner.ts";
import { createKube, sleep } from "../core/kube/request.ts";
import { environmentConnection } from "./environment.ts";

/** The part of Lambda's context that the handler uses. */
export interface Context {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler = (event: unknown, context: Context) => Promise<Result>;

export interface HandlerOptions {
  /** `CLUSTER_*`, `AWS_REGION` and the credentials of the role, as Lambda sets them. */
  readonly environment: Environment;
  /** Replaces the connection from the environment. A local run passes the caller's. */
  readonly connection?: Connection;
  /** Receives one line of JSON for each invocation. */
  readonly log?: (line: string) => void;
}

/** Time kept for the answer and its log line, so that the handler can report a time-out itself. */
const reserveMs = 500;

/**
 * Returns a Lambda handler. Its errors have the code as `name` and the hint as the last line of the message, because
 * Lambda passes on `errorType` and `errorMessage` only.
 */
export function createHandler({ environment, connection, log }: HandlerOptions): Handler {
  let connected = connection;
  return async (event, context) => {
    // Not `performance`, which Node loads on first use: cold starts would be slower.
    const start = Date.now();
    const entry: Record<string, unknown> = { level: "INFO", requestId: context.awsRequestId };
    try {
      const { action, name, event: fields } = actionOf(event);
      entry.action = name;
      const cluster = clusterFromEnvironment(environment);
      entry.cluster = cluster.name;
      connected ??= environmentConnection(cluster, environment);
      const timing = { remainingMs: () => context.getRemainingTimeInMillis() - reserveMs, sleep };
      const result = await action.run(fields, {
        kube: createKube(connected, () => timing),
        requestId: context.awsRequestId,
        namespace: cluster.namespace,
        owner: environment[ownerVariable] || undefined,
      });
      entry.result = result;
      return result;
    } catch (error) {
      Object.assign(entry, {
        level: "ERROR",
        ...(error instanceof EksLambdaError ? fieldsOf(error) : { error: String(error) }),
      });
      throw error instanceof EksLambdaError ? forLambda(error) : error;
    } finally {
      entry.durationMs = Date.now() - start;
      log?.(JSON.stringify(entry));
    }
  };
}

const fieldsOf = ({ code, message, hint }: EksLambdaError) => ({ code, message, hint });
