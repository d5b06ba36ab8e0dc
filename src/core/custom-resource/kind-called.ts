/** The kinds of kubectl's words: `svc`, `Deployment`, `deployments.apps`, `deployments.v1.apps`. */
import type { ActionContext } from "../actions/action.ts";
import type { Allowed } from "../actions/place.ts";
import { hasCode } from "../errors.ts";
import { type Served, servedIn } from "../kube/discovery.ts";
import { formatResource } from "../kube/need.ts";

/** kubectl's words for a kind, without its short names. */
export const isCalled = (
  { group, version, resource, kind }: Pick<Allowed, "group" | "version" | "resource" | "kind">,
  word: string,
): boolean =>
  [resource, kind.toLowerCase()].some((name) =>
    [name, `${name}.${group}`, `${name}.${version}.${group}`].includes(word),
  );

const apiVersionOf = ({ group, version }: Allowed): string => (group ? `${group}/${version}` : version);

/**
 * The resource of a word, `services`, among those that the action is allowed for. Only a short name is looked up in the
 * cluster, which every authenticated user may do. Returns a word of no allowed kind as it is: it is not allowed.
 */
export async function resourceCalled(
  word: string,
  action: string,
  { allowed, kube }: Pick<ActionContext, "allowed" | "kube">,
): Promise<string> {
  const given = word.toLowerCase();
  const all = allowed.filter((one) => one.action === action);
  const named = all.find((one) => isCalled(one, given));
  if (named) return formatResource(named);
  for (const apiVersion of new Set(all.map(apiVersionOf))) {
    const served = await servedIn(kube, apiVersion).catch((error: unknown): readonly Served[] => {
      if (hasCode(error, "ResourceNotServed", "NotFound")) return [];
      throw error;
    });
    const found = served.find(({ shortNames = [] }) => shortNames.includes(given));
    const meant = all.find((one) => one.resource === found?.name && apiVersionOf(one) === apiVersion);
    if (meant) return formatResource(meant);
  }
  return given;
}
