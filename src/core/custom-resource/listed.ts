/** What the text of a manifest may have. `eks-lambda/cdk` checks it, too, at synthesis. */

/** Bytes. No account has shown a larger one: an Update carries the old and the new. */
export const mostOfManifest = 100_000;

/** The objects of a list, and of the lists in it: kubectl takes them, too. */
export function listed(given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given.flatMap(listed);
  const { kind, items } = Object(given) as { readonly kind?: unknown; readonly items?: unknown };
  return Array.isArray(items) && /List$/.test(String(kind)) ? items.flatMap(listed) : [given];
}
