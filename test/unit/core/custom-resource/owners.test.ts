import { describe, expect, test } from "vitest";
import {
  annotated,
  isLent,
  ownersOf,
  ownerTitle,
  queued,
  withOwner,
  withoutOwner,
} from "../../../../src/core/custom-resource/owners.ts";

const of = (text?: string) =>
  ownersOf({ metadata: { annotations: text === undefined ? {} : { "eks-lambda/owners": text } } });

describe("owners", () => {
  test.each([
    ['["a","b"]', ["a", "b"]],
    [undefined, []],
    ["", []],
    ["[", []],
    ["{}", []],
    ['["a",1]', []],
    ["null", []],
  ])("of the annotation %s are %j", (text, owners) => expect(of(text)).toEqual(owners));

  test.each([
    [[], ["a", ""]],
    [["b"], ["a", "b"]],
    [
      ["b", "a", ""],
      ["a", "b", ""],
    ],
    [["a"], ["a"]],
  ])("%j with another one are %j", (owners, next) => expect(withOwner(owners, "a")).toEqual(next));

  test("of what a stack has left, and takes over, have nobody", () => {
    const web = "arn:stack/shop/1/Web";
    expect([[web], [web, ""], [web, "b"]].map((owners) => withOwner(owners, web))).toEqual([
      ...[
        [web, ""],
        [web, ""],
        [web, "b"],
      ],
    ]);
  });

  test.each([
    [["a"], undefined, undefined],
    [["a", ""], [""], null],
    [["a", "b", ""], ["b", ""], '["b",""]'],
    [["b", "a"], ["b"], '["b"]'],
  ])("%j without one are %j", (owners, left, text) => {
    expect(withoutOwner(owners, "a")).toEqual(left);
    expect(left && annotated(left)).toBe(text);
  });
});

test("an update waits behind an owner in the same stack, and behind one that took the object over", () => {
  const [web, api, other] = ["arn:stack/shop/1/Web", "arn:stack/shop/1/Api", "arn:stack/other/2/Web"] as const;
  expect([[api], [api, web], [web], [other, web], [], [""]].map((owners) => isLent(owners, web))).toEqual([
    ...[true, true, false, true, false, false],
  ]);
  expect([[other], ["", web], ["x", web]].map((owners) => isLent(owners, web))).toEqual([false, false, false]);
  expect(isLent(["terraform:team/a"], "terraform:team/b")).toBe(false);
  expect(isLent(["terraform:team/a", "terraform:team/b"], "terraform:team/b")).toBe(false);
  expect(queued([api, ""], web)).toEqual([api, web, ""]);
  expect(queued([api, "", web], web)).toEqual([api, "", web]);
});

test.each([
  ["arn:aws:cloudformation:us-east-1:111122223333:stack/shop/5f7b1c52/Web", "Web of the stack shop"],
  ["terraform:shop", "terraform:shop"],
  ["", "nobody"],
])("%j is called %j", (owner, title) => expect(ownerTitle(owner)).toBe(title));
