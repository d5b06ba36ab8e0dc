/** Would a token made here be accepted: its length, and this computer's clock against the server's. */
import { EksLambdaError } from "../errors.ts";
import { mintToken } from "../token.ts";
import type { Link } from "./link.ts";

/** STS refuses what was signed more than this ahead of its time; behind, a token's 15 minutes are shortened by it. */
const maxSkewMs = 5 * 60_000;

export const token: Link = {
  id: "token",
  after: ["credentials", "endpoint"],
  async prove({ sts, region, clusterName, probe, now }) {
    const started = now();
    const { date } = await probe();
    const skew = date === undefined ? 0 : started - date;
    if (Math.abs(skew) > maxSkewMs) {
      throw new EksLambdaError(
        "ClockSkew",
        `this computer's clock is ${seconds(skew)} ${skew > 0 ? "ahead of" : "behind"} the API server's`,
        {
          hint: "set it by the network: timedatectl set-ntp true; tokens carry the time of their making",
        },
      );
    }
    const { token } = mintToken({
      cluster: await clusterName(),
      region,
      credentials: await sts.credentials(),
      now: new Date(started),
    });
    return `${token.length} of 4096 characters, clock ${seconds(skew)} off`;
  },
};

const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;
