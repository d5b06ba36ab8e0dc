/** Does the cluster exist in this region, and can it be used? */
import { readCluster } from "../setup/target.ts";
import type { Link } from "./link.ts";

export const cluster: Link = {
  id: "cluster",
  after: [],
  async prove({ eks, region, clusterName }) {
    const { name, status, authenticationMode } = await readCluster(eks, await clusterName(), region);
    return `${name} in ${region}, ${status}, authentication mode ${authenticationMode}`;
  },
};
