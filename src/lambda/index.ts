/**
 * The public library, `eks-lambda/lambda`: a client of the cluster's API server for your own functions, and for services
 * and CI. It contains neither the AWS SDK nor a Kubernetes client.
 *
 * ```js
 * import { defineFunction, resource, restartedNow, rolledOut } from "eks-lambda/lambda";
 *
 * export const handler = defineFunction({
 *   needs: { deployments: resource("apps/v1", "deployments").may("patch", "list", "watch") },
 *   async run({ deployments }, { event, signal }) {
 *     const { name } = event;
 *     await deployments.patch({ name }, restartedNow());
 *     return (await deployments.until({ name }, rolledOut, { signal })).status;
 *   },
 * });
 * await handler.ready;
 * ```
 */
export { type Code, EksLambdaError, type ErrorDetails, UsageError } from "../core/errors.ts";
export type {
  ApplyOptions,
  At,
  CallOptions,
  Chosen,
  Client,
  DeleteAllOptions,
  DeleteOptions,
  EvictOptions,
  LogOptions,
  MethodName,
  Right,
  Scale,
  ScaleOptions,
  Select,
  WriteOptions,
} from "../core/kube/client.ts";
export type { ClusterAddress, Environment } from "../core/kube/cluster.ts";
export type { ContentType, Method } from "../core/kube/connection.ts";
export { KubernetesError, type Refusal, type StatusDetails } from "../core/kube/errors.ts";
export type { Many } from "../core/kube/lines.ts";
export type { ListOptions, Selection } from "../core/kube/list.ts";
export type { Need } from "../core/kube/need.ts";
export type {
  Changed,
  JsonPatch,
  KindOf,
  KubeObject,
  Manifest,
  New,
  ObjectMeta,
  OwnNamespace,
  OwnNamespaceIn,
  Part,
  Patch,
  Placed,
  Scope,
  Sent,
  Stored,
  UntypedObject,
  Wire,
} from "../core/kube/object.ts";
export type { Answers, Kube, Request } from "../core/kube/request.ts";
export {
  type Declarations,
  type Declared,
  type Handle,
  type Handles,
  handlesOf,
  type OfKind,
  type Permitted,
  type Resource,
  type Rights,
  resource,
  resourceWith,
  type Special,
  type Table,
  type Unnamed,
  type Unscaled,
} from "../core/kube/resource.ts";
export { type RetryOptions, retryOnConflict } from "../core/kube/retry.ts";
export type { Check } from "../core/kube/review.ts";
export type { Signal } from "../core/kube/signal.ts";
export type { AwsCredentials } from "../core/kube/sigv4.ts";
export { microTime } from "../core/kube/time.ts";
export { mintToken, type Token, type TokenRequest } from "../core/kube/token.ts";
export type { Condition, KindCondition, OnlyKind, UntilGoneOptions, UntilOptions } from "../core/kube/until.ts";
export type { WatchEvent } from "../core/kube/watch.ts";
export {
  type ContainerState,
  type ContainerStatus,
  type FailedContainer,
  failedContainers,
  finished,
  type JobLike,
  type PodLike,
  restartedNow,
  rolledOut,
  type StatusCondition,
  succeeded,
  type Workload,
} from "../core/kube/workloads.ts";
export { type ConnectedKube, type ConnectOptions, connect } from "./connect.ts";
export {
  customResource,
  type ResourceAnswer,
  type ResourceDefinition,
  type ResourceRequest,
  type UpdateRequest,
} from "./custom-resource.ts";
export {
  type Checked,
  type DefinedFunction,
  defineFunction,
  type FunctionDefinition,
  type Invocation,
  type Wrapper,
} from "./define.ts";
export { type Context, during, type InvocationKube, type LambdaContext } from "./invocation.ts";
export type { SchemaIssue, SchemaResult, StandardSchemaV1 } from "./standard-schema.ts";
