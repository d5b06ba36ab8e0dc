/** Replaces what differs in each run by a word. */
import type { Backend } from "../../acceptance/backend.ts";

const words: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC)/g, "TIME"],
  [/\b\d{8}T\d{6}Z/g, "TIME"],
  [/\b(A(?:KIA|SIA|ROA|IDA))[A-Z0-9]{12,}\b/g, "$1…"],
  [/(in record )\(\d+\)/g, "$1(VERSION)"],
  // Only one of the two logs has STS's answer to the authenticator.
  [/\. Body: \{.*/g, ""],
  // Go iterates over a map in any order.
  [/(?<=duplicate query parameter found: )"\w+"/g, '"version"'],
  [/(Value '[\s\S]{40})[\s\S]{160,}?(?=' at ')/g, "$1…"],
  [/(?<=illegal base64 data at input byte )\d+/g, "N"],
  [/127\.0\.0\.1:\d+/g, "HOST"],
  // Generated names, and hashes of templates.
  [/(?<=[a-z0-9]-)[bcdfghjklmnpqrstvwxz2456789]{8,10}(?![\w])/g, "HASH"],
  [/(?<=[a-z0-9H]-)[bcdfghjklmnpqrstvwxz2456789]{5}(?![\w])/g, "ID"],
  [/(?<=Too large resource version: \d+, current: )\d+/g, "VERSION"],
  [/(?<=too old resource version: )\d+ \(\d+\)/g, "VERSION"],
  [/([^\s'"]{40})[^\s'"]{200,}/g, "$1…"],
];

export const normalised = (text: string, { cluster }: Backend): string =>
  words.reduce(
    (rest, [pattern, word]) => rest.replace(pattern, word),
    text.replaceAll(cluster.endpoint, "https://HOST"),
  );
