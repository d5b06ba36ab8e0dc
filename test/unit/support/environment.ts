/** The environment of a function whose cluster is a test server. */
import { type ApiServer, ca } from "./api-server.ts";

export const environmentOf = ({ endpoint }: Pick<ApiServer, "endpoint">) => ({
  CLUSTER_NAME: "demo",
  CLUSTER_ENDPOINT: endpoint,
  CLUSTER_CA: ca,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "the-secret",
  AWS_SESSION_TOKEN: "the-session",
});
