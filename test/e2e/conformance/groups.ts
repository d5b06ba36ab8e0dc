/** All cases. To add one, add a row to its group. */
import { accessEntries } from "./aws/access-entries.ts";
import { account } from "./aws/account.ts";
import { functions } from "./aws/functions.ts";
import { signatures } from "./aws/signatures.ts";
import { stacks } from "./aws/stacks.ts";
import type { Group } from "./case.ts";
import { entries } from "./entries.ts";
import { forbiddenRequests } from "./kubernetes/forbidden.ts";
import { objects } from "./kubernetes/objects.ts";
import { roleRules } from "./kubernetes/rbac.ts";
import { reviews } from "./kubernetes/reviews.ts";
import { mappings } from "./mappings.ts";
import { tokens } from "./tokens.ts";

export const groups: readonly Group[] = [
  forbiddenRequests,
  objects,
  roleRules,
  reviews,
  tokens,
  mappings,
  entries,
  signatures,
  account,
  accessEntries,
  stacks,
  functions,
];
