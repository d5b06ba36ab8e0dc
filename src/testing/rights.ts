/** Compares the declared rights of a function with the requests that it sent. */
import { formatNeed, type Need } from "../core/kube/need.ts";

/** An authorized request. */
export interface Use {
  readonly user: string;
  readonly verb: string;
  readonly group?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * Returns the rights that no request used, each as `delete pods @shop`, and for each name of `named`. The verbs of a
 * subresource are one right: `may("scale")` declares them together.
 */
export const unusedRights = (needs: readonly Need[], uses: readonly Use[], namespace: string): readonly string[] =>
  needs
    .flatMap((need) => rightsOf(need.cluster ? need : { namespace, ...need }).flatMap(byName))
    .filter((right) => !uses.some((use) => isUseOf(right, use)))
    .map(formatNeed);

const rightsOf = (need: Need): readonly Need[] =>
  need.resource.includes("/") ? [need] : need.verbs.map((verb) => ({ ...need, verbs: [verb] }));

const byName = (need: Need): readonly Need[] => need.names?.map((name) => ({ ...need, names: [name] })) ?? [need];

const includes = (allowed: readonly string[], value: string): boolean =>
  allowed.includes("*") || allowed.includes(value);

function isUseOf({ group, resource, verbs, names, namespace, cluster }: Need, use: Use): boolean {
  const plural = [use.resource, use.subresource].filter(Boolean).join("/");
  return (
    includes(verbs, use.verb) &&
    includes([group], use.group ?? "") &&
    includes([resource], plural) &&
    (cluster === true || namespace === use.namespace) &&
    (!names || names.includes(use.name ?? ""))
  );
}
