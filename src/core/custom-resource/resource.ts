/** What each type of custom resource is: a function from a request to its answer. */
import type { ActionContext } from "../actions/action.ts";
import type { Answer, Until } from "./answer.ts";
import type { CustomResourceRequest } from "./request.ts";

/** What the function brings to each request. `remainingMs` is the request's. */
export interface CustomResourceContext extends ActionContext, Pick<Until, "lateMs" | "lostMs" | "signal"> {
  /** The function's cluster. */
  readonly cluster: string | undefined;
}

export type CustomResource = (request: CustomResourceRequest, context: CustomResourceContext) => Promise<Answer>;
