import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error The scripts have no types.
import { htmlOf } from "../../../scripts/page.mjs";

const bodyOf = (markdown: string): string => /<\/style>\n(.*)\n<\/html>/s.exec(htmlOf(markdown, "../docs"))?.[1] ?? "";

test.each([
  ["## NoRegion", '<h2 id="noregion">NoRegion</h2>'],
  ["### When a token is old", '<h3 id="when-a-token-is-old">When a token is old</h3>'],
  ["one\ntwo", "<p>one\ntwo</p>"],
  ["**Fix**: run `eks-lambda setup`", "<p><strong>Fix</strong>: run <code>eks-lambda setup</code></p>"],
  ["`a <b> **c**`", "<p><code>a &lt;b&gt; **c**</code></p>"],
  ["[NoRegion](#noregion)", '<p><a href="#noregion">NoRegion</a></p>'],
  ["[permissions.md](permissions.md)", '<p><a href="../docs/permissions.md">permissions.md</a></p>'],
  ["```\n$ a <b>\n\nc\n```", "<pre>$ a &lt;b&gt;\n\nc</pre>"],
])("%j", (markdown, html) => expect(bodyOf(markdown)).toBe(html));

test("every link within the page about errors leads to a section", () => {
  const html: string = htmlOf(readFileSync("docs/troubleshooting.md", "utf8"), "../docs");
  const links = [...html.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((id) => !html.includes(`id="${id}"`))).toEqual([]);
});
