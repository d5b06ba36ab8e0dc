/** For preloaded files: reports each response by the name of its request. */
import { subscribe } from "node:diagnostics_channel";
import { ClientRequest } from "node:http";

const actions = new WeakMap();

const { end } = ClientRequest.prototype;
ClientRequest.prototype.end = function (body, ...rest) {
  const action = /(?:^|&)Action=(\w+)/.exec(String(body))?.[1];
  if (action) actions.set(this, action);
  return end.call(this, body, ...rest);
};

/** Called with `PATCH /api/v1/…/configmaps/aws-auth`, or with an AWS action such as `CreateChangeSet`. */
export const onAnswer = (tell) =>
  subscribe("http.client.response.finish", ({ request }) =>
    tell(actions.get(request) ?? `${request.method} ${request.path}`),
  );
