import { expect, test } from "vitest";
import { pageOf } from "../../../../src/cli/render/error.ts";

test.each([
  ["https://github.com/acme/eks-lambda#readme", "https://github.com/acme/eks-lambda/blob/HEAD/docs/troubleshooting.md"],
  ["", expect.stringMatching(/^file:\/\/.*\/troubleshooting\.html$/)],
])("with the homepage %j, codes link to %s", (homepage, url) => expect(pageOf(homepage)).toEqual(url));
