/** Writes a string as a YAML scalar that every parser reads as that string. */
import { escaped } from "../../../kube/json.ts";

// YAML 1.1, which Go reads, has these as booleans and null.
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const PLAIN = /^[A-Za-z](?:[\w./@+=,{}-]|:(?=[\w./@+=,{}:-]))*$/;

/** True if a word needs no quotes in block style, in YAML 1.1 and 1.2. */
export const isPlain = (value: string): boolean => PLAIN.test(value) && !WORDS.test(value);

/** In double quotes. JSON's escapes are valid in YAML; some more characters must be escaped. */
export const quoted = (value: string): string =>
  JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);

/** Plain if possible, else in double quotes. For block style only: in flow style use `quoted`. */
export const scalar = (value: string): string => (isPlain(value) ? value : quoted(value));
