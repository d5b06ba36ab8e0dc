/**
 * What the function may do. `setup` writes the list into the function's code and derives the Role from it, so that
 * function, plan, check and doctor agree.
 */
import type { Need } from "../kube/need.ts";
import { actions } from "./index.ts";
import type { Allowed } from "./place.ts";

export { type Allowed, formatAllowed, formatted } from "./place.ts";

/** The walkthrough's: create Deployments in the function's namespace. */
export const defaultAllowed: readonly Allowed[] = [
  { action: "create", group: "apps", version: "v1", resource: "deployments", kind: "Deployment" },
];

/** The rights for what is allowed: what Role and ClusterRole grant. Entries of unknown actions need none. */
export const needsOf = (allowed: readonly Allowed[]): readonly Need[] =>
  allowed.flatMap((one) => actions.get(one.action)?.needs(one) ?? []);

/** The resources that an action can act on, such as `deployments.apps`; `undefined` for every resource. */
export const resourcesFor = (action: string): readonly string[] | undefined => actions.get(action)?.resources;

/** The line of the built function that has the list, as JSON. */
const line = /^const ALLOWED=(\[.*\]);$/m;

/** A part of the built function, with what needs it: `undo,apply+delete` is undo, or apply together with delete. `scripts/parts.mjs` marks them. */
const part = /\/\*! only (\S+) \*\/\n?([\s\S]*?)\/\*! end \*\/\n?/g;

/** The actions that write a Pod template with images. */
const withImages = ["create", "set-image", "undo", "apply", "run-job"];

/** The list, with the patterns of the only images that the function may bring; without patterns, every image. */
export const onlyImages = (allowed: readonly Allowed[], images: readonly string[]): readonly Allowed[] =>
  images.length === 0 ? allowed : allowed.map((one) => (withImages.includes(one.action) ? { ...one, images } : one));

/** Returns the code of the built function with this list, without the parts that only other actions need. */
export const codeFor = (allowed: readonly Allowed[], code: string): string =>
  codeWith(JSON.stringify(allowed), { actions: allowed.map(({ action }) => action), code });

/** As `codeFor`, with a list in JavaScript that has entries for these actions. */
export function codeWith(
  list: string,
  { actions: names, code }: { readonly actions: readonly string[]; readonly code: string },
): string {
  if (!line.test(code)) throw new Error("the function has no list of allowed actions");
  return code
    .replace(line, () => `const ALLOWED=${list};`)
    .replace(part, (_, needing: string, text: string) =>
      needing.split(",").some((all) => all.split("+").every((action) => names.includes(action))) ? text : "",
    );
}
