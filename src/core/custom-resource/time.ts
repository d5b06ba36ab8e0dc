/** Limits a client to a time. */
import { EksLambdaError, hasCode } from "../errors.ts";
import { eitherOf, type Kube, sleep } from "../kube/request.ts";
import type { Signal } from "../kube/signal.ts";

export const moreTime =
  "give it more: `ServiceTimeout` in the template, and the timeout of the function, at most 900 seconds";

/** Aborted with `Timeout` after a time, or by `abort`. */
export function deadline(ms: number) {
  const end = new AbortController();
  const timeout = new EksLambdaError("Timeout", "the time of the function, or of `ServiceTimeout`, is up", {
    hint: moreTime,
  });
  const abort = () => end.abort(timeout);
  const timer = setTimeout(abort, Math.max(ms, 0));
  return { signal: end.signal as Signal, abort, stop: () => clearTimeout(timer) };
}

/** Lambda repeats an event whose function failed. Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const firstRetryMs = 60_000;

/** For a create. A third of the time, at most 20 seconds, is kept to remove what a failed one made. */
export const deadlineOfCreate = (leftMs: number) => deadline(leftMs - Math.min(leftMs / 3, 20_000));

/** For that removal. It ends before the answer is due, so that the answer can say what is left. */
export const deadlineOfUndo = (leftMs: number) => deadline(leftMs - Math.min(leftMs / 30, 1_000));

/** Every request and every wait ends with the signal. */
export const until = (signal: Signal, kube: Kube): Kube => ({
  ...kube,
  signal,
  request: (request) => kube.request({ ...request, signal: eitherOf(request.signal, signal) }),
});

/** RBAC's words; those of a quota are others. */
export const isUnknown = (error: unknown): boolean =>
  hasCode(error, "Unauthorized") || (hasCode(error, "Forbidden") && error.message.includes(" cannot "));

const patienceMs = 120_000;

/** For two minutes, but at most for half of the time that is left. */
export const patientFor = (leftMs: number, kube: Kube): Kube => patient(Math.min(patienceMs, leftMs / 2), kube);

/** Repeats what the cluster does not allow: an access entry of the same stack may be seconds old. */
export function patient(ms: number, kube: Kube): Kube {
  const end = Date.now() + ms;
  return {
    ...kube,
    async request(request) {
      for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 5_000)) {
        try {
          return await kube.request(request);
        } catch (error) {
          if (!isUnknown(error) || Date.now() + waitMs > end) throw error;
        }
        await sleep(waitMs, eitherOf(request.signal, kube.signal));
      }
    },
  };
}
