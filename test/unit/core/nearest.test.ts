import { expect, test } from "vitest";
import { distance, nearest } from "../../../src/core/nearest.ts";

test.each([
  ["", "abc", 3],
  ["abc", "", 3],
  ["demo", "demo", 0],
  ["demo", "dmo", 1],
  ["demo", "dmeo", 1],
  ["demo", "prod", 4],
])("%s and %s are %d apart", (a, b, apart) => expect(distance(a, b)).toBe(apart));

test.each([
  ["dmeo", "demo"],
  ["DEMO", "demo"],
  ["prod-us", "prod-eu"],
  ["xyz", undefined],
])("by %s one may mean %s", (text, name) => expect(nearest(text, ["prod-eu", "demo"])).toBe(name));

test("returns undefined without candidates", () => expect(nearest("demo", [])).toBeUndefined());
