/** YAML 1.1, which the API server and CloudFormation read, as far as it differs from 1.2. Source: https://yaml.org/spec/1.1/#c-printable */

const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ufffd\u{10000}-\u{10ffff}]/u;

/** False for text that parsers of YAML 1.1 refuse. */
export const isPrintable = (text: string): boolean => !unprintable.test(text);

/** Text for a parser of YAML 1.2. U+0085 ends a line, and is folded to a space; U+2028 and U+2029 do, and stay. */
export const withBreaks = (text: string): string =>
  text.replaceAll("\x85", "\n ").replace(/[ \t]*([\u2028\u2029])[ \t]*/g, "$1");
