/** Rules in CEL that keep the sandbox busy, reach what JavaScript's objects have, or need what the sandbox does not have. */
import { expect, test } from "vitest";
import { rulesOf } from "../../../../src/sandbox/kube/custom/rules/compile.ts";
import { problemsOfRules } from "../../../../src/sandbox/kube/custom/rules/problems.ts";
import type { Schema } from "../../../../src/sandbox/kube/custom/schema.ts";
import type { Json } from "../../../../src/sandbox/kube/object.ts";

const text: Schema = { type: "string" };
const list: Schema = { type: "array", items: { type: "integer" } };
const schemaOf = (rule: string, properties: Schema["properties"] = { list, text }): Schema => ({
  type: "object",
  properties: { spec: { type: "object", properties, "x-kubernetes-validations": [{ rule }] } },
});
const told = (rule: string, spec: Json, properties?: Schema["properties"]) =>
  problemsOfRules({ spec }, schemaOf(rule, properties));
const refused = (rule: string) => rulesOf(schemaOf(rule))?.refused ?? [];

const integers = (length: number) => Array.from({ length }, (_, index) => index);
const nested = (depth: number, range: string, inner = "true"): string =>
  depth === 0 ? inner : `${range}.all(x${depth}, ${nested(depth - 1, range, inner)})`;
const doubled = (times: number, one: string): string => `[${one}]${".map(a, a + a)".repeat(times)}[0]`;

test.each([
  ["loops inside loops", nested(10, "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"), {}],
  ["loops over a list of the object", nested(6, "self.list"), { list: integers(100) }],
  ["loops whose failures are caught", nested(6, "self.list", "1 / (x1 - x1) == 1"), { list: integers(100) }],
  ["failures on both sides", nested(6, "self.list", "1 / 0 == 1 || 1 / 0 == 2"), { list: integers(100) }],
  ["a text that doubles", `${doubled(40, '"abcdefghij"')}.size() > 0`, {}],
  ["a list that doubles", `${doubled(40, "[1, 2, 3, 4, 5]")}.size() > 0`, {}],
  [
    "a replacement that grows",
    'self.text.replace("a", self.text).replace("a", self.text) == ""',
    { text: "a".repeat(3000) },
  ],
  ["a text that is joined", "self.text.split('').join(self.text) == ''", { text: "a".repeat(10_000) }],
  [
    "a regular expression for each item",
    'self.list.all(x, !self.text.matches("^(a+)+$"))',
    { list: integers(1000), text: `${"a".repeat(10_000)}!` },
  ],
  ["searches of the rest", 'self.text.findAll("a.*b|a").size() == 0', { text: "a".repeat(100_000) }],
  ["comparisons of large lists", "self.list.all(x, self.list == self.list.map(y, y))", { list: integers(10_000) }],
  ["items in a large list", "self.list.all(x, !(-1 in self.list))", { list: integers(10_000) }],
  ["a part that is nearly in a text", "self.text.contains('b' + self.text)", { text: "a".repeat(1_000_000) }],
  [
    "texts that are nearly the same",
    "self.list.all(x, !(self.text in [self.text + 'b', 'b' + self.text].map(y, y)))",
    { list: integers(1000), text: "a".repeat(100_000) },
  ],
  [
    "hours in a time zone",
    "self.list.all(x, timestamp('2026-01-01T00:00:00Z').getHours('Asia/Tokyo') == 9)",
    { list: integers(20_000) },
  ],
  ["distinct items", "self.list.distinct().size() == 0", { list: integers(10_000) }],
])("%s: ended at the limit of one rule", (_, rule, spec) => {
  expect(told(rule, spec)).toEqual([
    [
      "spec",
      expect.stringContaining("no further validation rules will be run due to call cost exceeds limit for rule"),
    ],
  ]);
});

test("many rules end at the limit of the object", () => {
  const rule = { rule: nested(2, "self.list") };
  const schema: Schema = {
    ...{ type: "object", properties: { list } },
    "x-kubernetes-validations": Array.from({ length: 100 }, () => rule),
  };
  const problems = problemsOfRules({ list: integers(400) }, schema);
  expect(problems).toEqual([["<nil>", expect.stringContaining("validation failed due to running out of cost budget")]]);
});

test.each([
  ["messages that are expensive", { messageExpression: `string(${nested(6, "self.list")})` }, 50],
  ["messages that are long", { message: "a".repeat(1_000_000) }, 50],
])("%s end at the limit of the object", (_, more, count) => {
  const rules = Array.from({ length: count }, () => ({ rule: "self.list.size() == 0", ...more }));
  const schema: Schema = { type: "object", properties: { list }, "x-kubernetes-validations": rules };
  const problems = problemsOfRules({ list: integers(100) }, schema);
  expect(problems.length).toBeLessThan(20);
  expect(problems.at(-1)?.[1]).toContain("validation failed due to running out of cost budget");
});

test("a long list with keys that changes", () => {
  const item: Schema = { type: "object", properties: { name: text, port: { type: "integer" } } };
  const rules = [{ rule: "self.port >= oldSelf.port" }];
  const keys = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
  const items = { ...item, "x-kubernetes-validations": rules };
  const schema: Schema = { type: "object", properties: { keyed: { type: "array", items, ...keys } } };
  const of = (port: number) => ({ keyed: integers(30_000).map((index) => ({ name: `n${index}`, port })) });
  expect(problemsOfRules(of(2), schema, of(1))).toEqual([]);
  expect(problemsOfRules({ keyed: [{ name: "n7", port: 0 }] }, schema, of(1))).toHaveLength(1);
});

test.each([
  ["parentheses", "(".repeat(5000)],
  ["lists", `${"[".repeat(5000)}${"]".repeat(5000)} == []`],
  ["conditions", `${"true ? ".repeat(300)}true${" : true".repeat(300)}`],
  ["fields", `self${".a".repeat(5000)} == 1`],
  ["a long expression", `true${" && true".repeat(20_000)}`],
])("%s without end are refused when the definition is written", (_, rule) => {
  expect(refused(rule)).toEqual([
    [".properties[spec].x-kubernetes-validations[0].rule", expect.stringContaining("compilation failed: ")],
  ]);
});

test("an expression that is deeper than the stack is not supported", () => {
  expect(() => refused(`${"!".repeat(50_000)}true`)).toThrow("the sandbox does not support the depth of the rule");
});

test("definitions with many types", () => {
  const object = (properties: Schema["properties"]): Schema => ({ type: "object", ...(properties && { properties }) });
  const fields = Object.fromEntries(integers(5000).map((index) => [`f${index}`, object({ a: text })]));
  expect(told("self.f4999.a == 'b' && self.f0.a == 'b'", { f0: { a: "b" }, f4999: { a: "b" } }, fields)).toEqual([]);
});

test("names that JavaScript's objects have are names like any other", () => {
  const map: Json = JSON.parse('{"__proto__":"p","toString":"t"}');
  const holds =
    'self.constructor == "c" && self.map["__proto__"] == "p" && self.map.toString == "t" && !("valueOf" in self.map)';
  const properties = { constructor: text, map: { type: "object", additionalProperties: text } };
  expect(told(holds, { constructor: "c", map }, properties)).toEqual([]);
  for (const rule of [
    ...["self.toString == 1", "self.__proto__ == 1", "toString == 1", "constructor == 1", "self.text.constructor()"],
    ...["hasOwnProperty('a')", "[].constructor == 1", "self.text.valueOf() == 'a'"],
  ])
    expect(refused(rule), rule).toHaveLength(1);
});

test("a value that the schema did not have yet when it was stored", () => {
  const properties = {
    ...{ list, time: { type: "string", format: "date-time" }, span: { type: "string", format: "duration" } },
    ...{ number: { type: "integer" }, object: { type: "object", properties: { a: text } } },
  };
  for (const rule of ["self.list.size() == 0", "self.time > self.time", "self.number == 1", "self.object.a == 'a'"])
    expect(told(rule, { list: {}, time: "soon", span: 5, number: 1.5, object: [] }, properties), rule).toHaveLength(1);
});

test.each([
  ["a function", '"%d".format([1]) == "1"', "the function format()"],
  [
    "a function of a namespace",
    "format.dns1123Label().validate(self.text) == null",
    "the function format.dns1123Label()",
  ],
  ["a function that lists have", "[1].sortBy(x, x) == [1]", "the function sortBy()"],
  ["versions", 'semver("1.2.3").major() == 1', "the function semver()"],
  ["a syntax", '{?"a": optional.of(1)}.size() == 1', "optional entries"],
])("%s that the sandbox does not have is told when the definition is written", (_, rule, what) => {
  expect(() => refused(rule)).toThrow(`the sandbox does not support ${what} in the rule ${JSON.stringify(rule)}`);
});
