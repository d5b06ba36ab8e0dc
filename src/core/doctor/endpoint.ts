/** Can the API server be reached from here, and is its certificate from the cluster's CA? */

import type { ClusterNetwork } from "../aws/eks.ts";
import { adviceLines, type Hint } from "../command.ts";
import { proxyFor } from "../connection/proxy.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { adviceOf } from "../function-hints.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Link } from "./link.ts";

export const endpoint: Link = {
  id: "endpoint",
  after: ["cluster"],
  async prove({ cluster, probe, environment }) {
    const { endpoint, network } = await cluster();
    try {
      await probe();
    } catch (error) {
      throw error instanceof EksLambdaError ? explained(error, { endpoint, network, environment }) : error;
    }
    return `${endpoint} answers under the cluster's CA`;
  },
};

/** Returns the error with hints from EKS's description of the network and from the environment. */
export function explained(
  error: EksLambdaError,
  { endpoint, network, environment }: { endpoint: string; network: ClusterNetwork; environment: Environment },
): EksLambdaError {
  const hint = adviceLines([
    hasCode(error, "TlsFailed", "ProxyFailed", "ProxyInvalid") ? adviceOf(error) : whyUnreached(error, network),
    error.code === "ProxyFailed" ? undefined : proxyHint(endpoint, environment),
  ]);
  return restated(error, error.message, { hint });
}

function whyUnreached(error: EksLambdaError, network: ClusterNetwork): Hint | undefined {
  if (!network.public) {
    const where = network.vpcId ?? "its VPC";
    return `the endpoint is private: connect from within ${where}, or through a VPN, a bastion or a tunnel (--context, --allow-other-server)`;
  }
  if (network.publicCidrs.includes("0.0.0.0/0")) return adviceOf(error);
  return `the public endpoint admits only ${network.publicCidrs.join(", ")}: check that your address is among them: curl https://checkip.amazonaws.com`;
}

function proxyHint(endpoint: string, environment: Environment): string | undefined {
  const server = new URL(endpoint);
  const proxy = proxyFor(server, environment);
  return (
    proxy &&
    `the connection uses the proxy ${proxy.host}: check that it admits ${server.hostname}, or bypass it: NO_PROXY=${server.hostname}`
  );
}
