/**
 * Declares a resource and the rights to it, and makes a handle with only the methods that these rights allow.
 *
 *     const deployments = resource<Deployment>("apps/v1", "deployments").in("shop").may("get", "patch");
 */
import { shown, usageError } from "../errors.ts";
import type { Client, MethodName, Right } from "./client.ts";
import type * as methods from "./methods.ts";
import {
  apply,
  applyStatus,
  create,
  deleteAll,
  evict,
  get,
  getIfFound,
  list,
  logs,
  patch,
  patchStatus,
  delete as remove,
  scale,
  until,
  untilGone,
  update,
  watch,
} from "./methods.ts";
import type { Need } from "./need.ts";
import type { KindOf, KubeObject, Scope, UntypedObject } from "./object.ts";
import { checkedName, checkedNamespace, groupOf, notDeclared, type Place, quoted, type Target } from "./place.ts";
import type { Kube } from "./request.ts";

/** The implementation of each method. */
export type Table = typeof methods;
const every: Table = {
  get,
  getIfFound,
  list,
  watch,
  until,
  untilGone,
  create,
  update,
  patch,
  apply,
  patchStatus,
  applyStatus,
  delete: remove,
  deleteAll,
  logs,
  scale,
  evict,
};

/** The rights of each method. It needs all of them. */
export type Rights = { readonly [M in MethodName]: Table[M]["rights"][number] };

/** Subresources, with their verbs. */
const subresources: Partial<Record<Right, readonly [name: string, ...verbs: string[]]>> = {
  log: ["log", "get"],
  status: ["status", "patch"],
  scale: ["scale", "get", "patch"],
  evict: ["eviction", "create"],
};

const known: readonly string[] =
  "get,list,watch,create,update,patch,delete,deletecollection,log,status,scale,evict".split(",");

/** Methods that RBAC cannot limit to names. It can for `apply` and `until`, which send the name. */
export type Unnamed = "list" | "watch" | "create" | "deleteAll";
const unnamed: readonly string[] = ["list", "watch", "create", "deleteAll"] satisfies readonly Unnamed[];

/** The methods that the rights `R` allow. `N` is `string` if the resource is not limited to names. */
export type Permitted<R extends Right, N extends string> = {
  [M in MethodName]: Rights[M] extends R ? (string extends N ? M : Exclude<M, Unnamed>) : never;
}[MethodName];

/** Kinds that have no scale. Others, such as custom resources, may. */
export type Unscaled =
  | ("Service" | "ConfigMap" | "Secret" | "Node" | "Namespace" | "ServiceAccount" | "Event" | "Lease")
  | ("Job" | "CronJob" | "DaemonSet" | "Ingress" | "PersistentVolumeClaim" | "PersistentVolume");

/** Methods that some kinds lack. */
export type Special = "logs" | "evict" | "scale";

/** The methods that objects of a kind have, where `T` tells the kind: only Pods have logs, and can be evicted. */
export type OfKind<T extends KubeObject> =
  | Exclude<MethodName, Special>
  | (string extends KindOf<T>
      ? Special
      : KindOf<T> extends "Pod"
        ? "logs" | "evict"
        : KindOf<T> extends Unscaled
          ? never
          : "scale");

/** A handle with every method of its kind. */
export type Handle<T extends KubeObject, S extends Scope = "namespaced", N extends string = string> = Pick<
  Client<T, S, N>,
  OfKind<T>
>;

/** `A`: the methods that a handle can have. */
export interface Resource<
  T extends KubeObject,
  S extends Scope = "namespaced",
  N extends string = string,
  A extends MethodName = MethodName,
> {
  /** In this namespace instead of the function's. */
  in<const M extends string>(namespace: M extends "*" | "" ? never : M): Resource<T, "namespaced", N, A>;
  /** In every namespace: every method but `list` and `watch` needs one. RBAC takes a ClusterRole. */
  inAllNamespaces(): Resource<T, "all", N, A>;
  /** For a kind without namespaces, such as `nodes`: no method takes one. RBAC takes a ClusterRole. */
  clusterScoped(): Resource<T, "cluster", N, A>;
  /** Only objects with these names: RBAC's `resourceNames`. */
  named<const M extends readonly [string, ...string[]]>(...names: M): Resource<T, S, M[number], A>;
  /** Declares rights. The handle has only the methods that need no others. */
  may<const V extends readonly [Right, ...Right[]]>(
    ...rights: V
  ): Declared<Pick<Client<T, S, N>, Permitted<V[number], N> & OfKind<T> & A>>;
  /** A handle with all methods. RBAC decides what the caller may do. */
  on(kube: Kube): Pick<Client<T, S, N>, Permitted<Right, N> & OfKind<T> & A>;
}

export interface Declared<H> {
  readonly needs: readonly Need[];
  on(kube: Kube): H;
}

/** The handle of each declaration, by its name. */
export type Handles<D> = { readonly [K in keyof D]: D[K] extends Declared<infer H> ? H : never };

/** What code declares, by the names of the handles. */
export type Declarations = Readonly<Record<string, Declared<unknown>>>;

export const needsOf = (declared: Declarations): readonly Need[] =>
  Object.values(declared).flatMap(({ needs }) => needs);

export const handlesOf = <D extends Declarations>(declared: D, kube: Kube): Handles<D> =>
  Object.fromEntries(Object.entries(declared).map(([name, one]) => [name, one.on(kube)])) as Handles<D>;

/**
 * `resource` with these methods only, so that a bundler can leave out the others:
 *
 *     import { patch } from "eks-lambda/lambda/methods";
 *     const resource = resourceWith({ patch });
 */
export function resourceWith<M extends { readonly [K in MethodName]?: Table[K] }>(
  table: M,
): <T extends KubeObject = UntypedObject>(
  apiVersion: string,
  plural: string,
) => Resource<T, "namespaced", string, keyof M & MethodName> {
  return (apiVersion, plural) => {
    if (!/^([a-z0-9.-]+\/)?v[a-z0-9]+ [a-z0-9-]+$/.test(`${apiVersion} ${plural}`)) {
      throw usageError(
        "InvalidResource",
        `apiVersion "${apiVersion}" and plural "${plural}" must be as in \`kubectl api-resources\``,
      );
    }
    return resourceAt({ apiVersion, plural }, table as AnyTable) as never;
  };
}

/**
 * `apiVersion` as in a manifest, `v1` or `apps/v1`; the plural as in a URL, `deployments`. Throws `InvalidResource`.
 * Types cost nothing at run time: `import type { Deployment } from "kubernetes-types/apps/v1.js"`.
 */
export const resource = /* @__PURE__ */ resourceWith(every);

interface AnyMethod {
  readonly rights: readonly Right[];
  on(target: Target): unknown;
}
type AnyTable = Readonly<Record<string, AnyMethod>>;

function resourceAt(place: Place, table: AnyTable): Resource<UntypedObject, Scope> {
  const at = (more: Partial<Place>) => resourceAt({ ...place, ...more }, table) as never;
  return {
    in: (namespace) => at({ namespace: checkedNamespace(namespace) }),
    inAllNamespaces: () => at({ namespace: "*" }),
    clusterScoped: () => at({ namespace: "" }),
    // To RBAC, an empty list is every name.
    named: (...names) => at({ names: (names.length > 0 ? names : [undefined]).map(checkedName) }),
    may(...rights) {
      if (rights.length === 0 || !rights.every((right) => known.includes(right)))
        throw usageError("InvalidNeed", `the rights are ${shown(rights)}; each must be one of ${known}`);
      return { needs: needsFor(place, rights), on: (kube) => handle({ kube, place }, table, rights) as never };
    },
    on: (kube) => handle({ kube, place }, table) as never,
  };
}

function needsFor(place: Place, rights: readonly Right[]): readonly Need[] {
  const { plural, namespace, names } = place;
  const common = {
    group: groupOf(place),
    ...(names && { names }),
    ...(namespace === "*" || namespace === "" ? { cluster: true as const } : namespace && { namespace }),
  };
  const verbs = rights.filter((right) => !subresources[right]);
  return [
    ...(verbs.length > 0 ? [{ ...common, resource: plural, verbs }] : []),
    ...rights.flatMap((right) => {
      const [name, ...verbs] = subresources[right] ?? [];
      return name ? [{ ...common, resource: `${plural}/${name}`, verbs }] : [];
    }),
  ];
}

/** Without rights, the handle has all methods of the table. Methods that are not declared throw `NotDeclared`. */
function handle(target: Target, table: AnyTable, rights?: readonly Right[]): object {
  const { place } = target;
  // In CommonJS, `import * as methods` has a `default`, too.
  const { default: _, ...methods } = table;
  const entries = Object.entries(methods).map(([name, { rights: needed, on }]) => {
    const isUnnamed = place.names && unnamed.includes(name);
    const isDeclared = !isUnnamed && needed.every((right) => !rights || rights.includes(right));
    const refuse = () => {
      throw notDeclared(place, name, isUnnamed ? "without .named()" : `.may(${quoted(needed)})`);
    };
    return [name, isDeclared ? on(target) : refuse];
  });
  return Object.fromEntries(entries);
}
