/** The faults that a test can inject. */

export interface Faults {
  /** The number of the function's next requests to answer with 429. */
  tooManyRequests: number;
  /** Seconds in the `Retry-After` of these answers. */
  retryAfter: number;
  /** Delay of every answer, in milliseconds. */
  latencyMs: number;
  /** How far the cluster's clock is ahead of this machine's, in milliseconds: after 15 minutes, tokens have expired. */
  clockSkewMs: number;
  /**
   * Requests such as `GET /api/v1/namespaces/shop/pods?limit=500` whose connection is closed before, or after, they are
   * carried out. Each is removed once it has been injected.
   */
  dropRequest: string[];
  dropAnswer: string[];
}

const none: Faults = {
  tooManyRequests: 0,
  retryAfter: 1,
  latencyMs: 0,
  clockSkewMs: 0,
  dropRequest: [],
  dropAnswer: [],
};

/** For a real API server, which has no faults to inject: setting one throws. */
export const noFaults = (): Faults =>
  new Proxy(structuredClone(none), {
    set(_, name) {
      throw new Error(`cannot set faults.${String(name)}: the kube-apiserver of KUBEBUILDER_ASSETS has no faults`);
    },
  });
