/** Time, and this computer's clock against a server's: a token carries the time of its making. */
import { EksLambdaError } from "./errors.ts";

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** STS refuses what was signed more than this ahead of its time; behind, a token's 15 minutes are shortened by it. */
const maxSkewMs = 5 * 60_000;

/** Milliseconds by which this computer is ahead; `NaN`: nobody knows. Throws `ClockSkew`. */
export function refuseSkew(ms: number): void {
  if (!(Math.abs(ms) > maxSkewMs)) return;
  const relation = ms > 0 ? "ahead of" : "behind";
  throw new EksLambdaError("ClockSkew", `this computer's clock is ${seconds(ms)} ${relation} the API server's`, {
    hint: "set it by the network: timedatectl set-ntp true; tokens carry the time of their making",
  });
}

export const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;
