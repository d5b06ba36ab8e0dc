/**
 * Who may use the cluster, as ConfigMap kube-system/aws-auth tells it: `mapRoles` and `mapUsers` are *strings* that
 * hold YAML or JSON, written by hand. A syntax error in one loses the whole list and locks nodes out, so an edit is a
 * splice of the text where `yaml` found the place; every other byte stays, and the result is read again and must be
 * the old list with exactly the one change, or nothing is written.
 *
 * What counts is how the authenticator reads it (aws-iam-authenticator, `pkg/mapper/configmap`): Go's
 * `sigs.k8s.io/yaml` (YAML 1.1, duplicate keys allowed, the first document alone), then `encoding/json` (keys in any
 * letter case, values of another type skipped). `yaml` is a little stricter: what it refuses is left alone. It reads
 * some damaged texts that Go refuses (a key over two lines in braces, an unknown directive): these are no worse after.
 * Block lists are edited in time that grows with their length, 5,000 entries in about 50 ms; JSON takes ten times that.
 *
 * `dropRole(putRole(text, m), m.rolearn) === text` for every text, or none, that has no entry of the role:
 * - lines are added with their newline, or, to a text without a final one, behind a newline and without;
 * - so a missing text becomes an entry with a final newline, an empty one an entry without, and each is told from the
 *   other on the way back;
 * - `[]` gets the entry inside; `null`, `~` and `""` become `[…] # was null`, and the note brings the literal back.
 */
import { isDeepStrictEqual } from "node:util";
import { EksLambdaError } from "../errors.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import {
  dropIn,
  hasSso,
  isChanged,
  isSkipped,
  isWanted,
  itemsOf,
  MAP_ROLES,
  putIn,
  type RoleMapping,
  sourceOf,
} from "./edit.ts";
import { indexesOf, type RoleEntry, roleEntry, sameArn, textField } from "./roles.ts";
import { locate } from "./yaml/locate.ts";
import { newlineOf } from "./yaml/splice.ts";

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

/** The entries of `mapUsers`, `userarn` as `rolearn`: the authenticator looks there, too, for a role. Throws as `readRoles`. */
export const readUsers = (text: string | undefined): readonly RoleEntry[] =>
  valuesOf(text, "mapUsers").map((entry, index) => ({
    ...roleEntry(entry, index),
    rolearn: textField(entry, "userarn"),
  }));

/** The entry of an ARN that is in force: of duplicates the last; letter case does not count. Throws as `readRoles`. */
export const entryOf = (text: string | undefined, rolearn: string): RoleEntry | undefined =>
  readRoles(text).findLast((entry) => sameArn(entry.rolearn, rolearn));

/**
 * The text with exactly this entry for the role; the same string when it is there already.
 *
 * A new entry goes to the end, in the list's own column, style and line ends. One that is there (in any letter case;
 * of duplicates the last) is changed in place: `rolearn` as given, `username` replaced or added, `groups` removed with
 * the comments on their lines; unknown keys and all other comments stay.
 * @throws EksLambdaError `RoleArnInvalid` for an ARN with a path, which never matches; else as `readRoles`, and
 * `AwsAuthUnsupported` where an edit would change more than the entry (aliases, `sso` beside `rolearn`, a key twice).
 */
export function putRole(text: string | undefined, mapping: RoleMapping): string {
  refuseUnmatchable(mapping.rolearn);
  if (text === undefined) return `${putIn("", mapping, "\n")}\n`;
  const chunks = chunksOf(text);
  return (chunks && putInChunk(text, chunks, mapping)) ?? putIn(text, mapping, newlineOf(text));
}

/**
 * The text without any entry of that ARN, in any letter case; unchanged when there is none. An entry goes with the
 * comments on its lines; comments before and after it stay. `undefined` when nothing is left: remove the key.
 * Throws as `putRole`, when other entries refer to this one.
 */
export function dropRole(text: string | undefined, rolearn: string): string | undefined {
  if (text === undefined) return undefined;
  let after = text;
  for (let left = indexesOf(valuesOf(text), rolearn).length; left > 0; left--) after = dropLast(after, rolearn);
  return after === "" && text.endsWith("\n") ? undefined : after;
}

/**
 * Who else maps to the Kubernetes user `username`: the ARNs, in order, without `rolearn`. An `sso` entry is named by
 * the pattern that the authenticator compares: `arn:aws:iam::<account>:role/AWSReservedSSO_<permission set>_*`.
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

function valuesOf(text: string | undefined, what?: string): readonly unknown[] {
  if (text === undefined || isSkipped(text)) return [];
  return chunksOf(text)?.map(({ value }) => value) ?? itemsOf(locate(text, what ? sourceOf(what) : MAP_ROLES));
}

function refuseUnmatchable(rolearn: string): void {
  if (/^arn:[^:\s]+:iam::\d+:role\/[^/\s]+$/.test(rolearn)) return;
  const [, start, name] = /^(arn:[^:\s]+:iam::\d+:role\/)\S*\/([^/\s]+)$/.exec(rolearn) ?? [];
  throw new EksLambdaError("RoleArnInvalid", `the authenticator never matches "${rolearn}" in mapRoles`, {
    hint: name === undefined ? "give the ARN of an IAM role" : `leave the role's path out: ${start}${name}`,
  });
}

/** Edits the one entry that matters, or what follows the last, as a text of its own. */
function putInChunk(text: string, chunks: readonly Chunk[], mapping: RoleMapping): string | undefined {
  const values = chunks.map(({ value }) => value);
  const index = indexesOf(values, mapping.rolearn).at(-1);
  if (index !== undefined && isWanted(values[index], index, mapping) && !hasSso(values[index])) return text;
  const chunk = chunks.at(index ?? -1);
  const after = chunk && within(text, chunk.start, chunk.end, (part) => putIn(part, mapping, newlineOf(text)));
  const read = after === undefined ? undefined : chunksOf(after)?.map(({ value }) => value);
  if (!read) return undefined;
  if (index !== undefined) return isChanged(values, read, index, mapping) ? after : undefined;
  const at = indexesOf(read, mapping.rolearn)[0] ?? -1;
  const isRest = isDeepStrictEqual(read[at], { ...mapping }) && isDeepStrictEqual(read.toSpliced(at, 1), values);
  return isRest ? after : undefined;
}

function dropLast(text: string, rolearn: string): string {
  const chunks = chunksOf(text);
  const values = chunks?.map(({ value }) => value) ?? [];
  const index = indexesOf(values, rolearn).at(-1);
  const chunk = chunks?.at(index ?? 0);
  if (index === undefined || !chunk) return dropIn(text, rolearn);
  // With the entry before it: at the end of a text without a final newline, that one's newline goes.
  const start = index === 0 ? 0 : (chunks?.[index - 1]?.start ?? 0);
  const after = within(text, start, chunk.end, (part) => dropIn(part, rolearn));
  const left = after === undefined ? undefined : valuesOf(after);
  return after !== undefined && isDeepStrictEqual(left, values.toSpliced(index, 1)) ? after : dropIn(text, rolearn);
}

/** Edits a part; `undefined` if that is refused, so that the whole text gives the right line and column. */
function within(text: string, start: number, end: number, edit: (part: string) => string): string | undefined {
  try {
    return text.slice(0, start) + edit(text.slice(start, end)) + text.slice(end);
  } catch (error) {
    if (error instanceof EksLambdaError) return undefined;
    throw error;
  }
}
