/** Defines Lambda functions that declare their rights in the cluster. */
import { forLambda } from "../core/actions/function-error.ts";
import { EksLambdaError, usageError } from "../core/errors.ts";
import type { Need } from "../core/kube/need.ts";
import { type Declarations, type Handles, handlesOf, needsOf } from "../core/kube/resource.ts";
import { type Check, review } from "../core/kube/review.ts";
import type { Signal } from "../core/kube/signal.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { type Context, during, type InvocationKube, type LambdaContext } from "./invocation.ts";
import type { SchemaIssue, StandardSchemaV1 } from "./standard-schema.ts";

export interface FunctionDefinition<D extends Declarations, A, E, B = A> {
  /** Declared rights in the cluster, each `resource(…).may(…)`, by the names of their handles. */
  readonly needs: D;
  /** Validates and converts the event: any Standard Schema. Default: the event is passed on unchanged. */
  readonly event?: StandardSchemaV1<unknown, E> | undefined;
  /** Default: the cluster in the environment. */
  readonly connect?: ConnectOptions | undefined;
  readonly run: (handles: Handles<D>, invocation: Invocation<E>) => Promise<A> | A;
  /**
   * Wraps what handles the events, for example with middy: `wrap: (handler) => middy(handler).use(…)`. A wrapper around the
   * whole function would lose its `needs`, and see the checks.
   */
  readonly wrap?: Wrapper<A, B> | undefined;
}

/** `handler` takes the event as Lambda has it, and throws as `run` throws. `B` is what the function answers. */
export type Wrapper<A, B = A> = (
  handler: (event: unknown, context: LambdaContext) => Promise<A>,
) => (event: never, context: never) => Promise<B>;

export interface Invocation<E = unknown> {
  readonly event: E;
  /** Aborted at the end of the invocation, and with a `Timeout` shortly before Lambda ends it. */
  readonly signal: Signal;
  /** Lambda's own. A test that calls the handler itself may have given less. */
  readonly context: LambdaContext;
  /** The same when Lambda retries an asynchronous event. */
  readonly requestId: string;
  /** The namespace of resources that name none. */
  readonly namespace: string;
}

/** The answer to `{"eks-lambda": "check"}`: one check for each need, and one for a right that the function must not have. */
export interface Checked {
  readonly checks: readonly Check[];
  /** A function of custom resources warns if it cannot reach S3, where its answers go. */
  readonly warnings?: readonly string[];
}

export interface DefinedFunction<A> {
  (event: { readonly "eks-lambda": "check" }, context: Context): Promise<Checked>;
  (event: unknown, context: Context): Promise<A>;
  /** The declared rights. Checks need none. */
  readonly needs: readonly Need[];
  /** As `ready` of `connect`: `await handler.ready` at the top level of an ES module. */
  readonly ready: Promise<void>;
}

/**
 * Returns a Lambda handler whose handles have only the methods that its needs allow. Other methods do not compile, and
 * throw `NotDeclared` before any request. All requests and waits end with the invocation.
 *
 * An `EksLambdaError` that `run` throws gets its code as `errorType`, and its hint as the last line of `errorMessage`.
 * Other errors are passed on unchanged. An event that does not match the schema is an `InvalidEvent`.
 */
export function defineFunction<D extends Declarations, A, E = unknown, B = A>({
  needs,
  event: schema,
  run,
  wrap,
  connect: options,
}: FunctionDefinition<D, A, E, B>): DefinedFunction<B> {
  const kube = connect(options);
  const declared = needsOf(needs);
  const { namespace } = kube;

  /** Runs it with a client for the time of the invocation. */
  async function within<T>(context: Context, run: (here: InvocationKube) => Promise<T> | T): Promise<T> {
    const over = new AbortController();
    try {
      return await run(during(kube, context, over.signal));
    } finally {
      over.abort(usageError("NotAwaited", "the invocation is over: await all that `run` starts"));
    }
  }
  const handle = (event: unknown, context: LambdaContext): Promise<A> =>
    within(context, async (here) => {
      const valid = schema ? await validated(schema, event) : (event as E);
      const { awsRequestId: requestId } = context;
      return run(handlesOf(needs, here), { event: valid, signal: here.signal, requestId, context, namespace });
    });
  const wrapped = (wrap ? wrap(handle) : handle) as (event: unknown, context: LambdaContext) => Promise<unknown>;
  // In JavaScript. Without this, events would pass a check that forgets to return.
  if (typeof wrapped !== "function") throw new TypeError("`wrap` returned no function");
  async function handler(event: unknown, context: Context): Promise<unknown> {
    try {
      if (Object(event)["eks-lambda"] !== "check") return await wrapped(event, context as LambdaContext);
      return { checks: await within(context, (here) => review(here, declared, namespace)) };
    } catch (error) {
      throw error instanceof EksLambdaError ? forLambda(error) : error;
    }
  }
  return Object.assign(handler as DefinedFunction<B>, { needs: declared, ready: kube.ready });
}

/** Throws `InvalidEvent`. */
export async function validated<E>(schema: StandardSchemaV1<unknown, E>, value: unknown): Promise<E> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value;
  throw usageError(
    "InvalidEvent",
    `the event is not what the function takes: ${result.issues.map(issueText).join("; ")}`,
  );
}

const issueText = ({ message, path = [] }: SchemaIssue): string =>
  [
    ...(path.length > 0 ? [path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")] : []),
    message,
  ].join(": ");
