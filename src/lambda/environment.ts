/** Connects to the cluster with the region and the role's credentials, which Lambda sets in the environment. */

import { type ClusterAddress, type Environment, required } from "../core/kube/cluster.ts";
import { type Connection, connectByToken } from "../core/kube/connection.ts";
import type { AwsCredentials } from "../core/kube/sigv4.ts";
import { type TokenUse, tokenSource } from "../core/kube/token.ts";

export interface Identity {
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** Throws `EnvironmentIncomplete`. */
export const credentialsIn = (environment: Environment): AwsCredentials => ({
  accessKeyId: required(environment, "AWS_ACCESS_KEY_ID"),
  secretAccessKey: required(environment, "AWS_SECRET_ACCESS_KEY"),
  sessionToken: environment.AWS_SESSION_TOKEN,
});

/** `identity` is called for each request. */
export const connectionAs = (
  { name, endpoint, ca }: Omit<ClusterAddress, "namespace">,
  identity: (use: TokenUse) => Promise<Identity>,
): Connection =>
  connectByToken(
    endpoint,
    ca,
    tokenSource(async (use) => ({ cluster: name, ...(await identity(use)), now: new Date() })),
  );

/**
 * Reads region and credentials for each request, because Lambda may renew them in a warm environment. A request throws
 * `EnvironmentIncomplete`.
 */
export const environmentConnection = (cluster: ClusterAddress, environment: Environment): Connection =>
  connectionAs(cluster, async () => ({
    region: required(environment, "AWS_REGION"),
    credentials: credentialsIn(environment),
  }));
