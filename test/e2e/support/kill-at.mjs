/**
 * Preloaded into the command by NODE_OPTIONS: kills it after the KILL_AT-th thing that it did, an answer that came or a
 * file that it changed, and tells on stderr which that was.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";
import files from "node:fs/promises";
import { ClientRequest } from "node:http";
import { syncBuiltinESMExports } from "node:module";

let left = Number(process.env.KILL_AT);

function did(what) {
  left--;
  if (left !== 0) return;
  writeSync(2, `\nkilled after ${what}\n`);
  process.kill(process.pid, "SIGKILL");
}

const actions = new WeakMap();
const { end } = ClientRequest.prototype;
ClientRequest.prototype.end = function (body, ...rest) {
  const action = /(?:^|&)Action=(\w+)/.exec(String(body))?.[1];
  if (action) actions.set(this, action);
  return end.call(this, body, ...rest);
};
subscribe("http.client.response.finish", ({ request }) =>
  did(actions.get(request) ?? `${request.method} ${request.path}`),
);

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
