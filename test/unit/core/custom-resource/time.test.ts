import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadline, patient, until } from "../../../../src/core/custom-resource/time.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Kube } from "../../../../src/core/kube/request.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Refuses the first requests with these errors, and keeps the times of all. */
function refusing(...errors: readonly (Error | undefined)[]) {
  const begin = Date.now();
  const times: number[] = [];
  const request = async ({ signal }: { signal?: AbortSignal } = {}) => {
    signal?.throwIfAborted();
    times.push(Date.now() - begin);
    const error = errors[Math.min(times.length, errors.length) - 1];
    if (error) throw error;
    return "answer";
  };
  return { times, kube: { request } as unknown as Kube };
}

const unauthorized = new EksLambdaError("Unauthorized", "401");
const forbidden = new EksLambdaError("Forbidden", 'configmaps is forbidden: User "lambda" cannot create resource');

test("a client that is patient repeats 401 and RBAC's 403, with longer pauses", async () => {
  const { times, kube } = refusing(unauthorized, forbidden, forbidden, undefined);
  const asked = patient(120_000, kube).request({ path: "/" });
  await vi.runAllTimersAsync();
  expect(await asked).toBe("answer");
  expect(times).toEqual([0, 250, 750, 1_750]);
});

test("it says what refused it when its time is up", async () => {
  const { times, kube } = refusing(forbidden);
  const asked = patient(120_000, kube)
    .request({ path: "/" })
    .catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  expect(await asked).toBe(forbidden);
  expect(times.at(-1)).toBeGreaterThan(110_000);
  expect(times.at(-1)).toBeLessThanOrEqual(120_000);
});

test("its pauses end with the signal of the request", async () => {
  const { kube } = refusing(forbidden);
  const end = new AbortController();
  const asked = patient(120_000, kube)
    .request({ path: "/", signal: end.signal })
    .catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  end.abort(new Error("enough"));
  expect(await asked).toMatchObject({ message: "enough" });
});

test.each([
  new EksLambdaError("Forbidden", 'pods "web" is forbidden: exceeded quota'),
  new EksLambdaError("AdmissionDenied", "no"),
  new EksLambdaError("Invalid", "no"),
  new Error("no"),
])("it repeats nothing else: %s", async (error) => {
  const { times, kube } = refusing(error, undefined);
  await expect(patient(120_000, kube).request({ path: "/" })).rejects.toBe(error);
  expect(times).toHaveLength(1);
});

test("requests end with a deadline", async () => {
  const { signal } = deadline(1_000);
  const signals: unknown[] = [];
  const kube = { request: async (request: { signal?: unknown }) => signals.push(request.signal) } as unknown as Kube;
  const ended = until(signal, kube);
  await ended.request({ path: "/" });
  expect([ended.signal, signals]).toEqual([signal, [signal]]);
  vi.advanceTimersByTime(1_000);
  expect(signal.reason).toMatchObject({ code: "Timeout" });
});
