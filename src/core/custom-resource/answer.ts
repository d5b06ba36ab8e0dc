/**
 * Answers CloudFormation: always, once a request. Without an answer, a stack waits for an hour.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
import { forLambda } from "../actions/function-error.ts";
import { shortened } from "../actions/limits.ts";
import { EksLambdaError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";
import { sleep } from "../kube/request.ts";
import type { Signal } from "../kube/signal.ts";
import { type CustomResourceRequest, physicalIdOf, responseUrl, sentAt, serviceTimeoutMs } from "./request.ts";
import { type Answered, sendToS3, wayToS3 } from "./s3.ts";
import { deadline } from "./time.ts";

/** What a request came to. */
export interface Answer {
  /** The resource's id, of 1 to 1,024 bytes. Another one than before makes CloudFormation delete the resource of the old id. */
  readonly physicalId: string;
  /** For `Fn::GetAtt`. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** CloudFormation hides the data: a value comes from a Secret. */
  readonly noEcho?: boolean | undefined;
  /** The request failed, and the resource has this id. What `work` throws fails with the id that the request had. */
  readonly error?: unknown;
}

/** The time that a request has. */
export interface Until {
  /** Milliseconds left, for everything but the answer. */
  remainingMs(): number;
  /** Milliseconds between CloudFormation's request and the start of the work; 0 if the request does not say. */
  readonly lateMs: number;
  /** Milliseconds that it has less for the work than if it were not late. */
  readonly lostMs: number;
  /** Aborted with `Timeout` at its end. The answer is sent then, also if the work does not end. */
  readonly signal: Signal;
}

export interface Answering {
  /** Names the region, and as the SDK does, in `AWS_ENDPOINT_URL_S3`, another way to S3. */
  readonly environment: Environment;
  /** Milliseconds until Lambda ends the function. */
  remainingMs(): number;
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<void>;
}

/** In bytes, all in all. */
const mostOfAnswer = 4_096;
const mostOfId = 1_024;
const mostTries = 10;

/** Without the time kept for the answer, in which S3 may refuse it at first. */
const forWork = (leftMs: number): number => leftMs - Math.min(leftMs / 4, 10_000);

/**
 * Runs `work` and sends its answer, or why it failed. Throws `InvalidEvent` for an address that is not CloudFormation's,
 * before the work. Throws if S3 does not take the answer, so that Lambda repeats the event.
 */
export async function answering(
  request: CustomResourceRequest,
  { environment, now = Date.now, sleep: pause = sleep, ...context }: Answering,
  work: (until: Until) => Promise<Answer>,
): Promise<void> {
  const url = responseUrl(request, environment);
  const begin = now();
  const lateMs = Math.max(begin - (sentAt(url) ?? begin), 0);
  const [leftMs, serviceMs] = [context.remainingMs(), serviceTimeoutMs(request)];
  const limitMs = forWork(Math.min(leftMs, serviceMs - lateMs));
  const lostMs = forWork(Math.min(leftMs, serviceMs)) - limitMs;
  const remainingMs = () => begin + limitMs - now();
  const answer = await inTime(remainingMs, (until) => work({ ...until, lateMs, lostMs })).catch(
    (error: unknown): Answer => {
      const physicalId = request.PhysicalResourceId || physicalIdOf(request);
      // Code may `throw undefined`.
      return { physicalId, error: error ?? "no reason" };
    },
  );
  const body = bodyOf(request, answer);
  for (let tries = 1; ; tries++) {
    const answered = await sendToS3(url, { method: "PUT", body, environment, timeoutMs: context.remainingMs() });
    const refusal = refusalIn(answered);
    if (refusal === undefined) return;
    const waitMs = Math.min(100 * 2 ** tries, 10_000);
    if (tries === mostTries || context.remainingMs() < waitMs + 500)
      throw new EksLambdaError("AwsUnreachable", `CloudFormation's bucket ${url.host} took no answer: ${refusal}`, {
        hint: wayToS3,
      });
    await pause(waitMs);
  }
}

const refusalIn = (answered: Answered): string | undefined =>
  "failure" in answered
    ? answered.failure
    : answered.status < 200 || answered.status > 299
      ? `it answered ${answered.status}`
      : undefined;

/** Fails with `Timeout` when the time is up, even if the work goes on. */
async function inTime(
  remainingMs: () => number,
  work: (until: Pick<Until, "remainingMs" | "signal">) => Promise<Answer>,
): Promise<Answer> {
  const { signal, abort, stop } = deadline(remainingMs());
  try {
    // It came too late: CloudFormation has gone on, and may be rolling back.
    if (remainingMs() <= 0) abort();
    signal.throwIfAborted();
    const over = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    return await Promise.race([work({ remainingMs, signal }), over]);
  } finally {
    stop();
    abort();
  }
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The answer as CloudFormation takes it. Data that JSON cannot hold fails. */
function bodyOf(request: CustomResourceRequest, answer: Answer): string {
  try {
    return textOf(request, answer);
  } catch (error) {
    return textOf(request, { physicalId: answer.physicalId, error });
  }
}

/** What is too long for CloudFormation fails, with the id that the resource has got. */
function textOf(request: CustomResourceRequest, answer: Answer): string {
  const { StackId, RequestId, LogicalResourceId } = request;
  const { physicalId, data, noEcho, error } = answer;
  const isId = typeof physicalId === "string" && physicalId !== "" && Buffer.byteLength(physicalId) <= mostOfId;
  const PhysicalResourceId = isId ? physicalId : request.PhysicalResourceId || physicalIdOf(request);
  const ids = { PhysicalResourceId, StackId, RequestId, LogicalResourceId };
  const success = { Status: "SUCCESS", ...ids, ...(noEcho && { NoEcho: true }), ...(data && { Data: data }) };
  const bytes = bytesOf(success);
  const refusal = !isId
    ? `the physical id must have 1 to ${mostOfId} bytes`
    : bytes > mostOfAnswer &&
      `the answer has ${bytes} bytes, and CloudFormation takes ${mostOfAnswer}: its data is too long`;
  const wrong = error === undefined && refusal ? new EksLambdaError("InvalidAnswer", refusal) : error;
  if (wrong === undefined) return JSON.stringify(success);
  const failure = { Status: "FAILED", ...ids, Reason: "" };
  return JSON.stringify({ ...failure, Reason: shortened(reasonOf(wrong), mostOfAnswer - bytesOf(failure)) });
}

/** Begins with the code. The hint is the last line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error instanceof EksLambdaError ? forLambda(error) : error;
  return `${name}: ${message}`;
}
