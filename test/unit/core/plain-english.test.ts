/** What people read has the words of kubectl, gh and the AWS docs: CONTRIBUTING.md, "Style". */
import { expect, test } from "vitest";
import { templates, templatesOf } from "../support/commands.ts";

/** Words that none of them uses so, each with an example. */
const odd: readonly (readonly [RegExp, example: string])[] = [
  [/\b(who(ever|m)|shall|anew|pretend)\b/, "whoever may read the function"],
  [/\b(go|goes) on\b/, "the function goes on logging"],
  [/\bbeside\b/, "no effect beside --json"],
  [/\bstands? in\b/, "a token stands in the history"],
  [/\bmends?\b/, "the command that mends it"],
  [/\b(it|that|this|\$) is no (?!longer|need|such)/, "cannot be run: it is no program"],
  [/\b(made|makes) (by|it|again|one|its own|the (stack|role|function|cluster))\b/, "setup makes it again"],
  [/\bof (your|its|one's) own(?! [a-z])/, "a function of your own"],
  [/\b(any|no) more\b/, "it has no mark any more"],
  [/\bexists already\b/, "a role that exists already"],
  [/\bneither\b.*\bnor\b.*\bfor\b/, "neither y for yes nor n for no"],
  [/\w alone\b/, "list Deployments in shop alone"],
];

/** Scripts of the sandbox's shells, and words by which kubectl or a shell knows something. */
const isText = ({ texts }: { readonly texts: readonly string[] }): boolean => /[a-z] [a-z]/.test(texts.join(""));

const oddIn = (texts: readonly string[]): readonly string[] =>
  odd.flatMap(([pattern]) => pattern.exec(texts.join("$"))?.[0] ?? []);

test("in all messages, hints and help", () =>
  expect(
    templates()
      .filter(isText)
      .map(({ at, texts }) => [at, ...oddIn(texts)])
      .filter(([, ...found]) => found.length > 0),
  ).toEqual([]));

test.each(odd)("%s is found", (pattern, example) => {
  const [only] = templatesOf("x.ts", JSON.stringify(example));
  expect(oddIn(only?.texts ?? [])).toContainEqual(expect.stringMatching(pattern));
});
