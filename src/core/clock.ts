/**
 * Time, and the difference between this computer's clock and a server's. Tokens contain the time of their signature.
 */
import { EksLambdaError } from "./errors.ts";

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** STS refuses signatures from further in the future. A slow clock shortens a token's 15 minutes. */
const maxSkewMs = 5 * 60_000;

/** `ms`: how far this computer is ahead; `NaN` if unknown. Throws `ClockSkew`. */
export function refuseSkew(ms: number): void {
  if (!(Math.abs(ms) > maxSkewMs)) return;
  const relation = ms > 0 ? "ahead of" : "behind";
  throw new EksLambdaError("ClockSkew", `this computer's clock is ${seconds(ms)} ${relation} the API server's`, {
    hint: "synchronize it: timedatectl set-ntp true; a token carries the time of its signature",
  });
}

export const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;
