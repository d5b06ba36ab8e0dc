/** An API server on which someone else writes just before one of our requests arrives. */
import { connectByToken } from "../../../src/core/kube/connection.ts";
import { createKube, type Kube } from "../../../src/core/kube/request.ts";
import type { Sandbox } from "../../../src/sandbox/index.ts";

/** The sandbox's API server with administrator rights. */
export const kubeOf = ({ cluster: { endpoint, ca }, adminToken }: Sandbox): Kube =>
  createKube(connectByToken(endpoint, ca, async () => adminToken));

/** Runs `act` before each request whose `METHOD path` and query keys match `wish`. */
export const before = (kube: Kube, wish: RegExp, act: () => Promise<unknown>): Kube => ({
  async request(request) {
    const { method = "GET", path, query = {} } = request;
    if (wish.test([method, path, ...Object.keys(query)].join(" "))) await act();
    return kube.request(request);
  },
});

/** Runs `act` before the first of these requests only. */
export function beforeFirst(kube: Kube, wish: RegExp, act: () => Promise<unknown>): Kube {
  let done = false;
  return before(kube, wish, async () => {
    if (done) return;
    done = true;
    await act();
  });
}
