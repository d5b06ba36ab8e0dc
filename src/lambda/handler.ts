/** The Lambda handler: runs the action that an event names, over a connection that outlives the invocation. */

import type { Result } from "../core/actions/action.ts";
import { type Allowed, defaultAllowed, needsOf } from "../core/actions/allowed.ts";
import { forLambda } from "../core/actions/function-error.ts";
import { actionOf, actions, type Chosen } from "../core/actions/index.ts";
import { fitted, shortened } from "../core/actions/limits.ts";
import { forStack, notAllowed } from "../core/actions/place.ts";
import { EksLambdaError } from "../core/errors.ts";
import { clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import type { Connection } from "../core/kube/connection.ts";
import { ownerVariable } from "../core/kube/owner.ts";
import { createKube } from "../core/kube/request.ts";
import { environmentConnection } from "./environment.ts";
import { type Context, remainingMs, timingOf } from "./invocation.ts";

/** In bytes. It can have the last lines of several containers. */
const mostOfMessage = 300_000;

export type Handler = (event: unknown, context: Context) => Promise<Result>;

export interface HandlerOptions {
  /** `CLUSTER_*`, `AWS_REGION` and the credentials of the role, as Lambda sets them. */
  readonly environment: Environment;
  /** Replaces the connection from the environment. A local run passes the caller's. */
  readonly connection?: Connection;
  /** What the function may do. Default: create Deployments in its namespace. */
  readonly allowed?: readonly Allowed[] | undefined;
  /** Receives one line of JSON for each invocation. */
  readonly log?: (line: string) => void;
  /** What to run for an event. Default: the action that it names. */
  readonly choose?: (event: unknown) => Chosen;
}

/**
 * Returns a Lambda handler. Its errors have the code as `name` and the hint as the last line of the message, because
 * Lambda passes on `errorType` and `errorMessage` only.
 */
export function createHandler(options: HandlerOptions): Handler {
  const { environment, connection, allowed = defaultAllowed, log, choose = actionOf } = options;
  let connected = connection;
  return async (event, context) => {
    // Not `performance`, which Node loads on first use: cold starts would be slower.
    const start = Date.now();
    const entry: Record<string, unknown> = { level: "INFO", requestId: context.awsRequestId };
    try {
      const { action, name, event: fields } = choose(event);
      entry.action = name;
      if (!action) throw notAllowed(allowed, { ...fields, action: name });
      const cluster = clusterFromEnvironment(environment);
      entry.cluster = cluster.name;
      connected ??= environmentConnection(cluster, environment);
      const warning = collectWarnings(connected);
      const answer = await action.run(fields, {
        action: name,
        allowed,
        needs: () => needsOf(allowed),
        kube: createKube(warning.connection, () => timingOf(context)),
        remainingMs: () => remainingMs(context),
        rollout: actions.get("status")?.rollout,
        requestId: context.awsRequestId,
        namespace: cluster.namespace,
        owner: environment[ownerVariable] || undefined,
      });
      const result = fitted(warning.texts.size > 0 ? { ...answer, warnings: [...warning.texts] } : answer);
      // The value of `get` may be a Secret.
      entry.result = { ...result, value: undefined };
      return result;
    } catch (error) {
      entry.level = "ERROR";
      if (!(error instanceof EksLambdaError)) {
        entry.error = String(error);
        throw error;
      }
      const { code } = error;
      const message = shortened(error.message, mostOfMessage);
      const hint = forStack(error.hint, environment[ownerVariable], environment.CLUSTER_NAME);
      Object.assign(entry, { code, message, hint });
      throw forLambda({ code, message, hint });
    } finally {
      entry.durationMs = Date.now() - start;
      log?.(JSON.stringify(entry));
    }
  };
}

/**
 * Collects the API server's `Warning` headers, each once.
 * Source: https://kubernetes.io/blog/2020/09/03/warnings/
 */
function collectWarnings({ server, exchange }: Connection) {
  const texts = new Set<string>();
  const connection: Connection = {
    server,
    async exchange(call) {
      const answer = await exchange(call);
      const { warning = [] } = "headers" in answer ? answer.headers : {};
      for (const [, text = ""] of String(warning).matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g))
        texts.add(text.replace(/\\(.)/g, "$1"));
      return answer;
    },
  };
  return { connection, texts };
}
