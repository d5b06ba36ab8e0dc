/**
 * A test file ends what it starts. Otherwise it runs on beside the next files of its worker, and what never ends fills the
 * memory while another file is blamed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { aroundAll } from "vitest";
import { aliveSince } from "./alive.ts";

/** Connections and children take a moment to end. */
const graceMs = 20_000;

const left = aliveSince();

// Around the hooks of the file and its fixtures, too.
aroundAll(async (runFile) => {
  await runFile();
  for (const end = Date.now() + graceMs; left() && Date.now() < end; ) await sleep(5);
  if (left()) throw new Error(`this file left running: ${left()}`);
});
