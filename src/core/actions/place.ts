/** What the function was allowed to do, and whether an event asks for that. */
import { EksLambdaError, shown, usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import { shellWord, shellWords } from "../text.ts";

/** One `--allow ACTION:RESOURCE[.GROUP][/NAME[,NAME…]][@NAMESPACE]` of `setup`, with the kind that it resolved. */
export interface Allowed {
  readonly action: string;
  /** The API group; `""` for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural: `deployments`. */
  readonly resource: string;
  readonly kind: string;
  /** Default: the function's namespace. `*`: every namespace, or a kind without namespaces. */
  readonly namespace?: string;
  /** The kind has no namespaces. Then `namespace` is `*`. */
  readonly clusterScoped?: true;
  /** Only objects with these names. */
  readonly names?: readonly string[];
  /** Only images of these patterns. */
  readonly images?: readonly string[];
}

/** What an event asks for. */
export interface Asked {
  readonly action: string;
  /** `deployments` or `deployments.apps`. */
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Fields of events that name the object otherwise. */
  readonly from?: string;
  readonly manifest?: { readonly metadata?: { readonly name?: string } };
}

/** The entry that allows what was asked, and the namespace in which to act; none for a kind without namespaces. */
export interface Found {
  readonly allowed: Allowed;
  readonly namespace: string | undefined;
}

/** `restart:deployments.apps/web@shop` */
export const formatted = ({ action, resource = "RESOURCE", name, namespace }: Asked): string =>
  `${action}:${resource}${name === undefined ? "" : `/${name}`}${namespace === undefined ? "" : `@${namespace}`}`;

/** As `--allow` takes it: `restart:deployments.apps/web,api@shop`. */
export const formatAllowed = ({ action, names, namespace, ...resource }: Allowed): string =>
  formatted({ action, resource: formatResource(resource), name: names?.join(), namespace });

/**
 * Finds the entry that allows what an event asks for. `here` is the function's namespace. Throws `NotAllowed`, which names
 * the command that allows it, or `InvalidEvent` if several resources are allowed and the event names none.
 */
export function find(all: readonly Allowed[], asked: Asked, here: string): Found {
  const { action, resource, name } = asked;
  const ofAction = all.filter((one) => one.action === action);
  const ids = [...new Set(ofAction.map(formatResource))];
  if (resource === undefined && ids.length > 1)
    throw usageError("InvalidEvent", `\`resource\` is missing; it must be one of ${ids.join(", ")}`);
  const ofResource = ofAction.filter(
    (one) => resource === undefined || resource === one.resource || resource === formatResource(one),
  );
  const place = (one: Allowed) => one.namespace ?? here;
  // A hint for a function of one namespace is about that namespace.
  const near = ofResource.length > 0 || all.some((one) => one.namespace !== all[0]?.namespace) ? ofResource : all;
  const [first] = near;
  const isHere = !first || near.some((one) => place(one) === "*" || place(one) === here);
  const namespace = asked.namespace ?? (isHere ? here : place(first));
  const allowed = ofResource.find(
    (one) =>
      (place(one) === "*" || place(one) === namespace) &&
      (!one.names || (name !== undefined && one.names.includes(name))),
  );
  if (allowed) return { allowed, namespace: allowed.clusterScoped ? undefined : namespace };
  const names = name === undefined ? ofResource.flatMap(({ names = [] }) => names) : [];
  if (names.length > 0)
    throw new EksLambdaError(
      "NotAllowed",
      `\`${action}\` of ${resource ?? ids[0]} without a name is not allowed for this function`,
      { hint: `name one that was allowed: ${names.join(", ")}` },
    );
  throw notAllowed(all, {
    ...asked,
    resource: resource ?? ids[0],
    namespace: namespace === here ? undefined : namespace,
  });
}

/** RBAC cannot limit `create` to a name: an object that does not exist yet has none. */
const nameOf = ({ action, name, from, manifest }: Asked, all: readonly Allowed[] = []): string | undefined =>
  action !== "create" || all.some((one) => one.action === action && one.names)
    ? (name ?? from ?? manifest?.metadata?.name)
    : undefined;

/** What an event asks for, and no more, as `--allow` takes it: `restart:deployments.apps/web@shop`. */
export const formatAsked = (asked: Asked): string => formatted({ ...asked, name: nameOf(asked) });

/**
 * `--allow` names the whole set, so the command in the hint repeats what is allowed already. It would read a name such as
 * `a,b` or a namespace such as `*` as more than that: then there is no hint.
 */
export function notAllowed(all: readonly Allowed[], asked: Asked): EksLambdaError {
  const { action, resource, namespace } = asked;
  const name = nameOf(asked, all);
  const what = `${resource ? ` of ${resource}` : ""}${name ? ` ${shown(name)}` : ""}${namespace ? ` in ${namespace}` : ""}`;
  const isExact = [resource, name, namespace].every((one) => one === undefined || /^[\w.:-]+$/.test(one));
  const flags = [...all.map(formatAllowed), formatted({ action, resource, name, namespace })];
  return new EksLambdaError("NotAllowed", `\`${action}\`${what} is not allowed for this function`, {
    hint: isExact ? `eks-lambda setup ${shellWords(flags.flatMap((one) => ["--allow", one]))}` : undefined,
  });
}

/** The command for the function of this stack: without `--stack`, setup changes the function without a name. */
export function forStack(hint: string | undefined, owner = "", cluster?: string): string | undefined {
  const stack = owner.split("/")[2];
  return stack && stack !== `eks-lambda-${cluster}`
    ? hint?.replace("setup --allow", `setup --stack ${shellWord(stack)} --allow`)
    : hint;
}
