/** Defines actions: the fields of their events, the rights that they need, and what they do. */
import type { Need } from "../kube/need.ts";
import type { Kube } from "../kube/request.ts";
import { type Declared, type Handles, handlesOf, needsOf, type Resource } from "../kube/resource.ts";
import type { Workload } from "../kube/workloads.ts";
import type { Fields } from "./fields.ts";

export type Event = Readonly<Record<string, unknown>>;
export type Result = Readonly<{ action: string }> & Readonly<Record<string, unknown>>;

/** The resource that an action may act on. */
export type On = Resource<Workload, "one", string, "create">;

export interface ActionContext {
  readonly kube: Kube;
  /** Lambda's retries of an event have the same one. */
  readonly requestId: string;
  /** Where to act if the event names no namespace. */
  readonly namespace: string;
  /** The stack that owns what an action creates, `ACCOUNT/REGION/STACK`. */
  readonly owner?: string | undefined;
}

/** An action with its resource. */
export interface Action {
  readonly fields: Fields;
  readonly needs: readonly Need[];
  run(event: Event, context: ActionContext): Promise<Result>;
}

export interface ActionDefinition<D> {
  /** The fields of its events. */
  readonly event: Fields;
  /** Its declarations on the resource. */
  readonly needs: (on: On) => D;
  /** Receives the handles of its declarations and the namespace of the event. */
  readonly run: (handles: Handles<D>, invocation: ActionContext & { readonly event: Event }) => Promise<Result>;
}

export const defineAction =
  <D extends Readonly<Record<string, Declared<unknown>>>>({ event: fields, needs, run }: ActionDefinition<D>) =>
  (on: On): Action => ({
    fields,
    needs: needsOf(needs(on)),
    run(event, context) {
      const namespace = typeof event.namespace === "string" ? event.namespace : context.namespace;
      return run(handlesOf(needs(on.in(namespace)), context.kube), { ...context, event, namespace });
    },
  });
