/** What a person may have meant by a name that is a letter or two off. */

/** How many letters have to be put in, taken out or replaced to make one text of the other. */
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

/** The name that is nearest, when it is near: less than half of it is another. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, far: distance(text.toLowerCase(), name.toLowerCase()) / Math.max(name.length, 1) }))
    .sort((a, b) => a.far - b.far);
  const [first] = ranked;
  return first && first.far <= 0.5 ? first.name : undefined;
}
