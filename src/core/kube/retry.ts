/** Attempts again what another writer was faster with. */
import { hasCode } from "../errors.ts";
import { sleep } from "./request.ts";
import type { Signal } from "./signal.ts";

export interface RetryOptions {
  /** The number of attempts. Default: 5. */
  readonly most?: number | undefined;
  readonly signal?: Signal | undefined;
}

/**
 * Runs `attempt`, which reads an object, changes it and writes it. Runs it again, from the reading on, while its error is a
 * `Conflict`: another writer changed the object in between. Throws the last error, or the reason of the signal.
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T>,
  { most = 5, signal }: RetryOptions = {},
): Promise<T> {
  for (let count = 1; ; count++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (count >= most || !hasCode(error, "Conflict")) throw error;
    }
    // As client-go pauses: from 10 ms on, each longer, so that two writers do not meet again.
    await sleep(10 * 2 ** count * (0.5 + Math.random()), signal);
  }
}
