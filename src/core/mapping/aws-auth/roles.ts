/** The entries of `mapRoles` as the authenticator reads them: Go's `encoding/json` into its `RoleMapping`. */

/** One entry as the authenticator would read it. */
export interface RoleEntry {
  readonly index: number;
  readonly rolearn: string | undefined;
  readonly username: string | undefined;
  readonly groups: readonly string[];
}

/**
 * Keys match in any letter case. Of several, the last by code unit wins, because Go writes maps sorted. A value of
 * another type counts as absent (Go reports it and continues). An entry that is not a mapping has no fields.
 */
export function fieldValue(entry: unknown, name: string, fits: (value: unknown) => boolean): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return undefined;
  const found = Object.entries(entry)
    .filter(([key, value]: [string, unknown]) => key.toLowerCase() === name && fits(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return found.at(-1)?.[1];
}

const isString = (value: unknown): value is string => typeof value === "string";

export function textField(entry: unknown, name: string): string | undefined {
  const value = fieldValue(entry, name, isString);
  return isString(value) ? value : undefined;
}

export function roleEntry(entry: unknown, index: number): RoleEntry {
  const groups = fieldValue(entry, "groups", Array.isArray);
  return {
    index,
    rolearn: textField(entry, "rolearn"),
    username: textField(entry, "username"),
    // Go leaves a member that is not a string empty.
    groups: Array.isArray(groups) ? groups.map((group: unknown) => (isString(group) ? group : "")) : [],
  };
}

/** The authenticator compares ARNs in lower case. */
export const sameArn = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** The indexes of an ARN's entries; the last one is effective. */
export const indexesOf = (entries: readonly unknown[], rolearn: string): readonly number[] =>
  entries.flatMap((entry, index) => (sameArn(textField(entry, "rolearn"), rolearn) ? [index] : []));
