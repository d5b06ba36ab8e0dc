/** What was written since the last question. */
import type { World } from "./world.ts";

/** Reviews answer a question, and `dryRun=All` is a rehearsal: the API server keeps nothing of either. */
const keepsNothing = /^POST \S+\/(self)?subject(access|rules)?reviews(\?.*)?$|[?&]dryRun=All\b/;

export async function writesOf({ backend }: World): Promise<readonly string[]> {
  const writes = await backend.writes();
  return writes.filter(({ action }) => !keepsNothing.test(action)).map(({ to, action }) => `${to} ${action}`);
}
