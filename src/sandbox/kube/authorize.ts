/** Refuses what RBAC does not permit, with the API server's message. */
import { allows, type User } from "./rbac.ts";
import { type Failure, failure, forbidden } from "./status.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

/** Throws 403 unless the user may do what the target says. */
export function authorize(store: Store, user: User, target: Target): void {
  if (!allows(store, user, target)) throw refusal(user, target);
}

function refusal({ name: user }: User, target: Target): Failure {
  const { verb, group = "", resource = "", subresource, namespace, name = "", path } = target;
  const who = `User ${JSON.stringify(user)} cannot ${verb}`;
  if (path !== undefined) return failure(403, `forbidden: ${who} path "${path}"`, { of: {} });
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  const plural = subresource ? `${resource}/${subresource}` : resource;
  return forbidden({ group, plural: resource }, name, `${who} resource "${plural}" in API group "${group}" ${where}`);
}
