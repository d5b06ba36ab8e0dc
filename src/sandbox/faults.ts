/** What goes wrong on purpose. Tests change these values while the sandbox runs; each list loses what it has done. */

export type Faults = ReturnType<typeof noFaults>;

export const noFaults = () => ({
  /** So many API server requests to come are answered 429, with so many seconds in `Retry-After`. */
  tooManyRequests: 0,
  retryAfter: 1,
  /** Milliseconds before every answer. */
  latencyMs: 0,
  /** Milliseconds by which the clocks of AWS and the cluster are ahead of this machine's. */
  clockSkewMs: 0,
  /** Milliseconds until a change of aws-auth or a new access entry works. */
  mappingDelayMs: 0,
  /** `eks:DescribeCluster`, `POST /api/…`: the next such call is not carried out, its connection closed. */
  dropRequest: [] as string[],
  /** The next such call is carried out, its connection closed. */
  dropAnswer: [] as string[],
  /** The next such call of AWS is throttled. */
  throttle: [] as string[],
  /** Logical ids of resources that fail to be created or updated, in every stack. */
  failResources: [] as string[],
});

/** Is it in the list? Then once less. */
export function take(list: string[], item: string): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
