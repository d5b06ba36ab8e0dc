/**
 * Preloaded into the command with NODE_OPTIONS. After the command has read aws-auth and before it writes, it creates a
 * file in the folder HOLD and waits for the file HOLD/go.
 */
import { existsSync, writeFileSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const { open } = files;
let held = false;
files.open = async (path, flags, ...rest) => {
  // setup writes its backup between reading and writing.
  if (!held && flags === "wx" && String(path).includes("aws-auth")) {
    held = true;
    writeFileSync(join(process.env.HOLD, String(process.pid)), "");
    while (existsSync(process.env.HOLD) && !existsSync(join(process.env.HOLD, "go"))) await sleep(20);
  }
  return open(path, flags, ...rest);
};
syncBuiltinESMExports();
