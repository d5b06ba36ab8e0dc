/** Are there AWS credentials, and whose are they? */
import type { Link } from "./link.ts";

export const credentials: Link = {
  id: "credentials",
  after: [],
  async prove({ sts }) {
    const { arn, account } = await sts.identity();
    return `${arn}, account ${account}`;
  },
};
