/** Every command in the sources, with names that a stranger chose, is read by a shell as what it says. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completed } from "../../../src/cli/hints.ts";
import { Command, command } from "../../../src/core/command.ts";
import { shellWord, shellWords } from "../../../src/core/text.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { begun, carries, type Template, templates, templatesOf, typed } from "../support/commands.ts";

const all = templates();

/** A value in a command that `command` does not quote. */
const raw = ({ tag, texts, values }: Template): readonly string[] =>
  values.filter((value, at) => {
    const isQuoted = /^shellWords?\(|^command`/.test(value);
    return tag !== "command" && !isQuoted && begun.test(texts.slice(0, at + 1).join("X"));
  });

describe("commands", () => {
  /** Scripts of words that are their own, a pattern, and the words of a program. */
  const scripts = /^src\/(cli\/(commands\/completion|shells)|core\/kubeconfig\/exec)\.ts/;

  test("have no value that is not quoted", () =>
    expect(
      all
        .filter((one) => !scripts.test(one.at) && raw(one).length > 0)
        .map((one) => `${one.at}: ${raw(one).join(", ")}`),
    ).toEqual([]));

  /** Examples in the help; how the CLI knows commands; words about commands. */
  const untyped =
    /^src\/(cli\/(definitions|hints|shells)|cli\/render\/sandbox|core\/(function-hints|kubeconfig\/(context|exec)))\.ts/;
  const words = ["by eks-lambda grant", "(eks-lambda grant)"];

  test("in a hint are commands, so that the CLI adds their flags", () =>
    expect(
      all
        .filter(
          ({ at, tag, texts }) =>
            tag !== "command" && !untyped.test(at) && !carries(at) && texts.some((text) => typed.test(text)),
        )
        .filter(({ texts }) => !words.some((one) => texts.join("").includes(one)))
        .map(({ at }) => at),
    ).toEqual([]));

  test.each([
    "`run kubectl delete role @{name}`",
    "advice`run kubectl delete role @{name} now`",
    "`see: aws iam get-role --role-name @{name}`",
    "`eks-lambda setup --name @{flags.join(` `)}`",
    "`npx esbuild @{file}`",
  ])("would be found in %s", (source) =>
    expect(templatesOf("x.ts", source.replaceAll("@", "$")).flatMap(raw)).toHaveLength(1),
  );
});

/** Stands for a value, where the words of a command are asked for. */
const token = "Zz0";

/** As `command` makes it, or as `shellWord` quotes it in text that the function carries. */
function instance({ tag, texts, values }: Template, value: string): string {
  const raw = Object.assign([...texts], { raw: texts });
  if (tag === "command") return String(command(raw, ...values.map(() => value)));
  return texts.reduce((text, next) => text + shellWord(value) + next);
}

const written: readonly Template[] = all
  .filter(({ tag }) => tag === "command")
  .map((one) => ({ ...one, texts: one.texts.map((text) => text.replaceAll("@aws-sdk/*", "@aws-sdk/x")) }));
const carried = all
  .filter(
    ({ tag, texts, values }) =>
      tag !== "command" &&
      /^(eks-lambda|kubectl|aws) /.test(texts[0] ?? "") &&
      values.some((value) => value.startsWith("shellWord")),
  )
  .map((one) => ({ ...one, texts: one.texts.map((text) => text.split(/[,;]/)[0] ?? "") }));

/** Words as a shell reads them in each of the lines. Nothing but these programs is there, and they print their words. */
async function read(lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const folder = await temporaryFolder();
  const programs = ["kubectl", "aws", "npx", "npm", "sam", "eksctl", "curl", "rm", "jq", "cd"];
  const script = [
    "show() { printf '%s\\0' \"$@\" >&3; }",
    // A function cannot be called `eks-lambda`.
    ...[...programs, "eks_lambda"].map((name) => `${name}() { show ${name} "$@"; }`),
    // The last of a pipe, which prints when the first has printed.
    'grep() { while read -r line; do :; done; show grep "$@"; }',
    ...lines.flatMap((line) => [line.replace(/^(npx )?eks-lambda/, "$1eks_lambda"), "printf '\\n\\0' >&3"]),
  ].join("\n");
  const file = join(await temporaryFolder(), "script");
  await writeFile(file, script);
  execFileSync("/bin/sh", ["-n", file]);
  const output = execFileSync("/bin/sh", ["-c", 'exec 3>&1 1>&2; . "$0"', file], {
    ...{ env: { PATH: "" }, cwd: folder, stdio: "pipe", encoding: "utf8" },
  });
  expect(readdirSync(folder)).toEqual([]);
  const found: string[][] = [[]];
  for (const word of output.split("\0").slice(0, -1)) {
    if (word === "\n") found.push([]);
    else found.at(-1)?.push(word);
  }
  return found.slice(0, -1);
}

/** The words of a command whose value is another one. */
const withValue = (words: readonly string[], value: string): readonly string[] => {
  const shown = value.replaceAll("\n", "\\u000a");
  const result: string[] = [];
  for (const word of words) {
    const before = result.at(-1) ?? "";
    if (!word.startsWith(token) || !value.startsWith("-") || /^-\w$/.test(before))
      result.push(word.replaceAll(token, () => shown));
    else if (/^--[^=]+$/.test(before)) result.splice(-1, 1, `${before}=${word.replace(token, () => shown)}`);
    else result.push("NAME");
  }
  return result;
};

const hostile = [
  ...[
    "a;id>&2;",
    "b$(id)",
    "`id`",
    "it's",
    'say "x"',
    "two words",
    "a\nkubectl delete ns x",
    "--all",
    "-x",
    "é",
    "",
    "*",
  ],
  ...[
    "a\\",
    "\\'; id; #",
    "'; id; '",
    "x\\' ; id ; '",
    "~",
    "=ls",
    "!!",
    "$HOME",
    "a&b|c",
    "{a,b}",
    "#x",
    "a\tb",
    "%1",
  ],
];
const unit = fc.constantFrom(..."aZ-=~ ;|&<>()$`\\\"'*?[]#!{}%\n\té");
const values = [...hostile, ...fc.sample(fc.string({ unit, maxLength: 8 }), { numRuns: 30, seed: 1 })];

test("there are many", () => expect([written.length > 80, carried.length > 2]).toEqual([true, true]));

test.each<[string, readonly Template[], typeof withValue]>([
  ["commands", written.filter((one) => one.values.length > 0), withValue],
  // Their values are validated before: a name does not begin with `-`.
  ["texts of the function", carried, (words, value) => words.map((word) => word.replace(token, () => value))],
])("%s have exactly their words in a shell, and run nothing else", async (_, templates, expected) => {
  const plain = await read(templates.map((one) => instance(one, token)));
  const given = templates.flatMap((one, at) => values.map((value) => ({ one, words: plain[at] ?? [], value })));
  const found = await read(given.map(({ one, value }) => instance(one, value)));
  expect(found).toEqual(given.map(({ words, value }) => expected(words, value)));
});

test("so have those that repeat the flags of this run", async () => {
  const by = { script: "/node_modules/.bin/eks-lambda", agent: "npm/11" };
  const setup = command`eks-lambda setup --dry-run`;
  const flags = (value: string) => ({ name: value, entry: value, region: value, profile: value });
  const found = await read(values.map((value) => String(completed(flags(value), setup, by))));
  const words = (value: string) => {
    const shown = (flag: string) => (value.startsWith("-") ? [`${flag}=${value}`] : [flag, value]);
    return [
      "npx",
      "eks_lambda",
      "setup",
      ...["--name", "--entry", "--region", "--profile"].flatMap(shown),
      "--dry-run",
    ];
  };
  expect(found).toEqual(values.map((value) => words(value.replaceAll("\n", "\\u000a"))));
});

test("a list of words stays a list of words", async () => {
  const lists = fc.sample(fc.array(fc.constantFrom(...values), { maxLength: 4 }), { numRuns: 200, seed: 1 });
  const found = await read(lists.map((list) => String(command`kubectl ${list} end`)));
  const one = (value: string) => value.replaceAll("\n", "\\u000a");
  expect(found).toEqual(lists.map((list) => ["kubectl", ...list.map(one), "end"]));
  expect(new Command(["a", new Command(["b"])]).toString()).toBe("a $(b)");
  expect(shellWords(["a", "b c"])).toBe("a 'b c'");
});
