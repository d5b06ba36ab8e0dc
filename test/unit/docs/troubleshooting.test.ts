/** Each error ends with its code: docs/troubleshooting.md has a section for it, or there is a reason why not. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What needs no section: the message says it all, or nobody who runs a command meets it. */
const withoutSection: Readonly<Record<string, string>> = {
  ETIMEDOUT: "of Node, and put into words before anybody sees it",
  Interrupted: "whoever pressed Ctrl-C knows why; the error has the steps",
  InvalidName: "of the library: its types and its comment say it",
  InvalidPath: "of the library: its types and its comment say it",
  InvalidResource: "of the library: its types and its comment say it",
  NotDeclared: "of the library: the message names the right to declare",
  RoleArnInvalid: "setup and grant have made the ARN mappable before",
  TemplateUnknown: "the package was changed",
};

const source = join(import.meta.dirname, "../../../src");
const page = readFileSync(join(source, "../docs/troubleshooting.md"), "utf8");
const files = ["core", "cli"].flatMap((room) =>
  readdirSync(join(source, room), { recursive: true, withFileTypes: true }).filter(({ name }) => name.endsWith(".ts")),
);

/** The texts in the place of a code; a choice of two has both. */
const thrown = /(?:new (?:EksLambdaError|UsageError)|usageError)\(\s*([^,]+),|\bcode: ("[A-Z]\w+")/g;
const codes = files.flatMap(({ parentPath, name }) => {
  const text = readFileSync(join(parentPath, name), "utf8");
  return [...text.matchAll(thrown)].flatMap(([, first = "", second = ""]) =>
    [...(first + second).matchAll(/"([A-Z]\w+)"/g)].map(([, code = ""]) => code),
  );
});

const described = (code: string): boolean =>
  new RegExp(`^(## ${code}|<a id="${code.toLowerCase()}"></a>)$`, "m").test(page);

test("each code that is thrown has a section, or a reason for none", () => {
  expect(codes.length).toBeGreaterThan(100);
  expect([...new Set(codes)].filter((code) => !described(code) && !(code in withoutSection)).sort()).toEqual([]);
});

test.each(Object.keys(withoutSection))("%s is thrown, and has no section", (code) => {
  expect(codes).toContain(code);
  expect(described(code)).toBe(false);
});
