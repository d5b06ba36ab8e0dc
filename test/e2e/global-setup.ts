/** Builds the parts of the real backend before the tests; each test file then starts one of its own in seconds. */

import { buildAll } from "./backend/build.ts";

export default async function setup(): Promise<void> {
  await buildAll((line) => process.stderr.write(`${line}\n`));
}
