/** All cases. To add one, add a row to its group. */
import { accessEntries } from "./aws/access-entries.ts";
import { account } from "./aws/account.ts";
import { buckets } from "./aws/buckets.ts";
import { customResourcesOfStacks } from "./aws/custom-resources.ts";
import { functions } from "./aws/functions.ts";
import { logGroups } from "./aws/logs.ts";
import { network } from "./aws/network.ts";
import { signatures } from "./aws/signatures.ts";
import { stacks } from "./aws/stacks.ts";
import type { Group } from "./case.ts";
import { entries } from "./entries.ts";
import { customResources } from "./kubernetes/custom.ts";
import { decoding } from "./kubernetes/decoding.ts";
import { deletions } from "./kubernetes/deletion.ts";
import { expiredVersions } from "./kubernetes/expired.ts";
import { rulesInCel } from "./kubernetes/expressions.ts";
import { forbiddenRequests } from "./kubernetes/forbidden.ts";
import { forms } from "./kubernetes/forms.ts";
import { granting } from "./kubernetes/granting.ts";
import { hardened } from "./kubernetes/hardened.ts";
import { limitGroup } from "./kubernetes/limits.ts";
import { lists } from "./kubernetes/lists.ts";
import { objects } from "./kubernetes/objects.ts";
import { patches } from "./kubernetes/patches.ts";
import { podGroup } from "./kubernetes/pods.ts";
import { roleRules } from "./kubernetes/rbac.ts";
import { repeated } from "./kubernetes/repeated.ts";
import { reviews } from "./kubernetes/reviews.ts";
import { rights } from "./kubernetes/rights.ts";
import { rules } from "./kubernetes/rules.ts";
import { schemas } from "./kubernetes/schemas.ts";
import { sequences } from "./kubernetes/sequences.ts";
import { serviceGroup } from "./kubernetes/services.ts";
import { volumeGroup } from "./kubernetes/volumes.ts";
import { watches } from "./kubernetes/watches.ts";
import { workloads } from "./kubernetes/workloads.ts";
import { mappings } from "./mappings.ts";
import { accessPolicies } from "./policies.ts";
import { tokens } from "./tokens.ts";

export const groups: readonly Group[] = [
  forbiddenRequests,
  objects,
  decoding,
  lists,
  forms,
  watches,
  patches,
  rules,
  deletions,
  sequences,
  repeated,
  workloads,
  podGroup,
  serviceGroup,
  volumeGroup,
  limitGroup,
  hardened,
  customResources,
  schemas,
  rulesInCel,
  rights,
  roleRules,
  granting,
  reviews,
  tokens,
  mappings,
  entries,
  accessPolicies,
  signatures,
  account,
  accessEntries,
  stacks,
  customResourcesOfStacks,
  functions,
  network,
  buckets,
  logGroups,
  expiredVersions,
];
