/** Defines Lambda functions that answer CloudFormation's custom resources. */
import { forLambda } from "../core/actions/function-error.ts";
import { type Answer, answering, type Until } from "../core/custom-resource/answer.ts";
import { notCreatedId, wasNotCreated } from "../core/custom-resource/not-created.ts";
import { unreachable } from "../core/custom-resource/reach.ts";
import { isCustomResource, type Properties, physicalIdOf } from "../core/custom-resource/request.ts";
import { patientFor } from "../core/custom-resource/time.ts";
import { EksLambdaError, usageError } from "../core/errors.ts";
import type { Kube } from "../core/kube/request.ts";
import { type Declarations, type Handles, handlesOf, needsOf } from "../core/kube/resource.ts";
import type { ConnectOptions } from "./connect.ts";
import { type DefinedFunction, defineFunction, type Invocation, validated } from "./define.ts";
import { type Context, remainingMs } from "./invocation.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";

/** What CloudFormation asks for. */
export interface ResourceRequest<P> extends Omit<Invocation, "event"> {
  /** Those of the template, without `ServiceToken` and `ServiceTimeout`. CloudFormation makes a text of every number and boolean. */
  readonly properties: P;
  /** The id that the resource has, or will have. It depends on stack and logical id, not on the properties. */
  readonly physicalId: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** `Custom::…`, as the template has it. */
  readonly type: string;
}

export interface UpdateRequest<P> extends ResourceRequest<P> {
  /**
   * The properties before. After a failed update, CloudFormation sends another one with the two swapped. `undefined` if the
   * schema does not accept them: they are those of an update that failed for that, which changed nothing.
   */
  readonly old: P | undefined;
}

/** What the template gets. */
export interface ResourceAnswer {
  /** For `Ref`. Default: the id of the request. After an update with another id, CloudFormation calls `remove` for the old one. */
  readonly physicalId?: string | undefined;
  /** For `Fn::GetAtt`. CloudFormation takes 4,096 bytes in all. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** Hides the data in CloudFormation's own answers and logs. */
  readonly noEcho?: boolean | undefined;
}

export interface ResourceDefinition<D extends Declarations, P> {
  /** As `needs` of `defineFunction`. */
  readonly needs: D;
  /** Validates and converts the properties: any Standard Schema. Default: they are passed on unchanged. */
  readonly properties?: StandardSchemaV1<unknown, P> | undefined;
  readonly connect?: ConnectOptions | undefined;
  /**
   * It may run again: Lambda repeats events. If it fails, CloudFormation asks to `remove` what it made. A request that the
   * cluster answers with 401 or 403 is sent again for two minutes, at most for half of the time that is left: an access entry
   * of the same stack may be seconds old.
   */
  readonly create: (
    handles: Handles<D>,
    request: ResourceRequest<P>,
  ) => Promise<ResourceAnswer | undefined> | Promise<void> | ResourceAnswer | undefined;
  readonly update: (
    handles: Handles<D>,
    request: UpdateRequest<P>,
  ) => Promise<ResourceAnswer | undefined> | Promise<void> | ResourceAnswer | undefined;
  /** What is gone already is a success. */
  readonly remove: (handles: Handles<D>, request: ResourceRequest<P>) => Promise<unknown> | unknown;
}

const ownOf = ({ ServiceToken: _, ServiceTimeout: __, ...own }: Properties): Properties => own;

/**
 * Returns a Lambda handler for resources of type `Custom::…` whose `ServiceToken` is the function. It always answers
 * CloudFormation, also when its time is up. What a function throws is the reason that the stack shows: code, message and
 * hint.
 */
export function customResource<D extends Declarations, P = Readonly<Record<string, unknown>>>({
  needs,
  properties: schema,
  connect,
  create,
  update,
  remove,
}: ResourceDefinition<D, P>): DefinedFunction<void> {
  const read = async (given: Properties): Promise<P> =>
    schema ? validated(schema, ownOf(given)) : (ownOf(given) as P);

  async function run({ kube }: { readonly kube: Kube }, { event, ...invocation }: Invocation): Promise<Answer> {
    if (!isCustomResource(event))
      throw usageError(
        "InvalidEvent",
        "the event is not a request of CloudFormation, and the function answers nothing else",
        "name the function in a template: `ServiceToken` of a resource of type `Custom::…`",
      );
    const { RequestType, StackId: stackId, LogicalResourceId: logicalId, ResourceType: type } = event;
    const physicalId = event.PhysicalResourceId || physicalIdOf(event);
    if (RequestType === "Delete" && wasNotCreated(event)) return { physicalId };
    let properties: P;
    try {
      properties = await read(event.ResourceProperties);
    } catch (error) {
      return { physicalId: RequestType === "Create" ? notCreatedId(event) : physicalId, error };
    }
    const isCreated = RequestType === "Create";
    const handles = handlesOf(needs, isCreated ? patientFor(remainingMs(invocation.context), kube) : kube);
    const request = { ...invocation, properties, physicalId, stackId, logicalId, type };
    if (RequestType === "Delete") {
      await remove(handles, request);
      return { physicalId };
    }
    const old = await read(event.OldResourceProperties ?? {}).catch(() => undefined);
    const answer = isCreated ? create(handles, request) : update(handles, { ...request, old });
    const { physicalId: chosen = physicalId, data, noEcho } = (await answer) ?? {};
    return { physicalId: chosen, data, noEcho };
  }

  const declared = { kube: { needs: needsOf(needs), on: (kube: Kube) => kube } };
  const inner = defineFunction({ needs: declared, connect, run });
  async function handler(event: unknown, context: Context): Promise<unknown> {
    const { environment = process.env } = connect ?? {};
    if (!isCustomResource(event)) {
      const answered: unknown = await inner(event, context);
      const warning = await unreachable(environment, remainingMs(context));
      return warning ? { ...Object(answered), warnings: [warning] } : answered;
    }
    const answer = (until: Until) =>
      inner(event, { ...context, awsRequestId: event.RequestId, getRemainingTimeInMillis: until.remainingMs });
    try {
      return await answering(event, { environment, remainingMs: () => remainingMs(context) }, answer);
    } catch (error) {
      throw error instanceof EksLambdaError ? forLambda(error) : error;
    }
  }
  return Object.assign(handler as DefinedFunction<void>, { needs: inner.needs, ready: inner.ready });
}
