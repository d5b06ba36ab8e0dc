/** Can the API server be reached from here, and is it the cluster's: name, connection, certificate. */
import type { ClusterNetwork } from "../aws/eks.ts";
import { EksLambdaError } from "../errors.ts";
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

/** The same error with the reason that EKS's description or the environment suggests, else its own. */
export function explained(
  error: EksLambdaError,
  { endpoint, network, environment }: { endpoint: string; network: ClusterNetwork; environment: Environment },
): EksLambdaError {
  const hints = [
    error.code === "TlsFailed" ? error.hint : whyUnreached(error, network),
    proxyHint(endpoint, environment),
  ];
  return new EksLambdaError(error.code, error.message, { hint: hints.filter(Boolean).join("\n"), cause: error });
}

function whyUnreached({ hint }: EksLambdaError, network: ClusterNetwork): string | undefined {
  if (!network.public) {
    const where = network.vpcId ?? "its VPC";
    return `the endpoint is private: it is reached from within ${where} alone, by a VPN, a bastion or a tunnel (--context, --allow-other-server)`;
  }
  if (network.publicCidrs.includes("0.0.0.0/0")) return hint;
  return `the public endpoint admits ${network.publicCidrs.join(", ")} alone: is your address in there? curl https://checkip.amazonaws.com`;
}

/** Node connects directly, whatever these variables say; only a context's `proxy-url` is honoured. */
function proxyHint(endpoint: string, environment: Environment): string | undefined {
  const name = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((variable) => environment[variable]);
  const exempt = (environment.NO_PROXY ?? environment.no_proxy ?? "").split(/[\s,]+/).filter(Boolean);
  const { hostname } = new URL(endpoint);
  if (!name || exempt.some((suffix) => suffix === "*" || hostname.endsWith(suffix.replace(/^\*/, ""))))
    return undefined;
  return `${name} is set and not used here: if the way leads through that proxy, give a context with proxy-url by --context (kubectl config set-cluster NAME --proxy-url=URL)`;
}
