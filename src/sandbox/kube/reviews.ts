/** Questions about oneself, which everybody may ask and nothing keeps. */
import { allows, rulesOf, type Wish } from "./rbac.ts";
import { bodyOf, type Handling } from "./verbs.ts";

type Spec = { readonly resourceAttributes?: Wish; readonly nonResourceAttributes?: Wish; readonly namespace?: string };

const statuses: Readonly<Record<string, (spec: Spec, handling: Handling) => unknown>> = {
  selfsubjectaccessreviews({ resourceAttributes, nonResourceAttributes }, { store, user }) {
    const reason = allows(store, user, resourceAttributes ?? nonResourceAttributes ?? { verb: "" });
    return { allowed: reason !== undefined, ...(reason && { reason }) };
  },
  selfsubjectrulesreviews({ namespace }, { store, user }) {
    const rules = rulesOf(store, user, namespace).map(({ rule }) => rule);
    const [resourceRules, nonResourceRules] = [
      rules.filter((one) => one.resources),
      rules.filter((one) => !one.resources),
    ];
    return { resourceRules, nonResourceRules, incomplete: false };
  },
  selfsubjectreviews: (_, { user: { name: username, groups } }) => ({ userInfo: { username, groups } }),
};

/** `undefined`: it is no review. */
export function reviewed(handling: Handling): unknown {
  const statusOf = statuses[handling.kind.plural];
  if (!statusOf) return undefined;
  const { spec = {}, kind, apiVersion } = bodyOf(handling);
  return { kind, apiVersion, metadata: {}, spec, status: statusOf(spec as Spec, handling) };
}
