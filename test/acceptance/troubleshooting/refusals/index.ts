/** All refusals, in the order of the page. To add one, add it to its file. */
import type { Refusal } from "../refusal.ts";
import { access } from "./access.ts";
import { account } from "./account.ts";
import { acting } from "./actions.ts";
import { cluster } from "./cluster.ts";
import { entry } from "./entry.ts";
import { deployed } from "./function.ts";
import { usage } from "./usage.ts";

export const refusals: readonly Refusal[] = [
  ...account,
  ...cluster,
  ...access,
  ...deployed,
  ...acting,
  ...entry,
  ...usage,
];
