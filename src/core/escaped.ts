/** Control characters except tab, and characters that change the direction of text or end a line. */
const unsafe = /(?!\t)\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text of others on one line of ours, with `\u001b` for what a terminal, a parser or a reader would take for more. */
export const escaped = (text: string): string =>
  text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
