/** What each type of custom resource is: a function from a request to its answer. */
import type { ActionContext } from "../actions/action.ts";
import type { Signal } from "../kube/signal.ts";
import type { Answer } from "./answer.ts";
import type { CustomResourceRequest } from "./request.ts";

/** What the function brings to each request. `remainingMs` is the request's. */
export interface CustomResourceContext extends ActionContext {
  /** Milliseconds between CloudFormation's request and the start of the work. */
  readonly lateMs: number;
  /** Aborted with `Timeout` when the answer is sent. */
  readonly signal: Signal;
  /** The function's cluster. */
  readonly cluster: string | undefined;
}

export type CustomResource = (request: CustomResourceRequest, context: CustomResourceContext) => Promise<Answer>;
