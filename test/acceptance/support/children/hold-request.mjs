/**
 * Preloaded into the command with NODE_OPTIONS. Before it sends the n-th request with the action HOLD_BEFORE, it
 * creates the file HOLD/<n> and waits for the file HOLD/<n>.go.
 */
import { existsSync, writeFileSync } from "node:fs";
import { ClientRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const { HOLD, HOLD_BEFORE } = process.env;
const { end } = ClientRequest.prototype;
let count = 0;

async function held(n) {
  writeFileSync(join(HOLD, `${n}`), "");
  while (existsSync(HOLD) && !existsSync(join(HOLD, `${n}.go`))) await sleep(20);
}

ClientRequest.prototype.end = function (body, ...rest) {
  if (!new RegExp(`(^|&)Action=${HOLD_BEFORE}(&|$)`).test(String(body))) return end.call(this, body, ...rest);
  count += 1;
  void held(count).then(() => end.call(this, body, ...rest));
  return this;
};
