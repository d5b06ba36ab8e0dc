/** Connects to the cluster with the region and the role's credentials, which Lambda sets in the environment. */

import { type ClusterAddress, type Environment, required } from "../core/kube/cluster.ts";
import { type Connection, connectByToken } from "../core/kube/connection.ts";
import { tokenSource } from "../core/kube/token.ts";

/**
 * Reads region and credentials for each request, because Lambda may renew them in a warm environment. A request throws
 * `EnvironmentIncomplete`.
 */
export function environmentConnection(cluster: ClusterAddress, environment: Environment): Connection {
  const token = tokenSource(() => ({
    cluster: cluster.name,
    region: required(environment, "AWS_REGION"),
    credentials: {
      accessKeyId: required(environment, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: required(environment, "AWS_SECRET_ACCESS_KEY"),
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
    now: new Date(),
  }));
  return connectByToken(cluster.endpoint, cluster.ca, token);
}
