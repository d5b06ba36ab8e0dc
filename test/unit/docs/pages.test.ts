/** Links, pictures and commands of the documentation, and the commands of hints, lead to something that exists. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test, vi } from "vitest";
import { program } from "../../../src/cli/program.ts";
import { actionNames } from "../../../src/core/actions/names.ts";
import { readAllow } from "../../../src/core/parameters/allow.ts";

vi.stubGlobal("VERSION", "0.0.0");

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const pages = ["README.md", "CONTRIBUTING.md", "examples/README.md", ...filesIn("docs", ".md")];
const read = (file: string): string => readFileSync(file, "utf8");
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** As GitHub makes them of a page's headings, and those that the page names itself. */
const anchorsOf = (page: string): readonly string[] => [
  ...[...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  ),
  ...[...read(page).matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id),
];

describe("links of", () => {
  test.each(pages)("%s", (page) => {
    const text = withoutCode(read(page));
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)].map(([, a, b]) => a ?? b ?? "");
    const local = links.filter((link) => !/^(https?|mailto):/.test(link));
    const broken = local.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path ? join(dirname(page), path) : page;
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});

test("each page that installs the package says that it is not on the registry yet", () => {
  const installs = /^(\$ |.*- run: )?(npm install .*\beks-lambda\b|npx (--yes )?eks-lambda)/m;
  const installing = pages.filter((page) => !page.includes("decisions") && installs.test(read(page)));
  expect(installing).toEqual(expect.arrayContaining(["README.md", "examples/README.md", "docs/your-own-function.md"]));
  const told = /The package is not on the npm registry yet\.[^#]*(npm pack|#quick-start)/;
  expect(installing.filter((page) => !told.test(read(page)))).toEqual([]);
});

/** The command that the words begin with, and the words after its name. */
function commandOf(words: readonly string[], from: Command = program()): readonly [Command, readonly string[]] {
  const [name, ...rest] = words;
  const found = from.commands.find((command) => command.name() === name);
  return found ? commandOf(rest, found) : [from, words];
}

/** What of a command line does not exist: its command, or flags. */
function unknownIn(line: string): readonly string[] {
  const typed = line.replace(/ -- .*/, "").match(/[^\s"']+/g) ?? [];
  const words = actionNames.split(", ").includes(typed[0] ?? "") ? ["invoke", ...typed] : typed;
  const [command, rest] = commandOf(words);
  const flags = rest.flatMap((word) => /^--?[a-z][a-z-]*/.exec(word) ?? []);
  const ofHelp = rest.includes("--help") ? ["--all"] : [];
  const known = [
    "--help",
    "--version",
    "-h",
    ...ofHelp,
    ...command.options.flatMap(({ short, long }) => [short, long]),
  ];
  const isCommand = command.parent !== null || words.length === 0 || /^(-|help$)/.test(words[0] ?? "");
  return [...(isCommand ? [] : [words[0] ?? ""]), ...flags.filter((flag) => !known.includes(flag))];
}

/** Command lines in code blocks after a prompt or `run:`, and in backquotes. */
const linesOf = (text: string): readonly string[] =>
  [
    ...text.matchAll(/(?:`|^\s*(?:\$|(?:- )?run:) )(?:npx (?:--yes )?)?eks-lambda(?:@\S+)? ([a-z-][^`\\\n|>#$]*)/gm),
  ].map(([, line = ""]) => line);

/** Without the commands that a page shows to explain that they are refused. */
const withoutMistakes = (text: string): string =>
  text.replace(/^\$ .*\n(?=error .*\((?:UnknownCommand|UnknownFlag|UnexpectedArgument)\)$)/gm, "");

describe("commands of", () => {
  test.each([...pages, ...filesIn(".github", ".yml"), ...filesIn("src", ".ts")])("%s", (file) => {
    const wrong = linesOf(withoutMistakes(read(file))).flatMap((line) =>
      unknownIn(line).map((what) => `${what} in: ${line}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** The rules behind `--allow`, without those that stand for any: `status:…`. */
const rulesOf = (text: string): readonly string[] =>
  [...text.matchAll(/--allow((?: (?:\\\n\s*)?'?[-+]?[a-z-]+:[^\s'`|<>?"…]+(?=[\s'`|"])'?)+)/g)].flatMap(
    ([, rules = ""]) => rules.match(/[-+]?[a-z-]+:[^\s'`]+/g) ?? [],
  );

test.each(pages)("setup takes the rules of %s", (page) => {
  const shown = read(page).replace(/^\$ .*\n(?=error )/gm, "");
  for (const rule of rulesOf(shown)) expect(() => readAllow([rule]), rule).not.toThrow();
});

test("detects unknown commands and flags", () => {
  expect(rulesOf("setup \\\n  --allow apply:a,b@c 'get:nodes' \\\n  +scale:x/y\nof `--allow get:…`")).toEqual([
    ...["apply:a,b@c", "get:nodes", "+scale:x/y"],
  ]);
  expect(linesOf("run `npx eks-lambda setpu --regoin x`")).toEqual(["setpu --regoin x"]);
  expect(unknownIn("setpu")).toEqual(["setpu"]);
  expect(unknownIn("aws-auth restore --cluster demo --regoin x")).toEqual(["--regoin"]);
});
