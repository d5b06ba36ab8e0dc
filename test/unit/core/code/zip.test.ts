import { expect, test } from "vitest";
import { zipOf } from "../../../../src/core/code/zip.ts";
import { fileIn } from "../../../../src/sandbox/aws/zip.ts";

test("a ZIP file is the same every time, and the sandbox reads it as Lambda does", () => {
  const text = `exports.handler = "ä${"x".repeat(70_000)}";`;
  expect(zipOf("index.js", text).equals(zipOf("index.js", text))).toBe(true);
  expect(fileIn(zipOf("index.js", text), "index.js")).toBe(text);
  expect(() => fileIn(zipOf("index.js", text), "other.js")).toThrow("it has no other.js");
});
