/** The embedded sandbox. In the package, it is the copy that the command uses: see scripts/build.mjs. */
import { startSandbox } from "../sandbox/index.ts";

export const startEmbedded = startSandbox;
export type Embedded = Awaited<ReturnType<typeof startSandbox>>;
