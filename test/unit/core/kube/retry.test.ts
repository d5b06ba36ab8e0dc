import { describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { retryOnConflict } from "../../../../src/core/kube/retry.ts";
import { microTime } from "../../../../src/core/kube/time.ts";

const failing = (code: string, times: number) => {
  let attempts = 0;
  const attempt = async () => {
    if (attempts++ < times) throw new EksLambdaError(code, `attempt ${attempts}`);
    return attempts;
  };
  return { attempt, count: () => attempts };
};

describe("retryOnConflict", () => {
  test("attempts again after a Conflict, and returns what the attempt returns", async () =>
    expect(await retryOnConflict(failing("Conflict", 3).attempt)).toBe(4));

  test("throws the last Conflict", async () => {
    const { attempt, count } = failing("Conflict", 9);
    await expect(retryOnConflict(attempt)).rejects.toThrow("attempt 5");
    expect(count()).toBe(5);
    await expect(retryOnConflict(failing("Conflict", 9).attempt, { most: 2 })).rejects.toThrow("attempt 2");
  });

  test.each(["NotFound", "AlreadyExists", "Forbidden"])("throws %s at once", async (code) => {
    const { attempt, count } = failing(code, 1);
    await expect(retryOnConflict(attempt)).rejects.toMatchObject({ code });
    expect(count()).toBe(1);
  });

  test("ends with its signal", async () => {
    const end = new AbortController();
    const attempt = async () => {
      end.abort(new Error("over"));
      throw new EksLambdaError("Conflict", "again");
    };
    await expect(retryOnConflict(attempt, { signal: end.signal })).rejects.toThrow("over");
  });
});

test("a MicroTime has six digits", () =>
  expect(microTime(new Date("2026-01-31T12:00:00.5Z"))).toBe("2026-01-31T12:00:00.500000Z"));
