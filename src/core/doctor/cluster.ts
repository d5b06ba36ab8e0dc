/** Does the cluster exist in this region, and can it be used? */
import type { Link } from "./link.ts";

export const cluster: Link = {
  id: "cluster",
  after: [],
  async prove({ region, cluster }) {
    const { name, status, authenticationMode } = await cluster();
    return `${name} in ${region}, ${status}, authentication mode ${authenticationMode}`;
  },
};
