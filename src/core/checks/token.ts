/** Would a token made here be accepted: its length, and this computer's clock against the server's. */
import { EksLambdaError } from "../errors.ts";
import { maxTokenLength, mintToken } from "../token.ts";
import type { Link } from "./link.ts";
import { decodeToken } from "./pasted-token.ts";

/** STS refuses what was signed more than this ahead of its time; behind, a token's 15 minutes are shortened by it. */
const maxSkewMs = 5 * 60_000;

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

/** Milliseconds by which this computer is ahead. Throws `ClockSkew`. */
export function refuseSkew(ms: number): void {
  if (Math.abs(ms) <= maxSkewMs) return;
  const relation = ms > 0 ? "ahead of" : "behind";
  throw new EksLambdaError("ClockSkew", `this computer's clock is ${seconds(ms)} ${relation} the API server's`, {
    hint: "set it by the network: timedatectl set-ntp true; tokens carry the time of their making",
  });
}

const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;
