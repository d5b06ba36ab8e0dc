/** The rules that `--allow` declares: parsed, checked beyond their syntax, and with their namespace. */
import { advice, command } from "../command.ts";
import { usageError } from "../errors.ts";
import { distinctNeeds, formatNeed, type Need, parseNeed } from "../kube/need.ts";
import { placedIn } from "../kube/review.ts";
import { type Place, placeOf } from "../rbac/objects.ts";
import { refuseUnknown } from "./resources.ts";
import { refuseUnknownVerbs } from "./verbs.ts";

const example = command`eks-lambda grant --role arn:aws:iam::111122223333:role/ci --allow 'get,patch deployments.apps web @shop'`;

/**
 * Parses the texts of `--allow`. `namespace` is for rules that name none. Throws `InvalidNeed` (usage), also for no rule
 * at all, and `TooManyRights` (usage).
 */
export function declaredNeeds(texts: readonly string[], namespace: string): readonly Need[] {
  if (texts.length === 0)
    throw usageError("InvalidNeed", "no rule says what the role may do", advice`give --allow: ${example}`);
  const needs = distinctNeeds(readNeeds(texts, (need) => placedIn(namespace, need)));
  for (const place of new Set(needs.map(placeOf)))
    refuseTooMany(
      needs.filter((need) => placeOf(need) === place),
      place,
    );
  return needs;
}

/** The rules of one place, as its objects record them. */
export const recordOf = (needs: readonly Need[]): string => needs.map(formatNeed).join("\n");

/** Characters of a record: a longer one was not written by grant, and would take long to read. */
export const longestRecord = 8_192;

function refuseTooMany(needs: readonly Need[], place: Place): void {
  const { length } = recordOf(needs);
  if (length <= longestRecord) return;
  throw usageError(
    "TooManyRights",
    `${needs.length} rules ${place === undefined ? "for the cluster" : `in ${place}`} take ${length} characters, more than the ${longestRecord} that their record may have`,
    "name fewer objects, or leave the names out where the role may have all objects",
  );
}

/** Throws `InvalidNeed` (usage). */
export function readNeeds(texts: readonly string[], placed = (need: Need): Need => need): readonly Need[] {
  const needs = texts.map((text) => placed(checked(parsed(text))));
  for (const need of needs) {
    refuseUnknown(need);
    refuseUnknownVerbs(need);
  }
  return needs;
}

/** A rule without quotes arrives as several words, of which each is refused. */
function parsed(text: string): Need {
  if (/^[-+]/.test(text))
    throw usageError(
      "InvalidNeed",
      `cannot read the right "${text}"`,
      "+ and - are only for setup without --entry; here, --allow takes all rules",
    );
  if (/\s/.test(text.trim())) return parseNeed(text);
  throw usageError(
    "InvalidNeed",
    `cannot read the right "${text}"`,
    "write each rule as one word in quotes, verbs and resource with a space between: --allow 'get,patch deployments.apps web @shop'",
  );
}

/**
 * A segment of a path. The API server accepts more in a rule, where it then matches no object.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 */
const objectName = /^(?!\.{1,2}$)[\w.:@+=,-]{1,253}$/;

function checked(need: Need): Need {
  const wrong = need.names?.find((name) => !objectName.test(name));
  if (wrong === undefined) return need;
  throw usageError(
    "InvalidNeed",
    `no object is named "${wrong}" (in "${formatNeed(need)}")`,
    "a name has letters, digits and `.:@+=,_-`; write names between the resource and @NAMESPACE, separated by spaces",
  );
}
