/** Finds entries of `mapRoles` that look like a match, and says why they are not. */
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import { distance } from "../nearest.ts";
import type { RoleEntry } from "./aws-auth/text.ts";

type Miss = (candidate: string, wanted: string) => string | undefined;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const nameOf = (arn: string): string => arn.trim().split("/").at(-1) ?? "";
const partOf = (arn: string, part: "account" | "partition" | "service"): string => parseArn(arn.trim())?.[part] ?? "";

/** The first that applies counts. */
const misses: readonly Miss[] = [
  (arn, wanted) => (arn !== arn.trim() && same(arn.trim(), wanted) ? "has spaces around its ARN" : undefined),
  (arn, wanted) =>
    /:assumed-role\//.test(arn) && same(roleOfSession(arn), wanted)
      ? "is the ARN of a session; aws-auth needs the role's, arn:…:iam::…:role/…"
      : undefined,
  (arn, wanted) =>
    /:role\/.+\//.test(arn) && same(mappableArn(arn), wanted)
      ? "has the role's path, which STS does not report: remove it"
      : undefined,
  (arn, wanted) =>
    /:instance-profile\//.test(arn) && same(nameOf(arn), nameOf(wanted))
      ? "is an instance profile: use the ARN of its role"
      : undefined,
  (arn, wanted) =>
    same(nameOf(arn), nameOf(wanted)) && partOf(arn, "partition") !== partOf(wanted, "partition")
      ? `is of partition ${partOf(arn, "partition")}, not ${partOf(wanted, "partition")}`
      : undefined,
  (arn, wanted) =>
    same(nameOf(arn), nameOf(wanted)) && partOf(arn, "account") !== partOf(wanted, "account")
      ? `is of account ${partOf(arn, "account")}, not ${partOf(wanted, "account")}`
      : undefined,
  (arn, wanted) =>
    distance(arn.toLowerCase(), wanted.toLowerCase()) <= 2 ? "differs by a letter or two: a typo?" : undefined,
];

export function nearMisses(entries: readonly RoleEntry[], wanted: string): readonly string[] {
  return entries.flatMap(({ rolearn, index }) => {
    const why = rolearn === undefined ? undefined : misses.map((miss) => miss(rolearn, wanted)).find(Boolean);
    return why ? [`entry ${index + 1}, ${rolearn}, ${why}`] : [];
  });
}
