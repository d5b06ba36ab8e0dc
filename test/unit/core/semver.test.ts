import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNewer } from "../../../src/core/semver.ts";

/** Source: https://semver.org/spec/v2.0.0.html#spec-item-11, with more between. */
const ascending = [
  ...["0.0.0", "0.0.1", "0.2.0", "0.10.0", "1.0.0-0", "1.0.0-9", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1"],
  ...["1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1"],
  ...["9007199254740993.0.0", "9007199254740994.0.0"],
];

test("each of these is newer than those before it, and not than itself or those after it", () => {
  for (const [at, version] of ascending.entries())
    expect(ascending.filter((other) => isNewer(version, other))).toEqual(ascending.slice(0, at));
});

test("metadata of a build does not count", () => {
  expect(isNewer("1.0.0+2", "1.0.0+1")).toBe(false);
  expect(isNewer("1.0.1+2", "1.0.0+1")).toBe(true);
});

describe("nothing else is a version, and so newer than one:", () => {
  test.each([
    ...[
      "",
      "by-hand",
      "latest",
      "9",
      "9.9",
      "v9.9.9",
      "=9.9.9",
      "09.9.9",
      "9.9.9-",
      "9.9.9-01",
      "9.9.9+",
      "9.9.9-a..b",
    ],
    ...[" 9.9.9", "9.9.9\n", "9.9.9 && id", "9.9.9;id", "9.9.9-$(id)", "9.9.9-`id`", "9.9.9/../x", "٩.9.9"],
    `9.9.9-${"a".repeat(100)}`,
  ])("%j", (text) => expect(isNewer(text, "0.0.0")).toBe(false));

  test("what is newer is one word of a shell, and of a hint", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.constantFrom(..."-+.09a $;\n") }),
        (any, near) => {
          for (const text of [any, near, `9.9.9${any}`, `9.9.9-${near}`, `9.9.9+${near}`])
            if (isNewer(text, "0.0.0")) expect(text).toMatch(/^[\w.+-]+$/);
        },
      ),
    ));
});
