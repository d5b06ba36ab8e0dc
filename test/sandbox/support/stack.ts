/** A resource of a stack: sends the function the events that CloudFormation would, and keeps what it answers. */
import { randomUUID } from "node:crypto";
import { requestOf, s3 } from "../../support/cloudformation.ts";
import { callerOf } from "./actions.ts";
import type { useSandbox } from "./sandbox.ts";

type Calling = NonNullable<Parameters<ReturnType<typeof callerOf>>[1]>;

export interface Outcome {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

export interface ResourceOptions extends Calling {
  readonly stack?: string;
  readonly type?: string;
}

export const resourceOf =
  (used: Pick<ReturnType<typeof useSandbox>, "sandbox">) =>
  (LogicalResourceId: string, given: ResourceOptions = {}) => {
    const call = callerOf(used);
    const { stack = "web", type: ResourceType = "Custom::EksManifest", ...always } = given;
    const StackId = `arn:aws:cloudformation:us-east-1:111122223333:stack/${stack}/0`;
    const resource = { LogicalResourceId, ResourceType, StackId };
    let physicalId: string | undefined;
    /** Sends the event, again if it was sent before. */
    const send = async (event: ReturnType<typeof requestOf>, more: Calling = {}): Promise<Outcome> => {
      const { puts, environment } = await s3(200);
      await call(event, { ...always, ...more, environment: { ...environment, ...more.environment } });
      const outcome = puts.at(-1)?.body as unknown as Outcome;
      physicalId = outcome.PhysicalResourceId;
      return outcome;
    };
    const event = (RequestType: "Create" | "Update" | "Delete", ResourceProperties: object, old?: object) =>
      requestOf({
        ...resource,
        RequestType,
        RequestId: randomUUID(),
        ResourceProperties: { ServiceToken: "arn", ...ResourceProperties },
        ...(old && { OldResourceProperties: { ServiceToken: "arn", ...old } }),
        ...(physicalId && RequestType !== "Create" && { PhysicalResourceId: physicalId }),
      });
    return {
      owner: `${StackId}/${LogicalResourceId}`,
      event,
      send,
      create: (properties: object, more?: Calling) => send(event("Create", properties), more),
      update: (properties: object, old: object, more?: Calling) => send(event("Update", properties, old), more),
      remove: (properties: object, more?: Calling) => send(event("Delete", properties), more),
    };
  };
