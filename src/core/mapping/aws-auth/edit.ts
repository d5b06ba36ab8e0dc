/** Edits a role list, and checks each edit by parsing the result. */

import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq } from "yaml";
import { EksLambdaError } from "../../errors.ts";
import { type Located, unsupported } from "../../yaml.ts";
import { entriesIn, isSkipped, itemsOf, parse } from "./read.ts";
import { fieldValue, indexesOf, roleEntry } from "./roles.ts";
import { addField, CannotEdit, fieldOf, type Mapping, removeField, setValue, type Trailing } from "./yaml/fields.ts";
import type { FlowStyle } from "./yaml/flow.ts";
import { JSON_STYLE } from "./yaml/flow.ts";
import { additions, appendLines, emptyRoot, flowMapping, type Printed, removals } from "./yaml/list.ts";
import { isAbsent } from "./yaml/nodes.ts";
import { quoted, scalar } from "./yaml/scalar.ts";
import { type Splice, spliced } from "./yaml/splice.ts";

/** No groups: least privilege. */
export interface RoleMapping {
  readonly rolearn: string;
  readonly username: string;
}

function printed({ rolearn, username }: RoleMapping): Printed {
  const pair = (key: string, value: string, { colon, quotedKeys }: FlowStyle) =>
    `${quotedKeys ? `"${key}"` : key}${colon}${quoted(value)}`;
  return {
    lines: [`rolearn: ${scalar(rolearn)}`, `username: ${scalar(username)}`],
    flow: (style) => flowMapping([pair("rolearn", rolearn, style), pair("username", username, style)], style),
  };
}

const flowList = (mapping: RoleMapping): string => `[${printed(mapping).flow(JSON_STYLE)}]`;

/** Returns `text` with the entry. */
export function putIn(text: string, mapping: RoleMapping): string {
  const skipped = /``|""/.exec(isSkipped(text) ? text : "");
  // Only white space surrounds it, and YAML does not allow all kinds of it around a list.
  if (skipped) return text.replace(/\r(?!\n)|[^\S \r\n]/g, " ").replace(skipped[0], () => flowList(mapping));
  const located = parse(text);
  return guarded(located, () => {
    const index = indexesOf(itemsOf(located), mapping.rolearn).at(-1);
    return index === undefined ? append(located, mapping) : change(located, index, mapping);
  });
}

function append(located: Located, mapping: RoleMapping): string {
  const { text, root, end } = located;
  const items = itemsOf(located);
  const item = printed(mapping);
  const literal = emptyRoot(root);
  const ways: readonly (readonly Splice[])[] = isAbsent(located)
    ? [[appendLines(text, end, [`- ${item.lines[0]}`, `  ${item.lines[1]}`])]]
    : isSeq(root)
      ? additions(text, root, { item, limit: end })
      : literal
        ? [[{ ...literal, insert: flowList(mapping) }]]
        : [];
  for (const way of ways) {
    const after = spliced(text, way);
    if (isListWith(after, items, mapping)) return after;
  }
  throw new CannotEdit(root?.range[1] ?? 0, "an entry added here would change others");
}

function isListWith(text: string, items: readonly unknown[], mapping: RoleMapping): boolean {
  const after = readAgain(text);
  const entry = { ...mapping };
  return isDeepStrictEqual(after, [...items, entry]) || isDeepStrictEqual(after, [entry, ...items]);
}

/** `undefined` if the text can no longer be parsed. */
function readAgain(text: string): readonly unknown[] | undefined {
  try {
    return entriesIn(text);
  } catch (error) {
    if (error instanceof EksLambdaError) return undefined;
    throw error;
  }
}

function change(located: Located, index: number, mapping: RoleMapping): string {
  const { text, root } = located;
  const items = itemsOf(located);
  const map = isSeq(root) ? root.items[index] : undefined;
  const offset = rangeStart(map) ?? root?.range[0] ?? 0;
  if (hasSso(items[index])) throw new CannotEdit(offset, "an entry has either `rolearn` or `sso`, not both");
  if (isWanted(items[index], index, mapping)) return text;
  if (!isMap(map)) throw new CannotEdit(offset, "the entry is an alias; write it out");
  for (const trailing of ["keep", "remove"] as const) {
    const after = spliced(text, changes({ text, map }, items[index], { mapping, trailing }));
    const read = readAgain(after);
    if (read && isChanged(items, read, { index, mapping })) return after;
  }
  throw new CannotEdit(offset, "the entry shares values with others; write it out");
}

const rangeStart = (node: unknown): number | undefined =>
  (node as { range?: readonly [number, number, number] } | undefined)?.range?.[0];

const hasSso = (entry: unknown): boolean =>
  fieldValue(entry, "sso", (value) => value !== null && value !== undefined) !== undefined;

function isWanted(entry: unknown, index: number, { rolearn, username }: RoleMapping): boolean {
  const found = roleEntry(entry, index);
  return found.rolearn === rolearn && found.username === username && found.groups.length === 0;
}

function changes(
  at: Mapping,
  entry: unknown,
  { mapping, trailing }: { readonly mapping: RoleMapping; readonly trailing: Trailing },
): readonly Splice[] {
  const { map } = at;
  const arn = fieldOf(map, "rolearn");
  if (!arn) throw new CannotEdit(map.range?.[0] ?? 0, "its `rolearn` is written elsewhere; write it here");
  const username = fieldOf(map, "username");
  const groups = fieldOf(map, "groups");
  const found = roleEntry(entry, 0);
  return [
    ...(found.rolearn === mapping.rolearn ? [] : [setValue(at, arn, mapping.rolearn)]),
    ...(username ? [] : [addField(at, arn, { key: "username", value: mapping.username })]),
    ...(username && found.username !== mapping.username ? [setValue(at, username, mapping.username)] : []),
    ...(groups && found.groups.length > 0 ? removeField(at, groups, trailing) : []),
  ];
}

/** True if `after` is `before` with entry `index` as wanted and its other keys unchanged. */
function isChanged(
  before: readonly unknown[],
  after: readonly unknown[],
  { index, mapping }: { readonly index: number; readonly mapping: RoleMapping },
): boolean {
  return (
    before.length === after.length &&
    isWanted(after[index], index, mapping) &&
    isDeepStrictEqual(otherKeys(before[index]), otherKeys(after[index])) &&
    isDeepStrictEqual(before.toSpliced(index, 1), after.toSpliced(index, 1))
  );
}

const otherKeys = (entry: unknown): unknown =>
  Object.fromEntries(
    Object.entries(entry ?? {}).filter(([key]) => !["rolearn", "username", "groups"].includes(key.toLowerCase())),
  );

/** Returns `text` without the last entry of that ARN. */
export function dropIn(text: string, rolearn: string): string {
  const located = parse(text);
  return guarded(located, () => {
    const { root } = located;
    const items = itemsOf(located);
    const index = indexesOf(items, rolearn).at(-1);
    if (index === undefined || !isSeq(root)) return text;
    for (const way of removals(text, root, index)) {
      const after = spliced(text, way);
      if (isDeepStrictEqual(readAgain(after), items.toSpliced(index, 1))) return after;
    }
    throw new CannotEdit(rangeStart(root.items[index]) ?? root.range[0], "without this entry others would change");
  });
}

/** Turns `CannotEdit` into the error that the user sees. */
function guarded(located: Located, edit: () => string): string {
  try {
    return edit();
  } catch (error) {
    if (error instanceof CannotEdit) throw unsupported(located, error.offset, error.message);
    throw error;
  }
}
