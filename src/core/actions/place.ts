/** What the function was allowed to do, and whether an event asks for that. */
import { EksLambdaError, shown, usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";

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
}

/** The entry that allows what was asked, and the namespace in which to act; none for a kind without namespaces. */
export interface Found {
  readonly allowed: Allowed;
  readonly namespace: string | undefined;
}

/** As `--allow` takes it: `restart:deployments.apps/web,api@shop`. */
export const formatAllowed = ({ action, names, namespace, ...resource }: Allowed): string =>
  `${action}:${formatResource(resource)}${names ? `/${names.join(",")}` : ""}${namespace ? `@${namespace}` : ""}`;

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
  const [first] = ofResource;
  const isHere = !first || ofResource.some((one) => place(one) === "*" || place(one) === here);
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
      `\`${action}\` of ${resource ?? ids[0]} without a name was not allowed to this function`,
      { hint: `name one that was allowed: ${names.join(", ")}` },
    );
  const named = ofResource.some(({ names }) => names) ? { name } : {};
  const elsewhere = namespace === here ? {} : { namespace };
  throw notAllowed(all, { action, resource: resource ?? ids[0], ...named, ...elsewhere });
}

/** `--allow` names the whole set, so the command in the hint repeats what is allowed already. */
export function notAllowed(all: readonly Allowed[], { action, resource, name, namespace }: Asked): EksLambdaError {
  const what = `${resource ? ` of ${resource}` : ""}${name ? ` ${shown(name)}` : ""}${namespace ? ` in ${namespace}` : ""}`;
  const flag = `${action}:${resource ?? "RESOURCE"}${name ? `/${name}` : ""}${namespace ? `@${namespace}` : ""}`;
  const flags = [...all.map(formatAllowed), flag].map((one) => ` --allow ${one.includes("*") ? `'${one}'` : one}`);
  return new EksLambdaError("NotAllowed", `\`${action}\`${what} was not allowed to this function`, {
    hint: `eks-lambda setup${flags.join("")}`,
  });
}
