/** Regular expressions as Go has them: what matches, what is refused, and how long it takes. */
import { describe, expect, test } from "vitest";
import { patternOf } from "../../../../src/sandbox/kube/custom/re2/match.ts";

describe("matches", () => {
  test.each([
    ["^[A-Z]+$", "ABC", true],
    ["^[A-Z]+$", "aBC", false],
    ["b", "abc", true],
    ["(?i)abc", "xABCx", true],
    ["a(?i)b(?-i)c", "aBC", false],
    ["^a{2,3}$", "aaaa", false],
    ["^(foo|bar)?$", "", true],
    ["^[[:alpha:]_-]+$", "a-b_", true],
    ["^\\p{Greek}+$", "αβ", true],
    ["^\\PL$", "a", false],
    ["\\bfoo\\b", "a foo b", true],
    ["[^\\s]", "  ", false],
    ["^.$", "😀", true],
    ["^.$", "\n", false],
    ["(?s)^.$", "\n", true],
    ["(?m)^b$", "a\nb", true],
    ["^b$", "a\nb", false],
    ["^\\Qa.b\\E$", "a.b", true],
    ["^\\x41\\x{1F600}\\101$", "A😀A", true],
    ["^[\\w.-]+$", "a.b-c", true],
    ["^[]a]+$", "]a", true],
    ["^(?P<name>a)(?:b)$", "ab", true],
    ["\\Aa\\z", "a", true],
    ["^(constructor|__proto__)$", "__proto__", true],
  ])("%s in %j: %j", (pattern, text, matches) => {
    expect(patternOf(pattern).test(text)).toBe(matches);
  });
});

test.each([
  ["\\d+", "a12b345", ["12", "345"]],
  ["a*", "baaac", ["", "aaa", ""]],
  ["a|ab", "ab", ["a"]],
  ["(a+?)b*", "aabb", ["a", "abb"]],
])("all of %s in %s", (pattern, text, all) => {
  expect([...patternOf(pattern).all(text)]).toEqual(all);
});

test.each([
  ["(", "missing closing ): `(`"],
  ["a)", "unexpected ): `a)`"],
  ["[a", "missing closing ]: `[a`"],
  ["*", "missing argument to repetition operator: `*`"],
  ["a**", "invalid nested repetition operator: `**`"],
  ["a{1001}", "invalid repeat count: `{1001}`"],
  ["((a{100}){100})", "invalid repeat count: `{100}`"],
  ["x{2,1}", "invalid repeat count: `{2,1}`"],
  ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ["(?P<n-a>x)", "invalid named capture: `(?P<n-a>`"],
  ["[z-a]", "invalid character class range: `z-a`"],
  ["[[:foo:]]", "invalid character class range: `[:foo:]`"],
  ["\\pX", "invalid character class range: `\\pX`"],
  ["\\8", "invalid escape sequence: `\\8`"],
  ["a\\", "trailing backslash at end of expression: ``"],
])("%s is refused in Go's words", (pattern, why) => {
  expect(() => patternOf(pattern)).toThrow(`error parsing regexp: ${why}`);
});

test.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y"])(
  "%s comes to an end: JavaScript would try for ever",
  (pattern) => {
    const text = `${"a".repeat(2000)}!`;
    expect(patternOf(pattern).test(text)).toBe(false);
  },
);
