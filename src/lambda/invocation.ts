/** Limits requests to the time of an invocation. */
import { EksLambdaError } from "../core/errors.ts";
import { eitherOf, type Kube, sleep, type Timing } from "../core/kube/request.ts";
import type { Signal } from "../core/kube/signal.ts";

/** The part of Lambda's context that functions use. */
export interface Context {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * What Lambda gives a handler.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface LambdaContext extends Context {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** Time kept for the answer and its log line, so that the function can report a time-out itself. */
const reserveMs = 500;

export const remainingMs = (context: Context): number => context.getRemainingTimeInMillis() - reserveMs;

export const timingOf = (context: Context): Timing => ({ remainingMs: () => remainingMs(context), sleep });

export interface InvocationKube extends Kube {
  readonly signal: Signal;
}

/**
 * Returns the client for one invocation. A request has the time that Lambda leaves it. All requests and waits end with
 * `Timeout` shortly before Lambda ends the function, or with `over`. `defineFunction` uses this.
 */
export function during(kube: Kube, context: Context, over?: Signal): InvocationKube {
  const end = new AbortController();
  const timeIsUp = () => {
    end.abort(
      new EksLambdaError("Timeout", "the time of the function is up", {
        hint: "give it more: `aws lambda update-function-configuration --function-name NAME --timeout SECONDS`",
      }),
    );
  };
  // Later than requests time out: their own errors say more.
  const timer = setTimeout(timeIsUp, remainingMs(context) + reserveMs / 2).unref();
  over?.addEventListener("abort", () => {
    clearTimeout(timer);
    end.abort(over.reason);
  });
  const { signal } = end;
  return {
    ...kube,
    signal: eitherOf(kube.signal, signal),
    request: (request) =>
      kube.request({ timeoutMs: remainingMs(context), ...request, signal: eitherOf(request.signal, signal) }),
  };
}
