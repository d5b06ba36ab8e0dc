/**
 * The public library, `eks-lambda/lambda`, for functions of one's own: a client of the cluster's API server that
 * carries neither the AWS SDK nor a Kubernetes client.
 *
 * ```js
 * import { connect } from "eks-lambda/lambda";
 * const kube = connect();
 * export const handler = () => kube.request({ path: "/api/v1/namespaces/default/pods" });
 * ```
 */
import { type ClusterAddress, clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import { createKube, type Kube } from "../core/kube/request.ts";
import { environmentConnection } from "./environment.ts";

export { type Deployment, type DeploymentOptions, deployment } from "../core/actions/deployment.ts";
export { EksLambdaError } from "../core/errors.ts";
export type { ContentType, Method } from "../core/kube/connection.ts";
export type { Answers, Kube, Request } from "../core/kube/request.ts";
export type { AwsCredentials } from "../core/kube/sigv4.ts";
export { mintToken, type Token, type TokenRequest } from "../core/kube/token.ts";
export { type Context, createHandler, type Handler, type HandlerOptions } from "./handler.ts";
export type { ClusterAddress, Environment };

/**
 * A client for the cluster in `CLUSTER_NAME`, `CLUSTER_ENDPOINT` and `CLUSTER_CA`, as the role whose credentials are
 * in the environment. Make it once, outside the handler: connection and token are kept.
 * Throws `EnvironmentIncomplete`.
 */
export function connect(environment: Environment = process.env): Kube {
  return createKube(environmentConnection(clusterFromEnvironment(environment), environment));
}
