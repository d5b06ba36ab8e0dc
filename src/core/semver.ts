/** Compares versions. Source: https://semver.org/spec/v2.0.0.html */

const number = "(?:0|[1-9]\\d*)";
const identifier = `(?:${number}|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const pattern = new RegExp(
  `^(${number})\\.(${number})\\.(${number})(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);
const maxLength = 64;

interface Version {
  readonly release: readonly string[];
  readonly preRelease: readonly string[];
}

/** Returns `undefined` for any other text. */
function parse(text: string): Version | undefined {
  const [, major, minor, patch, pre] = (text.length <= maxLength && pattern.exec(text)) || [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return { release: [major, minor, patch], preRelease: pre?.split(".") ?? [] };
}

/** Whether both are versions, and `a` has the higher precedence. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [parse(a), parse(b)];
  return left !== undefined && right !== undefined && compare(left, right) > 0;
}

function compare(a: Version, b: Version): number {
  const byRelease = compareAll(a.release, b.release);
  if (byRelease !== 0) return byRelease;
  if (a.preRelease.length === 0 || b.preRelease.length === 0) return b.preRelease.length - a.preRelease.length;
  return compareAll(a.preRelease, b.preRelease);
}

/** By the first identifiers that differ; else the longer list is higher. */
function compareAll(a: readonly string[], b: readonly string[]): number {
  for (const [at, one] of a.entries()) {
    const other = b[at];
    const order = other === undefined ? 1 : compareIdentifiers(one, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const isNumber = (identifier: string): boolean => /^\d+$/.test(identifier);

/** Numbers are lower than words, and have no leading zeros. */
function compareIdentifiers(a: string, b: string): number {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  const byLength = isNumber(a) ? a.length - b.length : 0;
  return byLength || Number(a > b) - Number(a < b);
}
