/** Defines actions: the fields of their events, the rights that they need, and what they do. */
import * as methods from "../kube/methods.ts";
import type { Need } from "../kube/need.ts";
import type { KubeObject, UntypedObject } from "../kube/object.ts";
import type { Kube } from "../kube/request.ts";
import { type Declarations, type Handles, handlesOf, needsOf, type Resource, resourceWith } from "../kube/resource.ts";
import { type Fields, label, resourceName } from "./fields.ts";
import { type Allowed, find } from "./place.ts";

export type Event = Readonly<Record<string, unknown>>;
export type Result = Readonly<{ action: string }> & Readonly<Record<string, unknown>>;

/** The methods that actions use. The function does not carry the others. */
const table = { create: methods.create };
type Methods = keyof typeof table;

const resource = resourceWith(table);

/** Where an action acts. */
export interface Scope {
  /** The resource that it was allowed for. */
  on<T extends KubeObject = UntypedObject>(): Resource<T, "one", string, Methods>;
  /** Another resource in the same namespace. */
  beside<T extends KubeObject = UntypedObject>(apiVersion: string, plural: string): Resource<T, "one", string, Methods>;
}

/** What the function brings to each action. */
export interface ActionContext {
  readonly kube: Kube;
  /** Lambda's retries of an event have the same one. */
  readonly requestId: string;
  /** The function's namespace. */
  readonly namespace: string;
  /** The stack that owns what an action creates, `ACCOUNT/REGION/STACK`. */
  readonly owner?: string | undefined;
  /** Everything that the function may do. */
  readonly allowed: readonly Allowed[];
  /** The rights for that. */
  readonly needs: readonly Need[];
}

/** What an action knows when it runs. */
export interface ActionInvocation extends ActionContext {
  readonly event: Event;
  /** The kind of the resource: `Deployment`. */
  readonly kind: string;
}

/** An entry of the table of actions. */
export interface Action {
  readonly fields: Fields;
  /** The resources that it can act on, such as `deployments.apps`. Default: every resource. */
  readonly resources: readonly string[] | undefined;
  /** The rights that it needs for what was allowed. */
  needs(allowed: Allowed): readonly Need[];
  run(event: Event, context: ActionContext & { readonly action: string }): Promise<Result>;
}

export interface ActionDefinition<D> {
  /** The fields of its events beside `namespace` and `resource`. */
  readonly event: Fields;
  readonly resources?: readonly string[];
  /** Its declarations. */
  readonly needs: (scope: Scope) => D;
  /** Receives the handles of its declarations. `namespace` is the event's, or else the default. */
  readonly run: (handles: Handles<D>, invocation: ActionInvocation) => Promise<Result>;
}

/** The namespaces and names of the resource, as `place` says. */
function scopeOf({ group, version, resource: plural, names }: Allowed, namespace: string | undefined): Scope {
  const place = <T extends KubeObject>(apiVersion: string, plural: string) => {
    const made = resource<T>(apiVersion, plural);
    return namespace === "*" ? (made.inCluster() as unknown as typeof made) : namespace ? made.in(namespace) : made;
  };
  return {
    on<T extends KubeObject>() {
      const made = place<T>(group ? `${group}/${version}` : version, plural);
      const [first, ...rest] = names ?? [];
      return first === undefined ? made : made.named(first, ...rest);
    },
    beside: place,
  };
}

export const defineAction = <D extends Declarations>({
  event: fields,
  resources,
  needs,
  run,
}: ActionDefinition<D>): Action => ({
  fields: { namespace: label, resource: resourceName, ...fields },
  resources,
  needs: (allowed) => needsOf(needs(scopeOf(allowed, allowed.namespace))),
  async run(event, context) {
    const found = find(context.allowed, { ...event, action: context.action }, context.namespace);
    const scope = scopeOf(found.allowed, found.namespace ?? "*");
    const namespace = found.namespace ?? context.namespace;
    return run(handlesOf(needs(scope), context.kube), { ...context, event, namespace, kind: found.allowed.kind });
  },
});
