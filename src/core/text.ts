/** Text of others in text of ours: on one line, in a shell, counted. */

/** Control characters except tab, and characters that change the direction of text or end a line. */
const unsafe = /(?!\t)\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text of others on one line of ours, with `\u001b` for what a terminal, a parser or a reader would take for more. */
export const escaped = (text: string): string =>
  text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * Writes a value as one word of a shell: in single quotes, if it needs them. A backslash stands outside of them, because
 * fish reads it inside.
 */
export const shellWord = (value: string): string =>
  /^(?!=)[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/['\\]/g, "'\\$&'")}'`;

/** Several words. */
export const shellWords = (values: readonly string[]): string => values.map(shellWord).join(" ");

/** A number with its noun: `1 entry`, `3 entries`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;
