/** Suggests the name that a misspelled one stands for. */

/** The Levenshtein distance: letters to insert, remove or replace. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    let left = i + 1;
    const next = [left];
    for (const [j, other] of [...b].entries()) {
      left = Math.min(left + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1));
      next.push(left);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The closest name, if at most half of its letters differ. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, far: distance(text.toLowerCase(), name.toLowerCase()) / Math.max(name.length, 1) }))
    .sort((a, b) => a.far - b.far);
  const [first] = ranked;
  return first && first.far <= 0.5 ? first.name : undefined;
}
