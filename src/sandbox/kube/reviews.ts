/** Access reviews, about the caller or about another user. They are answered and not stored. */
import type { Handling, Result } from "./handling.ts";
import { type KubeObject, type Loose, whole } from "./object.ts";
import { allows, type Rule, rulesOf, type User } from "./rbac.ts";
import { validate } from "./validate.ts";
import { bodyOf } from "./write/body.ts";

export function review(handling: Handling): Result {
  const object = bodyOf(handling, handling.kind);
  validate(handling.kind, object);
  return { status: 201, body: { ...whole(handling.kind, object), status: answer(handling, object) } };
}

function answer({ store, user, kind }: Handling, { spec = {} }: KubeObject): Loose {
  if (kind.kind === "SelfSubjectReview") return { userInfo: { username: user.name, groups: user.groups } };
  if (kind.kind === "SelfSubjectRulesReview") return rights(rulesOf(store, user, spec.namespace));
  const { user: name, groups = [], resourceAttributes, nonResourceAttributes } = spec;
  const asked: User = kind.kind.startsWith("Self") ? user : { name: name ?? "", groups };
  return { allowed: allows(store, asked, nonResourceAttributes ?? resourceAttributes) };
}

/** Of the authorizer that knows EKS's access policies. */
const evaluationError = "webhook authorizer does not support user rule resolution";

function rights(rules: readonly Rule[]): Loose {
  const resourceRules = rules.filter(({ resources }) => resources);
  const nonResourceRules = rules.filter(({ nonResourceURLs }) => nonResourceURLs);
  return { resourceRules, nonResourceRules, incomplete: true, evaluationError };
}
