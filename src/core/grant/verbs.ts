/**
 * Refuses verbs that no request has: RBAC accepts any word, and an access review then says that the user may do it. A
 * verb that only an extension of the cluster checks needs a Role made with kubectl.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
import { usageError } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { distance } from "../nearest.ts";

const ofRequests = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
/** Checks within a request: of Roles, users, signers of certificates, and policies. */
const ofChecks = ["bind", "escalate", "impersonate", "approve", "sign", "attest", "use"];
const verbs: readonly string[] = [...ofRequests, ...ofChecks, "*"];

/** Words for the same in other tools. */
const words: Readonly<Record<string, string>> = {
  read: "get",
  view: "get",
  post: "create",
  put: "update",
  edit: "patch",
  apply: "patch",
  remove: "delete",
  destroy: "delete",
};

/** Throws `InvalidNeed` (usage). */
export function refuseUnknownVerbs(need: Need): void {
  const unknown = need.verbs.find((verb) => !verbs.includes(verb));
  if (unknown === undefined) return;
  const meant = words[unknown] ?? verbs.find((verb) => verb !== "*" && distance(unknown, verb) === 1);
  const corrected = [...new Set(need.verbs.map((verb) => (verb === unknown ? (meant ?? verb) : verb)))];
  throw usageError(
    "InvalidNeed",
    `no request has the verb "${unknown}" (in "${formatNeed(need)}")`,
    meant === undefined
      ? `the verbs are ${verbs.join(", ")}`
      : `did you mean "${formatNeed({ ...need, verbs: corrected })}"?`,
  );
}
