/** Writing a string as a YAML scalar that every parser reads as that string. */

// YAML 1.1, which Go reads, takes these for booleans and null.
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const PLAIN = /^[A-Za-z](?:[\w./@+=,{}-]|:(?=[\w./@+=,{}:-]))*$/;

/** Whether a word stands for itself without quotes, in block style, in YAML 1.1 and 1.2. */
export const isPlain = (value: string): boolean => PLAIN.test(value) && !WORDS.test(value);

/** JSON's escapes are YAML's too, but for what YAML does not let stand for itself. */
export const quoted = (value: string): string =>
  JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Plain where it may be, else in double quotes. Only for block style: in flow style use `quoted`. */
export const scalar = (value: string): string => (isPlain(value) ? value : quoted(value));
