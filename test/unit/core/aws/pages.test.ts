/** Lists of AWS end: at their last page, or with an error that names the call. */
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { cloudformation } from "../../../../src/core/aws/cloudformation.ts";
import { eks } from "../../../../src/core/aws/eks.ts";
import { logs } from "../../../../src/core/aws/logs.ts";
import { itemsOf, pagesOf } from "../../../../src/core/aws/pages.ts";
import { listenInTest } from "../../../support/server.ts";

interface Page {
  readonly items: readonly number[];
  readonly nextToken?: string;
}

/** Pages whose tokens are these. */
function list(tokens: Iterable<string | undefined>) {
  const next = tokens[Symbol.iterator]();
  const asked: (string | undefined)[] = [];
  const ask = async (token: string | undefined): Promise<Page> => {
    asked.push(token);
    const { value: nextToken } = next.next();
    return { items: [asked.length], nextToken };
  };
  return { asked, ask };
}
const read = ({ ask }: ReturnType<typeof list>, most?: number) =>
  itemsOf(pagesOf("eks:ListThings", ask, most), ({ items }) => items);

function* endless() {
  for (let page = 1; ; page++) yield `${page}`;
}

test.each([
  ["one page", [undefined], [undefined]],
  ["several pages", ["a", "b", undefined], [undefined, "a", "b"]],
  ["a last page with an empty token", ["a", ""], [undefined, "a"]],
])("%s: read to its end", async (_, tokens, asked) => {
  const things = list(tokens);
  expect(await read(things)).toEqual(asked.map((_, at) => at + 1));
  expect(things.asked).toEqual(asked);
});

test.each<[string, Iterable<string>, number, string]>([
  ["the same token again", ["a", "a"], 2, "page 2 refers to an earlier one"],
  ["a circle of tokens", ["a", "b", "c", "a"], 4, "page 4 refers to an earlier one"],
  ["new tokens without end", endless(), 1_001, "it has more than 1000 pages"],
])("%s: AnswerTooLong after %i pages", async (_, tokens, pages, why) => {
  const things = list(tokens);
  await expect(read(things)).rejects.toMatchObject({
    code: "AnswerTooLong",
    message: `the list that answers eks:ListThings does not end: ${why}`,
  });
  expect(things.asked).toHaveLength(pages);
});

describe("the same page again and again, instead of AWS:", () => {
  const answers: Readonly<Record<string, string>> = {
    json: JSON.stringify({ clusters: ["a"], accessEntries: ["a"], events: [], nextToken: "more" }),
    ...Object.fromEntries(
      ["ListStackResources", "DescribeChangeSet", "ListChangeSets"].map((action) => [
        action,
        `<${action}Response><${action}Result><NextToken>more</NextToken></${action}Result></${action}Response>`,
      ]),
    ),
  };
  const options = { region: "us-east-1", maxAttempts: 1 };
  const ids = { id: "arn:change-set", stackId: "arn:stack" };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    "eks:ListClusters": () => eks(options).names(),
    "eks:ListAccessEntries": () => eks(options).accessEntries("demo"),
    "logs:FilterLogEvents": () => logs(options).events("group", 0)[Symbol.asyncIterator]().next(),
    "cloudformation:ListStackResources": () => cloudformation(options).resources("arn:stack"),
    "cloudformation:DescribeChangeSet": () => cloudformation(options).changeSet(ids),
    "cloudformation:ListChangeSets": () => cloudformation(options).changeSets("arn:stack"),
  };
  test.each(Object.entries(calls))("%s: AnswerTooLong", async (action, call) => {
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request.setEncoding("utf8")) body += piece;
      const [, name = "json"] = /(?:^|&)Action=(\w+)/.exec(body) ?? [];
      response.end(answers[name]);
    });
    const { host } = await listenInTest(server);
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("AWS_ENDPOINT_URL", `http://${host}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    await expect(call()).rejects.toMatchObject({ code: "AnswerTooLong", message: expect.stringContaining(action) });
  });
});
