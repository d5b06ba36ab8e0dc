/** Lines that an edit removed and added. */

/** The shortest difference of two texts, in order, without line endings. */
export function mappingLines(
  before: string | undefined,
  after: string | undefined,
): { removed: string[]; added: string[] } {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [removed, added] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  // Between the common ends an edit of ours is short. For two very different texts, show all of it.
  return removed.length * added.length > 1e6 ? { removed, added } : withoutCommon(removed, added);
}

function linesOf(text: string | undefined): string[] {
  if (text === undefined || text === "") return [];
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** Leaves out a longest common subsequence. */
function withoutCommon(a: readonly string[], b: readonly string[]): { removed: string[]; added: string[] } {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const [removed, added]: [string[], string[]] = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      removed.push(left);
      i++;
    } else if (right !== undefined) {
      added.push(right);
      j++;
    }
  }
  return { removed, added };
}
