/** Reads `--allow ACTION:RESOURCE[.GROUP][/NAME[,NAME…]][@NAMESPACE]`. */
import { actions } from "../actions/index.ts";
import { usageError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** As it was written. Without a group, the cluster says which group has the resource. */
export interface Allow {
  readonly action: string;
  readonly resource: string;
  readonly group: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly namespace: string | undefined;
}

const example = "write ACTION:RESOURCE[.GROUP][/NAME,…][@NAMESPACE], for example restart:deployments/web@shop";

const name = "[A-Za-z0-9](?:[-A-Za-z0-9.:]*[A-Za-z0-9])?";
const notation = new RegExp(
  `^(?<action>[a-z-]+):(?<resource>[a-z0-9-]+)(?:\\.(?<group>[a-z0-9.-]+))?(?:/(?<names>${name}(?:,${name})*))?(?:@(?<namespace>\\*|[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?))?$`,
);

/** Throws `InvalidNeed` (usage). */
export function parseAllow(text: string): Allow {
  const { action = "", resource = "", group, names, namespace } = notation.exec(text)?.groups ?? {};
  if (action === "") throw usageError("InvalidNeed", `cannot read the allowed action "${text}"`, example);
  const allowable = [...actions.keys()].map(String).filter((one) => one !== "check");
  if (!allowable.includes(action)) {
    const meant = nearest(action, allowable);
    throw usageError(
      "InvalidNeed",
      `there is no action "${action}" to allow (in "${text}")`,
      meant ? `did you mean "${meant}${text.slice(action.length)}"?` : `the actions are ${allowable.join(", ")}`,
    );
  }
  return { action, resource, group, names: names?.split(","), namespace };
}
