/** The events of a stack, and the reasons in them. */
import { randomUUID } from "node:crypto";
import type { Refusal } from "../aws/refusal.ts";
import type { Stack } from "./model.ts";

/** The resource of an event, by its logical ID. */
export interface Subject {
  readonly id: string;
  /** The physical ID, if it has one. */
  readonly name?: string | undefined;
  readonly type: string;
}

interface Happening {
  readonly status: string;
  readonly reason?: string | undefined;
}

export function record(stack: Stack, { id, type, name }: Subject, { status, reason }: Happening): void {
  const why = reason && { ResourceStatusReason: reason };
  const named = { LogicalResourceId: id, ...(name !== undefined && { PhysicalResourceId: name }) };
  const of = { StackId: stack.id, StackName: stack.name, Timestamp: new Date(stack.clock.now()).toISOString() };
  stack.events.unshift({ EventId: randomUUID(), ...of, ...named, ResourceType: type, ResourceStatus: status, ...why });
}

export function mark(stack: Stack, status: string, reason?: string): void {
  stack.status = status;
  stack.statusReason = reason;
  record(stack, { id: stack.name, name: stack.id, type: "AWS::CloudFormation::Stack" }, { status, reason });
}

/** CloudFormation's codes for errors of its resource handlers. */
const handlerErrors: Readonly<Record<number, string>> = { 404: "NotFound", 409: "AlreadyExists" };

export const handlerError = (message: string, code: string): Error =>
  new Error(
    `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`,
  );

/** A service's refusal, as CloudFormation reports it. */
function handlerFailure(type: string, { status, message }: Refusal): Error {
  const [, name = ""] = type.split("::");
  const service = name.charAt(0) + name.slice(1).toLowerCase();
  const about = `Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()}`;
  return handlerError(`${message} (${about})`, handlerErrors[status] ?? "InvalidRequest");
}

export interface Step extends Subject {
  readonly verb: "CREATE" | "UPDATE" | "DELETE";
}

/** Changes one resource, and records its events. `act` may return the physical ID that it has then. Throws its failure. */
export async function step(stack: Stack, { verb, ...subject }: Step, act: () => unknown): Promise<void> {
  record(stack, subject, { status: `${verb}_IN_PROGRESS` });
  await stack.clock.sleep(3); // Long enough for a caller to observe the state.
  try {
    const made = await act();
    const name = typeof made === "string" ? made : subject.name;
    record(stack, { ...subject, name }, { status: `${verb}_COMPLETE` });
  } catch (error) {
    const failure = "status" in (error as Error) ? handlerFailure(subject.type, error as Refusal) : (error as Error);
    record(stack, subject, { status: `${verb}_FAILED`, reason: failure.message });
    throw failure;
  }
}

const toldToFail = (id: string): Error => handlerError(`${id} was told to fail`, "GeneralServiceException");

/** Throws if a test lets this resource fail. */
export function failIfTold(told: readonly string[], id: string): void {
  if (told.includes(id)) throw toldToFail(id);
}

/** The logical IDs of the resources that failed since there were `before` events. */
export const failedSince = ({ events }: Stack, before: number): readonly string[] => {
  const failed = events.slice(0, events.length - before).filter(({ ResourceStatus: one }) => /_FAILED$/.test(`${one}`));
  return [...new Set(failed.reverse().map(({ LogicalResourceId: id }) => `${id}`))];
};
