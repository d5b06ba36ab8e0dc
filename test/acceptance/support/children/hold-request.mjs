/**
 * Preloaded into the command with NODE_OPTIONS. Before it sends the n-th request HOLD_BEFORE, it creates the file
 * HOLD/<n> and waits for the file HOLD/<n>.go. HOLD_BEFORE is an AWS action, or method and path: `PATCH /api/v1/…`.
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
  const isAction = new RegExp(`(^|&)Action=${HOLD_BEFORE}(&|$)`).test(String(body));
  if (!isAction && `${this.method} ${this.path}` !== HOLD_BEFORE) return end.call(this, body, ...rest);
  count += 1;
  void held(count).then(() => end.call(this, body, ...rest));
  return this;
};
