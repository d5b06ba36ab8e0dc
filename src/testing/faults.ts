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
   * Requests such as `GET /api/v1/namespaces/shop/pods` whose connection is closed before, or after, they are carried
   * out. Without a query, one with any query. Each is removed once it has been injected.
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

/** Throws a `TypeError` that says what the fault must be. */
function checkFault(name: string, value: unknown): void {
  const refuse = (must: string) => {
    throw new TypeError(`faults.${name} is ${JSON.stringify(value)}; it must be ${must}`);
  };
  if (!Object.hasOwn(none, name)) throw new TypeError(`there is no faults.${name}: ${Object.keys(none).join(", ")}`);
  const number = typeof value === "number" ? value : Number.NaN;
  if (name.startsWith("drop")) {
    if (!Array.isArray(value) || !value.every(isRequest)) refuse('a list of requests, such as "GET /api/v1/nodes"');
  } else if (name === "clockSkewMs") {
    if (!Number.isFinite(number)) refuse("milliseconds");
  } else if (!Number.isSafeInteger(number) || number < 0) refuse("a whole number, at least 0");
}

const isRequest = (one: unknown): boolean => typeof one === "string" && /^[A-Z]+ \/\S*$/.test(one);

export interface CheckedFaults {
  readonly faults: Faults;
  /** Faults that met no request, such as `dropRequest "PATCH /api/v1/nodes/a"`. */
  unused(): readonly string[];
}

/** The sandbox's faults, of which each value is checked when it is set. */
export function checkedFaults(injected: Faults): CheckedFaults {
  let answered = 0;
  const faults = new Proxy(injected, {
    set(_, name, value: unknown) {
      checkFault(String(name), value);
      if (name === "tooManyRequests") answered = value as number;
      return Reflect.set(injected, name, value);
    },
  });
  const dropped = (name: "dropRequest" | "dropAnswer") =>
    injected[name].map((request) => `${name} ${JSON.stringify(request)}`);
  return {
    faults,
    unused: () => [
      ...(answered > 0 && injected.tooManyRequests === answered ? [`tooManyRequests ${answered}`] : []),
      ...dropped("dropRequest"),
      ...dropped("dropAnswer"),
    ],
  };
}

/** For a real API server, which has no faults to inject: setting one throws. */
export const noFaults = (): CheckedFaults => ({
  faults: new Proxy(structuredClone(none), {
    set(_, name) {
      throw new Error(`cannot set faults.${String(name)}: the kube-apiserver of KUBEBUILDER_ASSETS has no faults`);
    },
  }),
  unused: () => [],
});
