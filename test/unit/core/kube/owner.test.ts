import { describe, expect, test } from "vitest";
import { ownerHash, ownerMarks, ownerName } from "../../../../src/core/kube/owner.ts";

const longest = { account: "111122223333", region: "us-gov-east-1", stack: `A${"-b9".repeat(42)}c` };

describe("an owner", () => {
  test("is identified by account, region and stack", () =>
    expect(ownerName({ account: "111122223333", region: "us-east-1", stack: "eks-lambda-demo" })).toBe(
      "111122223333/us-east-1/eks-lambda-demo",
    ));

  test("is a hash in the label, and in full in the annotation", () =>
    expect(ownerMarks("111122223333/us-east-1/eks-lambda-demo")).toEqual({
      labels: { "eks-lambda/owner": "4bf5f8e1b8ee77ef6916788a2d63f9d3" },
      annotations: { "eks-lambda/owner": "111122223333/us-east-1/eks-lambda-demo" },
    }));

  // Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
  test("with the longest stack name that CloudFormation allows fits into a label", () => {
    expect(longest.stack).toHaveLength(128);
    expect(ownerHash(ownerName(longest))).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ["another account", { account: "444455556666" }],
    ["another region", { region: "us-gov-west-1" }],
    ["another stack, however similar", { stack: longest.stack.slice(0, -1) }],
  ])("differs from %s", (_, other) =>
    expect(ownerHash(ownerName({ ...longest, ...other }))).not.toBe(ownerHash(ownerName(longest))),
  );
});
