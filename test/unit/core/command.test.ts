import { describe, expect, test } from "vitest";
import { Advice, advice, adviceLines, type Command, command, option } from "../../../src/core/command.ts";

describe("a command", () => {
  test.each<[string, Command, string]>([
    ["is its text", command`eks-lambda setup --yes`, "eks-lambda setup --yes"],
    ["has plain values as they are", command`aws iam get-role --role-name ${"ci"}`, "aws iam get-role --role-name ci"],
    ["quotes others", command`kubectl edit role/${"a;id>&2"}`, "kubectl edit role/'a;id>&2'"],
    ["quotes quotes", command`rm ${"it's"}`, "rm 'it'\\''s'"],
    ["keeps backslashes out of quotes, for fish", command`rm ${"a\\ b"}`, "rm 'a'\\\\' b'"],
    ["has an empty value", command`eks-lambda setup --subnet-ids ${""}`, "eks-lambda setup --subnet-ids ''"],
    [
      "has a list as words",
      command`eks-lambda setup ${["--allow", "a b", "c"]} --yes`,
      "eks-lambda setup --allow 'a b' c --yes",
    ],
    ["has nothing for an empty list", command`eks-lambda setup ${[]} --yes`, "eks-lambda setup --yes"],
    ["has several values in a word", command`aws s3 rm s3://${"a"}/${"b c"}`, "aws s3 rm s3://a/'b c'"],
    ["has the output of another", command`aws a ${command`aws b ${"c d"}`}`, "aws a $(aws b 'c d')"],
    ["shows no line of a value", command`rm ${"a\nhint: b"}`, "rm 'a'\\\\'u000ahint: b'"],
    [
      "keeps a value that looks like a flag with its flag",
      command`aws a --name ${"--all"} --b`,
      "aws a --name=--all --b",
    ],
    ["has no value that is read as a flag", command`kubectl delete role ${"--all"}`, "kubectl delete role NAME"],
    ["of an option that is given", command`aws a ${option("--name", "-x y")}`, "aws a '--name=-x y'"],
    ["of an option that is not", command`aws a ${option("--name", undefined)}`, "aws a"],
  ])("%s", (_, given, text) => expect(String(given)).toBe(text));
});

describe("advice", () => {
  test.each<[string, unknown, string | undefined]>([
    ["has commands in it", advice`run ${command`eks-lambda setup`}, ${2} times`, "run eks-lambda setup, 2 times"],
    ["has lines of ours", advice`one\ntwo`, "one\ntwo"],
    ["has no lines of others", advice`one: ${"a\nhint: b"}`, "one: a\\u000ahint: b"],
    ["is in other advice", advice`now ${advice`run ${command`a b`}`}`, "now run a b"],
    ["has each line once", adviceLines(["a", undefined, command`b c`, "a", ""]), "a\nb c"],
    ["has no line of others among its own", adviceLines(["a\nhint: b", "c"]), "a\\u000ahint: b\nc"],
    ["is nothing without lines", adviceLines([undefined]), undefined],
  ])("%s", (_, given, text) => expect(given === undefined ? undefined : String(given)).toBe(text));

  test("is text as JSON", () =>
    expect(JSON.stringify([advice`run ${command`a ${"b c"}`}`, command`d`])).toBe(`["run a 'b c'","d"]`));

  test("keeps its commands apart", () =>
    expect(advice`a ${command`b`} c`).toEqual(new Advice(["a ", command`b`, " c"])));
});
