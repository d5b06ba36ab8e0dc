/** The names of a smoke test, and whether aws-auth is as before it. */
import { describe, expect, test } from "vitest";
import { anyName, anySmoke, idOf, isAsBefore, smokeNames } from "../../../../src/core/smoke/names.ts";
import { mayStillRun } from "../../../../src/core/smoke/namespace.ts";

const place = { account: "123456789012", region: "us-east-1", cluster: "demo" };
const names = smokeNames("0a1b2c", place);

test("all of them follow from the id", () => {
  expect(names).toMatchObject({
    ...{ namespace: "eks-lambda-smoke-0a1b2c", role: "eks-lambda-smoke-0a1b2c" },
    roleArn: "arn:aws:iam::123456789012:role/eks-lambda-smoke-0a1b2c",
    functions: [{ name: "smoke-0a1b2c-a" }, { name: "smoke-0a1b2c-b" }],
  });
  expect(smokeNames("0a1b2c", place)).toEqual(names);
});

test.each([
  ["of a smoke test", "eks-lambda-smoke-0a1b2c", "0a1b2c", "0a1b2c"],
  ["without a label", "eks-lambda-smoke-0a1b2c", undefined, undefined],
  ["with the label of another", "eks-lambda-smoke-0a1b2c", "ffffff", undefined],
  ["with a name of its own", "shop", "0a1b2c", undefined],
  ["with another kind of id", "eks-lambda-smoke-shop", "shop", undefined],
  ["with an id that goes on", "eks-lambda-smoke-0a1b2c-x", "0a1b2c-x", undefined],
])("the id of a namespace %s", (_, name, label, id) => expect(idOf(name, label)).toBe(id));

test.each([
  ["us-east-1", "demo"],
  ["ap-southeast-1", "a-cluster-whose-name-is-as-long-as-names-may-be-in-a-region-0123456789-0123456789-0123456789"],
])("in %s, a pattern stands for the names of every test on %s", (region, cluster) => {
  const all = (id: string) => smokeNames(id, { account: place.account, region, cluster });
  const [pattern] = all(anyName.slice(6, 12)).functions;
  const { functions, stack } = all("0a1b2c");
  expect(stack).toMatch(new RegExp(`^${anySmoke(pattern.stack).replaceAll("*", "\\S*")}$`));
  for (const { stack, functionName } of functions) {
    expect(`${stack} ${functionName}`).toMatch(
      new RegExp(`^${[pattern.stack, pattern.functionName].map(anySmoke).join(" ").replaceAll("*", "\\S*")}$`),
    );
  }
});

describe("aws-auth", () => {
  const nodes = "# nodes\n- rolearn:  'arn:aws:iam::123456789012:role/nodes'\n";
  const entry = (id: string) =>
    `- rolearn: arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1-smoke-${id}-a-60153d\n  username: eks-lambda:smoke-${id}-a\n`;

  test.each([
    ["the same", nodes, nodes, true],
    ["none before and after", undefined, undefined, true],
    ["made for another smoke test", undefined, entry("ffffff"), true],
    ["with another smoke test's entry", nodes, nodes + entry("ffffff"), true],
    ["without another smoke test's entry", nodes + entry("ffffff"), nodes, true],
    ["with an entry of its own", nodes, nodes + entry("0a1b2c"), false],
    ["with another space", nodes, nodes.replace(":  ", ": "), false],
    ["without the comment", nodes, nodes.replace("# nodes\n", ""), false],
    ["empty", nodes, "", false],
    ["gone", nodes, undefined, false],
  ])("%s", (_, before, now, isSame) => expect(isAsBefore(before, now, names)).toBe(isSame));
});

test("a smoke test that began an hour ago is over", () => {
  const at = (since: number) => mayStillRun({ id: "0a1b2c", since }, 10_000_000);
  expect([at(10_000_000), at(6_400_001), at(6_400_000), at(0)]).toEqual([true, true, false, false]);
});
