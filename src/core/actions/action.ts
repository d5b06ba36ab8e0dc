/** Defines actions: the fields of their events, the rights that they need, and what they do. */
import type { MethodName } from "../kube/client.ts";
import type { Need } from "../kube/need.ts";
import type { KubeObject, UntypedObject } from "../kube/object.ts";
import type { Kube } from "../kube/request.ts";
import {
  type Declarations,
  type Handles,
  handlesOf,
  needsOf,
  type Resource,
  resourceWith,
  type Table,
} from "../kube/resource.ts";
import { type Fields, label, resourceName } from "./fields.ts";
import { type Allowed, type Asked, find } from "./place.ts";

export type Event = Readonly<Record<string, unknown>>;
export type Result = Readonly<{ action: string }> & Readonly<Record<string, unknown>>;

/** Where an action acts. */
export interface Scope<M extends MethodName> {
  /** What allows it. */
  readonly allowed: Allowed;
  /** The resource that it was allowed for. */
  on<T extends KubeObject = UntypedObject>(): Resource<T, "namespaced", string, M>;
  /** Another resource in the same namespace. */
  beside<T extends KubeObject = UntypedObject>(
    apiVersion: string,
    plural: string,
  ): Resource<T, "namespaced", string, M>;
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
  /** The rights for that. A function, because only `check` asks for them. */
  needs(): readonly Need[];
  /** Milliseconds until the function has to answer. */
  remainingMs(): number;
  /** Waits for a rollout. It is there if `status` is allowed. */
  readonly rollout?: Rollout | undefined;
}

/** Waits until the rollout of a workload is complete. `allowed` is the entry that allows `status` for it. */
export type Rollout = (
  invocation: ActionInvocation,
  workload: { readonly allowed: Allowed; readonly name: string },
) => Promise<Partial<Result>>;

/** What an action knows when it runs. */
export interface ActionInvocation extends ActionContext {
  readonly event: Event;
  /** The entry that allows it. */
  readonly on: Allowed;
  /** The kind of the resource: `Deployment`. */
  readonly kind: string;
  /** The function's namespace; `namespace` is that of the resource. */
  readonly home: string;
}

/** An entry of the table of actions. */
export interface Action {
  readonly fields: Fields;
  /** The resources that it can act on, such as `deployments.apps`. Default: every resource. */
  readonly resources: readonly string[] | undefined;
  /** The rights that it needs for what was allowed. */
  needs(allowed: Allowed): readonly Need[];
  /** With the code of `status`, actions can wait. */
  readonly rollout?: Rollout;
  run(event: Event, context: ActionContext & { readonly action: string }): Promise<Result>;
}

export interface ActionDefinition<M extends Methods, D> {
  /** The methods that it uses. Each action brings its own, so that the function carries no others. */
  readonly methods: M;
  /** The fields of its events in addition to `namespace` and `resource`. */
  readonly event: Fields;
  readonly resources?: readonly string[];
  /** Its declarations. */
  readonly needs: (scope: Scope<keyof M & MethodName>) => D;
  /** What an event asks for. Default: its fields `resource` and `name`. */
  readonly named?: (event: Event) => Pick<Asked, "resource" | "name">;
  /** Receives the handles of its declarations. `namespace` is the event's, or else the default. */
  readonly run: (handles: Handles<D>, invocation: ActionInvocation) => Promise<Result>;
}

export type Methods = { readonly [K in MethodName]?: Table[K] };

/** `namespace` instead of the entry's: where to act, `*` for rights in every namespace. */
export function scopeOf<M extends Methods>(
  methods: M,
  allowed: Allowed,
  namespace: string | undefined,
): Scope<keyof M & MethodName> {
  const resource = resourceWith(methods);
  const { group, version, resource: plural, names } = allowed;
  const place = <T extends KubeObject>(apiVersion: string, plural: string) => {
    const made = resource<T>(apiVersion, plural);
    const wide = allowed.clusterScoped ? made.clusterScoped() : namespace === "*" && made.inAllNamespaces();
    return wide ? (wide as unknown as typeof made) : namespace ? made.in(namespace) : made;
  };
  return {
    allowed,
    on<T extends KubeObject>() {
      const made = place<T>(group ? `${group}/${version}` : version, plural);
      const [first, ...rest] = names ?? [];
      // biome-ignore lint/plugin: what was allowed is part of a template, which has at most 51,200 bytes.
      return first === undefined ? made : made.named(first, ...rest);
    },
    beside: place,
  };
}

export const defineAction = <const M extends Methods, D extends Declarations>({
  methods,
  event: fields,
  resources,
  needs,
  named = ({ resource, name }) => ({ resource, name }) as Pick<Asked, "resource" | "name">,
  run,
}: ActionDefinition<M, D>): Action => ({
  fields: { namespace: label, resource: resourceName, ...fields },
  resources,
  needs: (allowed) => needsOf(needs(scopeOf(methods, allowed, allowed.namespace))),
  async run(event, context) {
    const { namespace: home, allowed: all, action, kube } = context;
    const asked = { action, namespace: event.namespace as string | undefined, ...named(event) };
    const { allowed: on, namespace } = find(all, asked, home);
    const handles = handlesOf(needs(scopeOf(methods, on, namespace ?? "*")), kube);
    return run(handles, { ...context, event, on, kind: on.kind, home, namespace: namespace ?? home });
  },
});
