import { describe, expect, test } from "vitest";
import { ownerHash, ownerMarks } from "../../../../src/core/kube/owner.ts";
import { ownerOf, standingOf } from "../../../../src/core/rbac/ownership.ts";

const key = "eks-lambda/owner";
const ours = "111122223333/us-east-1/eks-lambda-demo";
const others = "111122223333/us-east-1/other";
const managed = { "app.kubernetes.io/managed-by": "eks-lambda" };
const hostile = "\u001b[1A\u001b[2Ka stack of yours";

describe("an object", () => {
  test.each([
    ["with our marks is ours", ownerMarks(ours), "ours"],
    [
      "is ours by its label, whatever the annotation says",
      { ...ownerMarks(others), labels: ownerMarks(ours).labels },
      "ours",
    ],
    ["with the marks of another stack is that stack's", ownerMarks(others), { stack: others }],
    [
      "with another stack's label is not ours by its annotation",
      { ...ownerMarks(ours), labels: ownerMarks(others).labels },
      { stack: ownerHash(others) },
    ],
    ["of an earlier version has no mark", { labels: managed }, "unmarked"],
    ["with an annotation alone has no mark", { labels: managed, annotations: { [key]: ours } }, "unmarked"],
    ["that something else made is foreign", { labels: { "app.kubernetes.io/managed-by": "Helm" } }, "foreign"],
    ["without any label is foreign", {}, "foreign"],
  ])("%s", (_, metadata, expected) => expect(standingOf(metadata, ours)).toEqual(expected));

  test.each([
    ["the name that its hash confirms", ownerMarks(others), others],
    ["its hash, where the annotation is missing", { labels: ownerMarks(others).labels }, ownerHash(others)],
    [
      "its hash, where the annotation is another's",
      { ...ownerMarks(ours), labels: ownerMarks(others).labels },
      ownerHash(others),
    ],
    ["its hash, where the name is none of a stack", ownerMarks(hostile), ownerHash(hostile)],
    ["nobody, without a label", { annotations: { [key]: ours } }, undefined],
  ])("names as its owner %s", (_, metadata, expected) => expect(ownerOf(metadata)).toBe(expected));
});
