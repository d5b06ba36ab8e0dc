/** Runs something for each object of a resource. */
import { messageOf, type Placed } from "../actions/manifests.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { sleep } from "../kube/request.ts";

/** Repeats what reads and writes, if another writer was faster, or the answer was lost. */
export async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === 10 || !hasCode(error, "Conflict", "AlreadyExists", "ConnectionLost")) throw error;
    }
    await sleep(Math.random() * 50 * count);
  }
}

/** Runs it for one object after the other. An error names its object. */
export async function each(all: readonly Placed[], run: (one: Placed) => Promise<unknown>): Promise<void> {
  for (const one of all)
    await run(one).catch((error: unknown) => {
      throw error instanceof EksLambdaError ? restated(error, messageOf(error, one)) : error;
    });
}
