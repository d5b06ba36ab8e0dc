import { expect, test } from "vitest";
import { duplicatesIn, literalAt, parseSource } from "../../../../src/sandbox/kube/types/source.ts";

test.each([
  ["", "unexpected end of JSON input"],
  ['{"a":', "unexpected end of JSON input"],
  ["{,}", "invalid character ',' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["nul", "unexpected end of JSON input"],
  ["nule", "invalid character 'e' in literal null (expecting 'l')"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["1.a", "invalid character 'a' after decimal point in numeric literal"],
  ["1ea", "invalid character 'a' in exponent of numeric literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['{"a":1} {}', "invalid character '{' after top-level value"],
])("%j is refused as Go refuses it", (text, message) => expect(() => parseSource(text)).toThrow(message));

test.each([
  ...[
    '{"a":{"b":[1,-2.5,"x\\n\\u00e9",true,false,null,{}]}}',
    "[]",
    " [ [ ] , { } ] ",
    '"\\ud83d\\ude00"',
    "0",
    "null",
  ],
  ...['{"__proto__":{"a":1},"2":1,"1":2}', '{"":""}'],
])("%s is read as JSON.parse reads it", (text) => expect(parseSource(text)).toEqual(JSON.parse(text)));

test("fields that are duplicate, with their paths", () => {
  const text = '{"a":1,"a":{"b":1,"b":2},"c":[{"d":1,"d":1}]}';
  expect(parseSource(text)).toEqual(JSON.parse(text));
  expect(duplicatesIn(parseSource(text))).toEqual(
    ["a", "a.b", "c[0].d"].map((path) => `duplicate field ${JSON.stringify(path)}`),
  );
});

test("numbers as they were written", () => {
  const map = parseSource('{"a":1.0,"b":1e3,"c":12345678901234567890,"d":5,"e":0.50}') as Readonly<
    Record<string, number>
  >;
  expect(Object.keys(map).map((key) => literalAt(map, key, map[key]))).toEqual([
    "1.0",
    "1e3",
    "12345678901234567890",
    "5",
    "0.50",
  ]);
});
