import fc from "fast-check";
import XMLBuilder from "fast-xml-builder";
import { describe, expect, test } from "vitest";
import { childOf, itemsOf, parseXml, textOf } from "../../../../src/core/aws/xml.ts";

const answer = `<?xml version="1.0" encoding="UTF-8"?>
<AnswerResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <tables>
    <item><id>a</id><routes><item><to>igw-0a</to></item></routes><empty/></item>
    <item><id>b</id></item>
  </tables>
</AnswerResponse>`;

describe("XML of a query service", () => {
  test("is elements in elements", () => {
    const parsed = parseXml(answer);
    expect(parsed.name).toBe("AnswerResponse");
    expect(itemsOf(parsed, "tables").map((item) => textOf(item, "id"))).toEqual(["a", "b"]);
    const [first] = itemsOf(parsed, "tables");
    expect([textOf(itemsOf(first, "routes")[0], "to"), textOf(first, "empty"), childOf(first, "none")]).toEqual([
      ...["igw-0a", ""],
      undefined,
    ]);
  });

  test("comes back as it was written", () => {
    const word = fc.stringMatching(/^[a-zA-Z][\w-]{0,9}$/);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, word, fc.dictionary(word, tie("node"), { minKeys: 1, maxKeys: 4 })),
    })).node;
    const plain = ({ children, text }: ReturnType<typeof parseXml>): unknown =>
      children.length === 0 ? text : Object.fromEntries(children.map((child) => [child.name, plain(child)]));
    fc.assert(
      fc.property(fc.dictionary(word, tree, { minKeys: 1, noNullPrototype: true }), (value) => {
        expect(plain(parseXml(new XMLBuilder().build({ Root: value })))).toEqual(value);
      }),
    );
  });

  test.each([
    ["<a", "x"],
    ["<a ", "x"],
    ["<a>", "<"],
    ["", "<a "],
    ["<a/", "/"],
    ["", "<a/>"],
  ])("%s and a million %s are read at once", (begin, more) => {
    // Quadratic time would be minutes.
    expect(() => parseXml(`${begin}${more.repeat(1_000_000)}`).children.length).not.toThrow(RangeError);
  });

  test.each(["", "plain text", "<a><b></a></b>", "<a>", "</a>", '{"message":"no"}', "<!DOCTYPE html><br><p>Hello"])(
    "%j is none",
    (text) => expect(() => parseXml(text)).toThrow(SyntaxError),
  );
});
