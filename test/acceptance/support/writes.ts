/** Requests that wrote something since the last call. */
import type { World } from "./world.ts";

/** Leaves out access reviews and requests with `dryRun=All`: the API server stores neither. */
const keepsNothing = /^POST \S+\/(self)?subject(access|rules)?reviews(\?.*)?$|[?&]dryRun=All\b/;

export async function writesOf({ backend }: World): Promise<readonly string[]> {
  const writes = await backend.writes();
  return writes.filter(({ action }) => !keepsNothing.test(action)).map(({ to, action }) => `${to} ${action}`);
}
