import { describe, expect, test } from "vitest";
import { type Answer, answering, type Until } from "../../../../src/core/custom-resource/answer.ts";
import { type CustomResourceRequest, physicalIdOf } from "../../../../src/core/custom-resource/request.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { bucket, requestOf, s3 } from "../../../support/cloudformation.ts";

interface Given {
  readonly request?: Partial<CustomResourceRequest>;
  readonly statuses?: readonly number[];
  readonly remainingMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly now?: () => number;
}

/** Answers a request over an S3 of its own, whose pauses take no time. */
async function answered(work: (until: Until) => Promise<Answer>, given: Given = {}) {
  const { puts, environment } = await s3(...(given.statuses ?? [200]));
  const pauses: number[] = [];
  const options = {
    environment: { ...environment, ...given.environment },
    remainingMs: () => given.remainingMs ?? 60_000,
    sleep: async (ms: number) => void pauses.push(ms),
    ...(given.now && { now: given.now }),
  };
  const request = requestOf(given.request);
  const error: unknown = await answering(request, options, work).catch((error: unknown) => error);
  return { puts, pauses, request, error, body: puts.at(-1)?.body };
}

const works = async (): Promise<Answer> => ({ physicalId: "web" });
const fails = (error: unknown) => async (): Promise<Answer> => {
  throw error;
};

describe("the answer", () => {
  test("is a success with id, data and the request's ids, for the address of the request", async () => {
    const { puts, request } = await answered(async () => ({ physicalId: "web", data: { Value: "80" } }));
    const { StackId, RequestId, LogicalResourceId } = request;
    expect(puts).toHaveLength(1);
    expect(puts[0]).toMatchObject({
      method: "PUT",
      url: "/arn%3Aaws%3Acloudformation/web?X-Amz-Signature=signed",
      headers: { host: bucket, "content-type": "" },
    });
    expect(puts[0]?.body).toEqual({
      Status: "SUCCESS",
      PhysicalResourceId: "web",
      StackId,
      RequestId,
      LogicalResourceId,
      Data: { Value: "80" },
    });
  });

  test("hides data that comes from a Secret", async () => {
    const { body } = await answered(async () => ({ physicalId: "web", data: { Value: "80" }, noEcho: true }));
    expect(body).toMatchObject({ NoEcho: true });
  });

  test.each<[string, unknown, string]>([
    [
      "an error of ours",
      new EksLambdaError("Conflict", "two\nlines", { hint: "try again" }),
      "Conflict: two\n  lines\nhint: try again",
    ],
    ["another error", new TypeError("x is undefined"), "TypeError: x is undefined"],
    ["what is no error", "a text", "a text"],
  ])("of %s is a failure, whose reason begins with the code", async (_, thrown, Reason) => {
    const { body } = await answered(fails(thrown));
    expect(body).toMatchObject({ Status: "FAILED", Reason, PhysicalResourceId: physicalIdOf(requestOf()) });
  });

  test("of a failure keeps the id of an Update", async () => {
    const request = { RequestType: "Update", PhysicalResourceId: "old" } as const;
    expect((await answered(fails(new Error("no")), { request })).body).toMatchObject({ PhysicalResourceId: "old" });
  });

  test("of a failure can have an id of its own", async () => {
    const { body } = await answered(async () => ({ physicalId: "nothing", error: new Error("no") }));
    expect(body).toMatchObject({ Status: "FAILED", PhysicalResourceId: "nothing", Reason: "Error: no" });
  });

  test.each(["a", "é", "😀", "\u0000", '"'])("has at most 4,096 bytes, cut at a character: %j", async (character) => {
    const { puts, body } = await answered(fails(new EksLambdaError("Invalid", character.repeat(5_000))));
    const bytes = Buffer.byteLength(puts[0]?.text ?? "");
    expect(bytes).toBeLessThanOrEqual(4_096);
    expect(bytes).toBeGreaterThan(3_900);
    expect(body?.Reason).toMatch(/^Invalid: .*… \(\d+ more characters\)$/s);
    expect(String(body?.Reason)).not.toContain("\ufffd");
  });

  test("is a failure if the data is too long, with the id", async () => {
    const { body } = await answered(async () => ({ physicalId: "web", data: { Value: "x".repeat(4_096) } }));
    expect(body).toMatchObject({ Status: "FAILED", PhysicalResourceId: "web" });
    expect(body?.Reason).toMatch(/^InvalidAnswer: the answer has 4\d\d\d bytes, and CloudFormation takes 4096/);
  });

  test.each(["", "x".repeat(1_025)])("is a failure if the id has no length of 1 to 1,024 bytes", async (physicalId) => {
    const { body } = await answered(async () => ({ physicalId }));
    expect(body).toMatchObject({ Status: "FAILED", PhysicalResourceId: physicalIdOf(requestOf()) });
    expect(body?.Reason).toMatch(/^InvalidAnswer: the physical id/);
  });
});

describe("the request to S3", () => {
  test("is repeated while S3 refuses it or breaks the connection, with longer pauses", async () => {
    const { puts, pauses, error } = await answered(works, { statuses: [503, 0, 403, 200] });
    expect(error).toBeUndefined();
    expect(puts.map(({ body }) => body.Status)).toEqual(Array(4).fill("SUCCESS"));
    expect(pauses).toEqual([200, 400, 800]);
  });

  test("follows no redirect", async () => {
    const { puts } = await answered(works, { statuses: [307, 200] });
    expect(puts.map(({ url }) => url)).toEqual([puts[0]?.url, puts[0]?.url]);
  });

  test("is given up after ten tries, so that Lambda repeats the event", async () => {
    const { puts, error } = await answered(works, { statuses: [500] });
    expect(puts).toHaveLength(10);
    expect(error).toMatchObject({
      code: "AwsUnreachable",
      message: `CloudFormation's bucket ${bucket} took no answer: it answered 500`,
    });
  });

  test("is given up when the function has no time for another", async () => {
    const { puts, error } = await answered(works, { statuses: [500], remainingMs: 600 });
    expect(puts).toHaveLength(1);
    expect(error).toMatchObject({ code: "AwsUnreachable" });
  });

  test("is not sent anywhere else, and nothing is done", async () => {
    let done = 0;
    const request = { ResponseURL: "https://example.com/" };
    const { puts, error } = await answered(() => works().finally(() => done++), { request });
    expect([puts.length, done]).toEqual([0, 0]);
    expect(error).toMatchObject({ code: "InvalidEvent" });
  });
});

describe("the time", () => {
  const forever = () => new Promise<never>(() => {});

  test("of the work ends before that of the function", async () => {
    const { body } = await answered(forever, { remainingMs: 40 });
    expect(body).toMatchObject({ Status: "FAILED", Reason: expect.stringMatching(/^Timeout: /) });
  });

  test("ends with the signal, so that the work can stop", async () => {
    const work = ({ signal }: Until) =>
      new Promise<Answer>((resolve) => {
        signal.addEventListener("abort", () => resolve({ physicalId: "web" }));
      });
    expect((await answered(work, { remainingMs: 40 })).body).toMatchObject({
      Reason: expect.stringMatching(/^Timeout/),
    });
  });

  const started = Date.UTC(2026, 0, 2, 3, 4, 5);
  const sent = `https://${bucket}/a?X-Amz-Date=20260102T030405Z`;
  const leftOf = async (ServiceTimeout: string, afterMs: number) => {
    let left: number | undefined;
    const request = { ResponseURL: sent, ResourceProperties: { ServiceTimeout } };
    const work = async ({ remainingMs }: Until) => {
      left = remainingMs();
      return works();
    };
    const { body } = await answered(work, { request, now: () => started + afterMs });
    return left ?? body?.Reason;
  };

  test.each([
    ["20", 0, 15_000],
    ["20", 10_000, 7_500],
    ["330", 0, 50_000],
    ["20", -5_000, 15_000],
  ])("for ServiceTimeout %s, %i ms after the request, is %i ms", async (timeout, afterMs, ms) =>
    expect(await leftOf(timeout, afterMs)).toBe(ms),
  );

  test("is up when CloudFormation has given up: nothing is done", async () =>
    expect(await leftOf("20", 20_000)).toMatch(/^Timeout: /));
});
