/** Can the API server be reached from here, and is it the cluster's: name, connection, certificate. */
import type { ClusterNetwork } from "../aws/eks.ts";
import { EksLambdaError } from "../errors.ts";
import type { Link } from "./link.ts";

export const endpoint: Link = {
  id: "endpoint",
  after: ["cluster"],
  async prove({ target, eks, clusterName, probe }) {
    const { cluster } = await target();
    try {
      await probe();
    } catch (error) {
      const network = (await eks.cluster(await clusterName()))?.network;
      throw network && error instanceof EksLambdaError ? explained(error, network) : error;
    }
    return `${cluster.endpoint} answers under the cluster's CA`;
  },
};

/** Why an endpoint that exists is not reached. */
function explained(error: EksLambdaError, network: ClusterNetwork): EksLambdaError {
  if (error.code === "TlsFailed") return error;
  const hint = !network.public
    ? `the endpoint is private: it is reached from within ${network.vpcId ?? "its VPC"} alone, by a VPN, a bastion or a tunnel (--context, --allow-other-server)`
    : network.publicCidrs.includes("0.0.0.0/0")
      ? error.hint
      : `the public endpoint admits ${network.publicCidrs.join(", ")} alone: is your address in there? https://checkip.amazonaws.com tells it`;
  return new EksLambdaError(error.code, error.message, { hint, cause: error });
}
