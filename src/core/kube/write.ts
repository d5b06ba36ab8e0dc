/** Writes single objects. Each write can be rehearsed with `dryRun=All`, and retried if another writer was faster. */
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import { type Location, pathTo } from "./place.ts";
import type { Kube } from "./request.ts";

/** `body` is the object of a POST, the merge patch of a PATCH, or the options of a DELETE. */
export interface ObjectWrite {
  readonly method: "POST" | "PATCH" | "DELETE";
  /** The object, or for a POST its siblings. */
  readonly at: Location;
  readonly body: { readonly metadata?: object; readonly preconditions?: object; readonly [field: string]: unknown };
  /** The `resourceVersion` that was read. The server refuses the write with `Conflict` if it has changed. */
  readonly version?: string | undefined;
}

/**
 * Makes the API server check a write without doing it: validation, authorization, escalation, admission. Does not check
 * the version, which may change until the write.
 */
export function rehearse(kube: Kube, { method, at, body }: ObjectWrite): Promise<unknown> {
  // For a DELETE with a body the API server reads the options from the body, and ignores those of the query. Source:
  // https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/handlers/delete.go, `DeleteResource`
  const options = method === "DELETE" ? { ...body, dryRun: ["All"] } : body;
  const [path, query] = [pathTo(at), { dryRun: "All" }];
  return kube.request({ method, path, query, body: options, contentType: contentTypeOf(method) });
}

export function send(kube: Kube, { method, at, body, version }: ObjectWrite): Promise<unknown> {
  const resourceVersion = { resourceVersion: version };
  const { metadata, preconditions } = body;
  const versioned =
    method === "DELETE"
      ? { ...body, preconditions: { ...preconditions, ...resourceVersion } }
      : { ...body, metadata: { ...metadata, ...resourceVersion } };
  return kube.request({ method, path: pathTo(at), body: versioned, contentType: contentTypeOf(method) });
}

const contentTypeOf = (method: ObjectWrite["method"]) =>
  method === "PATCH" ? "application/merge-patch+json" : "application/json";

export interface Attempts {
  readonly clock: Pick<Clock, "sleep">;
  /** The number of attempts. Default: 10. */
  readonly most?: number;
  /** Called before each pause. `count`: how often another writer was faster. */
  readonly pausing?: (count: number) => void;
}

/**
 * Runs `attempt`, which reads an object, decides and writes. Retries if the object was created, changed or deleted in
 * between. After the last attempt, throws the API server's error with a hint about the other writer.
 */
export async function afresh<T>({ clock, most = 10, pausing }: Attempts, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof EksLambdaError && isRaced(error))) throw error;
      if (count === most) throw outpaced(error, most);
      pausing?.(count);
      await clock.sleep(Math.random() * Math.min(50 * count, 1_000));
    }
  }
}

const isRaced = ({ code }: EksLambdaError): boolean => /^(AlreadyExists|Conflict|NotFound)$/.test(code);

const outpaced = (error: EksLambdaError, most: number) =>
  new EksLambdaError(error.code, error.message, {
    hint: `someone else changed this object before each of ${most} attempts: find out who writes to it, or wait until they are done, then run the command again`,
    cause: error,
  });
