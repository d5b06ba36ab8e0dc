/**
 * Preloaded into the command by NODE_OPTIONS: it has read aws-auth and is about to write it, and waits until there is a
 * file HOLD/go. That it waits is told by a file of its own there.
 */
import { existsSync, writeFileSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const { writeFile } = files;
let held = false;
files.writeFile = async (path, ...rest) => {
  // The backup, which is kept between reading and writing.
  if (!held && String(path).includes("aws-auth")) {
    held = true;
    writeFileSync(join(process.env.HOLD, String(process.pid)), "");
    while (existsSync(process.env.HOLD) && !existsSync(join(process.env.HOLD, "go"))) await sleep(20);
  }
  return writeFile(path, ...rest);
};
syncBuiltinESMExports();
