/**
 * Preloaded into the command by NODE_OPTIONS: kills it when the answer to a certain request has come. Which one is a
 * pattern in KILL_AFTER, for `PATCH /api/v1/…/configmaps/aws-auth` and, of CloudFormation, `CreateChangeSet`.
 */
import { subscribe } from "node:diagnostics_channel";
import { ClientRequest } from "node:http";

const pattern = new RegExp(process.env.KILL_AFTER);
const actions = new WeakMap();

const { end } = ClientRequest.prototype;
ClientRequest.prototype.end = function (body, ...rest) {
  const action = /(?:^|&)Action=(\w+)/.exec(String(body))?.[1];
  if (action) actions.set(this, action);
  return end.call(this, body, ...rest);
};

subscribe("http.client.response.finish", ({ request }) => {
  if (pattern.test(actions.get(request) ?? `${request.method} ${request.path}`)) process.kill(process.pid, "SIGKILL");
});
