/**
 * `eks-lambda/lambda/methods`: each method of a handle by itself, for `resourceWith` and a function that must be small.
 *
 * ```js
 * import { resourceWith } from "eks-lambda/lambda";
 * import { patch } from "eks-lambda/lambda/methods";
 * const resource = resourceWith({ patch });
 * ```
 */
export * from "../core/kube/methods.ts";
