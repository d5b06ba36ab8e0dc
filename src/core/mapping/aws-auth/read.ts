/** Reads the lists that are strings in ConfigMap kube-system/aws-auth. */
import { isSeq } from "yaml";
import { advice, command } from "../../command.ts";
import { type EksLambdaError, hasCode } from "../../errors.ts";
import { invalid, type Located, locate } from "../../yaml.ts";

/** Texts that the authenticator does not parse: https://github.com/kubernetes-sigs/aws-iam-authenticator, `isSkippable`. */
export const isSkipped = (text: string): boolean => ["", '""', "``"].includes(text.trim());

/** The items of a list that is the whole document; none if it is empty. */
export function itemsOf(located: Located): readonly unknown[] {
  const { root, value } = located;
  if (Array.isArray(value) && isSeq(root)) return value;
  if (value === null || value === undefined) return [];
  throw invalid(located, root?.range[0] ?? 0, "not a list of entries");
}

/** The entries of a text. Throws as `parse`, and `AwsAuthInvalid` if it is not a list. */
export const entriesIn = (text: string, key?: string): readonly unknown[] =>
  isSkipped(text) ? [] : itemsOf(parse(text, key));

/** The latest texts. Each step of a plan reads the same one, and 5,000 entries take `yaml` 350 to 500 ms (decision 5). */
let parsed: readonly Located[] = [];
const mostParsed = 4;

/** An error of what aws-auth says, not of reading it. */
export const isInvalid = (error: unknown): error is EksLambdaError =>
  hasCode(error, "AwsAuthInvalid", "AwsAuthUnsupported");

/** Throws `AwsAuthInvalid` or `AwsAuthUnsupported`, which name the `key`. */
export function parse(text: string, key = "mapRoles"): Located {
  const known = parsed.find((one) => one.source.what === key && one.text === text);
  if (known) return known;
  const located = locate(text, {
    what: key,
    invalid: "AwsAuthInvalid",
    unsupported: "AwsAuthUnsupported",
    remedy: advice`put back an earlier text with \`${command`eks-lambda aws-auth restore`}\`, or fix ${key} in a copy: kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml, then kubectl replace -f aws-auth.yaml`,
  });
  parsed = [located, ...parsed].slice(0, mostParsed);
  return located;
}
