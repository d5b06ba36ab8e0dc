/** Each error ends with its code, one of `Code`: docs/troubleshooting.md has a section for it, or there is a reason why not. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Code } from "../../../src/core/codes.ts";

/** What needs no section: the message says it all, or nobody who runs a command meets it. */
const withoutSection: { readonly [C in Code]?: string } = {
  FunctionError: "in place of a code, where a function answers an error without one",
  Interrupted: "a person pressed Ctrl-C; the error has the steps",
  Invalid: "of the API server: the message names the field",
  InvalidPath: "of the library: the message has the path; only code that builds paths itself meets it",
  InvalidResource: "of the library: setup ends with EntryFailed, which shows it",
  NotAwaited: "of the library: thrown into work that nobody awaits, so that no command shows it",
  NotFound: "of the API server: the message names what is absent",
  RoleArnInvalid: "setup and grant have made the ARN mappable before",
  ServiceUnavailable: "of the API server: what it asks is sent again",
  TemplateUnknown: "the package was changed",
};

const source = join(import.meta.dirname, "../../../src");
const page = readFileSync(join(source, "../docs/troubleshooting.md"), "utf8");
const union = readFileSync(join(source, "core/codes.ts"), "utf8");
const codes = [...union.matchAll(/^ {2}\| "(\w+)"/gm)].map(([, code]) => code as Code);
const texts = ["core", "cli", "lambda", "testing"].flatMap((room) =>
  readdirSync(join(source, room), { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(".ts") && name !== "codes.ts")
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")),
);

/** The texts in the place of a code; a choice of two has both. The compiler knows those of usageError and of tables. */
const thrown = /new (?:EksLambdaError|UsageError|KubernetesError)\(\s*([^,]+),/g;
const described = (code: Code): boolean =>
  new RegExp(`^(### ${code}|<a id="${code.toLowerCase()}"></a>)$`, "m").test(page);

test("each code that is thrown is one of `Code`", () => {
  const all = texts.flatMap((text) =>
    [...text.matchAll(thrown)].flatMap(([, place = ""]) =>
      [...place.matchAll(/"([A-Z]\w+)"/g)].map(([, code]) => code as Code),
    ),
  );
  expect(all.length).toBeGreaterThan(60);
  expect(all.filter((code) => !codes.includes(code))).toEqual([]);
});

test.each(codes)("%s is in the sources, and has a section or a reason for none", (code) => {
  expect(texts.some((text) => text.includes(code))).toBe(true);
  expect(described(code)).toBe(!(code in withoutSection));
});
