/** Would the cluster accept a token from this computer? Checks its length, and the clock against the server's. */
import { refuseSkew, seconds } from "../clock.ts";
import { maxTokenLength, mintToken } from "../kube/token.ts";
import type { Link } from "./link.ts";
import { decodeToken } from "./pasted-token.ts";

export const token: Link = {
  id: "token",
  after: ["credentials", "endpoint"],
  async prove({ sts, region, cluster, probe, now }) {
    const started = now();
    const { date } = await probe();
    const skew = date === undefined ? 0 : started - date;
    refuseSkew(skew);
    const { name } = await cluster();
    const credentials = await sts.credentials();
    const { token } = mintToken({ cluster: name, region, credentials, now: new Date(started) });
    const { host, length } = decodeToken(token, new Date(started));
    return `${length} of ${maxTokenLength} characters, for ${host}, clock ${seconds(skew)} off`;
  },
};
