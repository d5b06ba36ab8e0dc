/**
 * Preloaded into the command with NODE_OPTIONS. Kills the process after its KILL_AT-th effect, the answer to a request
 * that may write, or a changed file, and names that effect on stderr. What it has read since goes with the process: the
 * world is the same after each of the reads that follow.
 */
import { writeSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { onAnswer } from "../../acceptance/support/children/answers.mjs";

let left = Number(process.env.KILL_AT);

function did(what) {
  left--;
  if (left !== 0) return;
  writeSync(2, `\nkilled after ${what}\n`);
  process.kill(process.pid, "SIGKILL");
}

const reads = /^(GET|HEAD) |^(Describe|Get|List)[A-Z]|^POST \S+accessreviews$/;
onAnswer((request) => {
  if (!reads.test(request)) did(request);
});

function told(of, name) {
  const original = of[name];
  of[name] = async function (...args) {
    const result = await original.apply(this, args);
    did(name);
    return result;
  };
}
for (const name of ["mkdir", "rename", "rm", "symlink", "writeFile"]) told(files, name);
const { open } = files;
files.open = async (...args) => {
  const file = await open(...args);
  for (const name of ["writeFile", "sync"]) told(file, name);
  did("open");
  return file;
};
syncBuiltinESMExports();
