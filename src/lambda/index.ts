/**
 * The public library, `eks-lambda/lambda`, for your own functions: a client of the cluster's API server that
 * carries neither the AWS SDK nor a Kubernetes client.
 *
 * ```js
 * import { connect } from "eks-lambda/lambda";
 * const kube = connect();
 * await kube.ready;
 * export const handler = () => kube.request({ path: "/api/v1/namespaces/default/pods" });
 * ```
 */
import { type ClusterAddress, clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import { createKube, type Kube } from "../core/kube/request.ts";
import { environmentConnection } from "./environment.ts";
import { isInitializing, warmUp } from "./warm.ts";

export { type Deployment, type DeploymentOptions, deployment } from "../core/actions/deployment.ts";
export { EksLambdaError } from "../core/errors.ts";
export type { ContentType, Method } from "../core/kube/connection.ts";
export { KubernetesError } from "../core/kube/errors.ts";
export * as methods from "../core/kube/methods.ts";
export type { Answers, Kube, Request } from "../core/kube/request.ts";
export { resource, resourceWith } from "../core/kube/resource.ts";
export type { AwsCredentials } from "../core/kube/sigv4.ts";
export { mintToken, type Token, type TokenRequest } from "../core/kube/token.ts";
export { failedContainers, finished, restartedNow, rolledOut, succeeded } from "../core/kube/workloads.ts";
export { type Context, createHandler, type Handler, type HandlerOptions } from "./handler.ts";
export type { ClusterAddress, Environment };

export interface ConnectOptions {
  /** Default: `process.env`. */
  readonly environment?: Environment;
  /** Connect while Lambda initialises the function, not with the first request. Default: `true`. */
  readonly warm?: boolean;
}

export interface ConnectedKube extends Kube {
  /**
   * Resolves when the connection is ready, at most 2 seconds after `connect`. Never rejects. An ES module waits for it
   * with `await kube.ready`; otherwise the first request waits.
   */
  readonly ready: Promise<void>;
}

/**
 * A client for the cluster in `CLUSTER_NAME`, `CLUSTER_ENDPOINT` and `CLUSTER_CA`, as the role whose credentials are in
 * the environment. Call it once, outside the handler: it keeps connection and token, and in Lambda prepares both before
 * the first invocation. Throws `EnvironmentIncomplete`.
 */
export function connect({ environment = process.env, warm = true }: ConnectOptions = {}): ConnectedKube {
  const cold = environmentConnection(clusterFromEnvironment(environment), environment);
  const isWarmed = warm && isInitializing(environment);
  const { connection, ready } = isWarmed ? warmUp(cold) : { connection: cold, ready: Promise.resolve() };
  return { ...createKube(connection), ready };
}
