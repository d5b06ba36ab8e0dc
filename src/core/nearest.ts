/** Suggests the name that a misspelled one stands for. */

/** Letters to insert, remove, replace or swap with the next one: the optimal string alignment distance. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  const of = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = of(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? of(i - 2, j - 2) + 1 : replaced;
      rows[i]?.push(Math.min(of(i - 1, j) + 1, of(i, j - 1) + 1, replaced, swapped));
    }
  }
  return of(a.length, b.length);
}

/** The closest name, if at most half of its letters differ. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, far: distance(text.toLowerCase(), name.toLowerCase()) / Math.max(name.length, 1) }))
    .sort((a, b) => a.far - b.far);
  const [first] = ranked;
  return first && first.far <= 0.5 ? first.name : undefined;
}
