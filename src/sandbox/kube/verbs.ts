/** The verbs of each resource. To add a verb, add an entry. */
import type { Handling, Result } from "./handling.ts";
import { idOf, isReview, isUnsupportedSubresource, type Kind, kinds, type Subresource } from "./kinds.ts";
import { list } from "./read/list.ts";
import { log } from "./read/log.ts";
import { watch } from "./read/watch.ts";
import { review } from "./reviews.ts";
import { noSuchResource, notAllowed, notFound, notSupported } from "./status.ts";
import type { Target } from "./target.ts";
import { create, read, update } from "./write/create.ts";
import { remove, removeAll } from "./write/delete.ts";
import { evict } from "./write/evict.ts";
import { patch } from "./write/patch.ts";

export type Verbs = Readonly<Record<string, (handling: Handling) => Result>>;

const ofReview: Verbs = { create: review };
const ofAll: Verbs = { create, list, watch, deletecollection: removeAll };
/** Namespaces are deleted one by one. */
const ofNamespaces: Verbs = { create, list, watch };
const ofOne: Verbs = { get: read(), update: update(), patch: patch(), delete: remove };
const ofSubresource: Readonly<Record<Subresource, Verbs>> = {
  status: { get: read("status"), update: update("status"), patch: patch("status") },
  scale: { get: read("scale"), update: update("scale"), patch: patch("scale") },
  log: { get: log },
  eviction: { create: evict },
  finalize: { update: update("finalize") },
};

const ofCollection = (kind: Kind): Verbs =>
  isReview(kind) ? ofReview : kind.id === kinds.namespaces.id ? ofNamespaces : ofAll;

/** The verbs of a kind, or of one of its subresources. */
export const verbsOf = (kind: Kind, subresource?: Subresource): Verbs =>
  subresource ? ofSubresource[subresource] : isReview(kind) ? ofReview : { ...ofCollection(kind), ...ofOne };

/** Throws 404 or 501 for a subresource that the kind does not have, 405 for a verb. */
export function verbOf(kind: Kind, { verb, subresource, name }: Target): Verbs[string] {
  const found = kind.subresources.find((one) => one === subresource);
  if (kind.custom && !found && /^(status|scale)$/.test(subresource ?? "")) throw notFound(kind, name ?? "");
  if (subresource && !found)
    throw isUnsupportedSubresource(kind, subresource)
      ? notSupported(`${idOf(kind.group, kind.plural)}/${subresource}`)
      : noSuchResource();
  const named = name && verb !== "list" && verb !== "watch";
  const verbs = found ? ofSubresource[found] : named && !isReview(kind) ? ofOne : ofCollection(kind);
  const run = verbs[verb];
  if (!run) throw notAllowed();
  return run;
}
