/** Repeats what reads and then writes under the version that it read. */
import { hasCode } from "../errors.ts";
import { sleep } from "../kube/request.ts";

/** At most five times, if someone else changed the object in between. */
export async function onConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(hasCode(error, "Conflict") && count < 5)) throw error;
      await sleep(Math.random() * 100 * count);
    }
  }
}
