/** Access reviews, about the caller or about another user. They are answered and not stored. */
import type { Handling, Result } from "./handling.ts";
import { type Json, type KubeObject, mapOf, whole } from "./object.ts";
import type { Rule } from "./objects.ts";
import { allows, rulesOf, type User } from "./rbac.ts";
import type { Target } from "./target.ts";
import { validate } from "./validate.ts";
import { bodyOf } from "./write/body.ts";

export function review(handling: Handling): Result {
  const object = bodyOf(handling, handling.kind);
  validate(handling.kind, object);
  return { status: 201, body: { ...whole(handling.kind, object), status: answer(handling, object) } };
}

/** What reviews of each kind ask. */
interface Asked {
  readonly namespace?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly resourceAttributes?: Target;
  readonly nonResourceAttributes?: Target;
}

function answer({ store, user, kind }: Handling, { spec }: KubeObject): Json {
  if (kind.kind === "SelfSubjectReview") return { userInfo: { username: user.name, groups: user.groups } };
  // `validate` has checked it.
  const { namespace, user: name = "", groups = [], ...wish } = mapOf(spec) as Asked;
  if (kind.kind === "SelfSubjectRulesReview") return rights(rulesOf(store, user, namespace));
  const asked: User = kind.kind.startsWith("Self") ? user : { name, groups };
  const target = wish.nonResourceAttributes ?? wish.resourceAttributes;
  return { allowed: target !== undefined && allows(store, asked, target) };
}

/** Of the authorizer that knows EKS's access policies. */
const evaluationError = "webhook authorizer does not support user rule resolution";

function rights(rules: readonly Rule[]): Json {
  const resourceRules = rules.filter(({ resources }) => resources);
  const nonResourceRules = rules.filter(({ nonResourceURLs }) => nonResourceURLs);
  return { resourceRules, nonResourceRules, incomplete: true, evaluationError };
}
