/** The typed client, as a function connects it: from variables of its environment. */
import { type ConnectOptions, connect, type Kube } from "eks-lambda/lambda";
import type { Backend, Credentials } from "../backend.ts";
import { credentialsOf } from "../support/names.ts";

interface Connecting extends Pick<ConnectOptions, "onWarning"> {
  /** Those of the cluster's administrator, if not given. */
  readonly credentials?: Credentials;
  /** The cluster's own, if not given. */
  readonly endpoint?: string;
}

export const connectTo = (backend: Backend, connecting: Connecting = {}): Kube =>
  connect({ environment: environmentOf(backend, connecting), onWarning: connecting.onWarning });

/** The variables of a function's environment. */
export function environmentOf(backend: Backend, { credentials, endpoint }: Connecting = {}) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? credentialsOf(backend);
  return {
    CLUSTER_NAME: backend.cluster.name,
    CLUSTER_ENDPOINT: endpoint ?? backend.cluster.endpoint,
    CLUSTER_CA: backend.cluster.ca,
    AWS_REGION: backend.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}
