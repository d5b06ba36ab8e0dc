/**
 * The mappings of ConfigMap kube-system/aws-auth. `mapRoles` and `mapUsers` are *strings* that hold YAML or JSON, written
 * by hand. A syntax error in one loses the whole list and locks nodes out. An edit therefore changes the text only at the
 * place that `yaml` found; every other byte stays. The result is parsed again, and accepted only if it is the old list
 * with exactly the one change.
 *
 * The text is read as the authenticator reads it (aws-iam-authenticator, `pkg/mapper/configmap`): with Go's
 * `sigs.k8s.io/yaml` (YAML 1.1, duplicate keys allowed, first document only), then `encoding/json` (keys in any
 * letter case, values of another type skipped). `yaml` is a little stricter; a text that it refuses is not edited. It
 * accepts some damaged texts that Go refuses (a key over two lines in braces, an unknown directive); an edit leaves
 * these as they are.
 *
 * `dropRole(putRole(text, m), m.rolearn) === text` for every text without an entry for the role, and for a missing text.
 * One exception: `null`, `~` and `""` come back as the empty list, `[]`. A missing text becomes an entry with a final
 * newline and an empty text an entry without, so that removing the entry can tell them apart.
 */
import { isScalar, isSeq } from "yaml";
import { EksLambdaError } from "../../errors.ts";
import { counted } from "../../text.ts";
import { dropIn, putIn, type RoleMapping } from "./edit.ts";
import { entriesIn, isSkipped, itemsOf, parse } from "./read.ts";
import { indexesOf, type RoleEntry, roleEntry, sameArn, textField } from "./roles.ts";

export { mappingLines } from "./diff.ts";
export type { RoleMapping } from "./edit.ts";
export { type RoleEntry, sameArn } from "./roles.ts";

/** The data of ConfigMap kube-system/aws-auth, as strings that hold YAML or JSON. */
export interface AwsAuthData {
  readonly mapRoles?: string;
  readonly mapUsers?: string;
  readonly mapAccounts?: string;
}

/**
 * The entries of `mapRoles` in their order.
 * @throws EksLambdaError `AwsAuthInvalid` with line and column (from 1) of the first problem; `AwsAuthUnsupported` for
 * more than one document or line breaks that are neither LF nor CRLF.
 */
export const readRoles = (text: string | undefined): readonly RoleEntry[] => valuesOf(text).map(roleEntry);

/** The entries of `mapUsers`, `userarn` as `rolearn`: the authenticator also finds roles there. Throws as `readRoles`. */
export const readUsers = (text: string | undefined): readonly RoleEntry[] =>
  valuesOf(text, "mapUsers").map((entry, index) => ({
    ...roleEntry(entry, index),
    rolearn: textField(entry, "userarn"),
  }));

/**
 * The accounts of `mapAccounts`, whose every user and role is let in: each as it is written, quoted or not.
 * Throws as `readRoles`.
 */
export function readAccounts(text: string | undefined): readonly string[] {
  if (text === undefined || isSkipped(text)) return [];
  const located = parse(text, "mapAccounts");
  itemsOf(located);
  const items = isSeq(located.root) ? located.root.items : [];
  return items.flatMap((item) => (isScalar(item) ? (item.source ?? []) : []));
}

export interface Overriding {
  /** Entries of the role that this one overrides. They go with it: one of them would take effect. */
  readonly overridden?: readonly RoleEntry[];
}

/** The number of entries besides the edited one and those that go with it: `3 entries untouched`. Throws as `readRoles`. */
export function untouched(text: string | undefined, edited: Overriding | undefined): string {
  const count = edited ? 1 + (edited.overridden ?? []).length : 0;
  return `${counted(readRoles(text).length - count, "entry", "entries")} untouched`;
}

/** The entries of an ARN, in any letter case. The last is effective. Throws as `readRoles`. */
const entriesOf = (text: string | undefined, rolearn: string): readonly RoleEntry[] =>
  readRoles(text).filter((entry) => sameArn(entry.rolearn, rolearn));

/** The effective entry of an ARN. Throws as `readRoles`. */
export const entryOf = (text: string | undefined, rolearn: string): RoleEntry | undefined =>
  entriesOf(text, rolearn).at(-1);

/** The entries before the effective one, which it overrides. `dropRole` removes them, too. Throws as `readRoles`. */
export const overriddenIn = (text: string | undefined, rolearn: string): readonly RoleEntry[] =>
  entriesOf(text, rolearn).slice(0, -1);

/** The lines of an entry, after those that go with it, for a plan. */
export const showEntries = ({ overridden = [], ...entry }: Partial<RoleEntry> & Overriding): string =>
  [...overridden, entry].map(showEntry).join("\n");

const showEntry = ({ rolearn, username, groups = [] }: Partial<RoleEntry>): string =>
  [
    `- rolearn: ${rolearn ?? ""}`,
    `  username: ${username ?? ""}`,
    ...(groups.length ? [`  groups: [${groups.join(", ")}]`] : []),
  ].join("\n");

/**
 * Returns the text with exactly this entry for the role; the same string if it is already there.
 *
 * A new entry is added at the end, in the list's own column, style and line endings. An existing one (in any letter
 * case; the last of duplicates) is changed in place: `rolearn` as given, `username` replaced or added, `groups` removed
 * with the comments on their lines. Unknown keys and all other comments stay.
 * @throws EksLambdaError `RoleArnInvalid` for an ARN with a path, which never matches; else as `readRoles`, and
 * `AwsAuthUnsupported` where an edit would change more than the entry (aliases, `sso` beside `rolearn`, a key twice).
 */
export function putRole(text: string | undefined, mapping: RoleMapping): string {
  refuseUnmatchable(mapping.rolearn);
  return text === undefined ? `${putIn("", mapping)}\n` : putIn(text, mapping);
}

/**
 * Returns the text without entries of that ARN, in any letter case; unchanged if there are none. An entry is removed
 * with the comments on its lines; comments before and after it stay. `undefined` if nothing is left: remove the key.
 * Throws as `putRole` if other entries refer to this one.
 */
export function dropRole(text: string | undefined, rolearn: string): string | undefined {
  if (text === undefined) return undefined;
  let after = text;
  for (let left = indexesOf(valuesOf(text), rolearn).length; left > 0; left--) after = dropIn(after, rolearn);
  return after === "" && text.endsWith("\n") ? undefined : after;
}

/**
 * The other ARNs that map to the Kubernetes user `username`, in order. An `sso` entry is named by the pattern that the
 * authenticator compares: `arn:aws:iam::<account>:role/AWSReservedSSO_<permission set>_*`.
 */
export function othersWithUsername(data: AwsAuthData, username: string, rolearn: string): readonly string[] {
  const roles = valuesOf(data.mapRoles).flatMap((entry) =>
    textField(entry, "username") === username ? [textField(entry, "rolearn") ?? ssoPattern(entry)] : [],
  );
  const users = valuesOf(data.mapUsers, "mapUsers").flatMap((entry) =>
    textField(entry, "username") === username ? [textField(entry, "userarn")] : [],
  );
  const others = [...roles, ...users].filter((arn) => arn !== undefined && !sameArn(arn, rolearn));
  return [...new Set(others.filter((arn) => arn !== undefined))];
}

function ssoPattern(entry: unknown): string | undefined {
  const { sso } = entry as { sso?: unknown };
  const [account, set] = [textField(sso, "accountid"), textField(sso, "permissionsetname")];
  if (account === undefined || set === undefined) return undefined;
  return `arn:${textField(sso, "partition") ?? "aws"}:iam::${account}:role/AWSReservedSSO_${set}_*`;
}

const valuesOf = (text: string | undefined, key?: string): readonly unknown[] =>
  text === undefined ? [] : entriesIn(text, key);

function refuseUnmatchable(rolearn: string): void {
  if (/^arn:[^:\s]+:iam::\d+:role\/[^/\s]+$/.test(rolearn)) return;
  const [, start, name] = /^(arn:[^:\s]+:iam::\d+:role\/)\S*\/([^/\s]+)$/.exec(rolearn) ?? [];
  throw new EksLambdaError("RoleArnInvalid", `the authenticator never matches "${rolearn}" in mapRoles`, {
    hint: name === undefined ? "give the ARN of an IAM role" : `leave the role's path out: ${start}${name}`,
  });
}
