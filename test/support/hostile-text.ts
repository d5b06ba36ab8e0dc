/** Text that a file could take for more than a value. */
import fc from "fast-check";

export const injected = "x\n---\nkind: ClusterRoleBinding\nroleRef: {kind: ClusterRole, name: cluster-admin}\n";
const words = [
  "yes",
  "on",
  "no",
  "y",
  "null",
  "~",
  "1_000",
  "1:30",
  "0x1f",
  "2010-09-09",
  "-",
  "=",
  "<<",
  "!!str",
  "&a",
  "*a",
];
const breaks = ["\n", "\r", "\u0085", "\u2028", "\u2029", "\0", "\u001b[1A", "\u007f", "\u202e", "\t"].map(
  (one) => `a${one}# b: c`,
);
export const hostileText = fc.oneof(
  fc.constantFrom(
    injected,
    ...words,
    ...breaks,
    "it's",
    'say "x"',
    "a: b",
    "a #b",
    " a ",
    "'''",
    '"""',
    "a\\",
    "é",
    "",
    "]",
  ),
  fc.string({ unit: fc.constantFrom(..."ab:# '\"\\\n\r\u0085\u2028\t-[]{},&*!|>%@`=é\u0007"), maxLength: 12 }),
);
