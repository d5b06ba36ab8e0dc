/**
 * Keeps answers below Lambda's limit of 6 MB: texts come from others, from containers and the cluster, and may be of any
 * length. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */

/** Bytes as JSON in UTF-8. */
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const mostOfText = 4_000;
const mostOfAnswer = 5_000_000;

/** The longest note of what is left out has fewer bytes. */
const note = 40;

/** At most so many bytes in an answer, in which a character has up to six; with a note if something is left out. */
export function shortened(text: string, most = mostOfText): string {
  if (text.length * 6 <= most) return text;
  let [kept, bytes] = [0, 0];
  for (const character of text) {
    bytes += bytesOf(character) - 2;
    if (bytes <= most - note) kept += character.length;
    // A copy: a slice would keep the whole text in memory.
    if (bytes > most) return `${Buffer.from(text.slice(0, kept))}… (${text.length - kept} more characters)`;
  }
  return text;
}

/** The answer with shorter texts and, if it is still too long, with shorter lists, which `warnings` names. */
export function fitted<T extends Readonly<Record<string, unknown>>>(answer: T): T {
  const fits: Record<string, unknown> = JSON.parse(JSON.stringify(answer), (_, value: unknown) =>
    typeof value === "string" ? shortened(value) : value,
  );
  const { warnings = [], ...fields } = fits;
  const lists = Object.entries(fields).filter((field): field is [string, unknown[]] => Array.isArray(field[1]));
  const cut = new Map<string, string>();
  while (bytesOf(fits) > mostOfAnswer) {
    const [longest] = lists.sort(([, one], [, other]) => bytesOf(other) - bytesOf(one));
    if (!longest?.[1].length) break;
    const [name, list] = longest;
    longest[1] = fits[name] = list.slice(0, list.length / 2);
    cut.set(name, `${name} has the first ${longest[1].length} only: the whole answer is longer than Lambda allows`);
  }
  return (cut.size > 0 ? { ...fits, warnings: [...(warnings as string[]), ...cut.values()] } : fits) as T;
}
