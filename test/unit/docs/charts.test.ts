/** The charts of docs/benchmarks.md: no text leaves the picture, in the widest of the fonts that a reader may have. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const charts = readdirSync("docs").filter((name) => /^benchmarks-.*\.svg$/.test(name));
/** Of a letter to the font's size, in DejaVu Sans and Verdana. */
const widest = 0.65;

test.each(charts)("%s has room for its texts", (name) => {
  const svg = readFileSync(`docs/${name}`, "utf8");
  const [, width] = /viewBox="0 0 (\d+) /.exec(svg) ?? [];
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" (?:font-size="(\d+)"[^>]*)?>([^<]*)/g)];
  expect(texts.length).toBeGreaterThan(1);
  for (const [, x, size = 12, words = ""] of texts)
    expect(Number(x) + words.length * Number(size) * widest, words).toBeLessThan(Number(width));
});
