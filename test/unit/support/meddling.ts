/** An API server that someone else writes to, just before one of our own requests reaches it. */
import { connectByToken } from "../../../src/core/kube/connection.ts";
import { createKube, type Kube } from "../../../src/core/kube/request.ts";
import type { Sandbox } from "../../../src/sandbox/index.ts";

/** The sandbox's API server as its administrator. */
export const kubeOf = ({ cluster: { endpoint, ca }, adminToken }: Sandbox): Kube =>
  createKube(connectByToken(endpoint, ca, async () => adminToken));

/** Each request that `wish` matches, as `METHOD path` and the keys of its query, waits until `act` is done. */
export const before = (kube: Kube, wish: RegExp, act: () => Promise<unknown>): Kube => ({
  async request(request) {
    const { method = "GET", path, query = {} } = request;
    if (wish.test([method, path, ...Object.keys(query)].join(" "))) await act();
    return kube.request(request);
  },
});

/** Only the first of these requests. */
export function beforeFirst(kube: Kube, wish: RegExp, act: () => Promise<unknown>): Kube {
  let done = false;
  return before(kube, wish, async () => {
    if (done) return;
    done = true;
    await act();
  });
}
