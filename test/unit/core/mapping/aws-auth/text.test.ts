import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { entriesIn } from "../../../../../src/core/mapping/aws-auth/read.ts";
import {
  dropRole,
  entryOf,
  mappingLines,
  othersWithUsername,
  putRole,
  readRoles,
  readUsers,
} from "../../../../../src/core/mapping/aws-auth/text.ts";
import { refusal } from "../../../../support/refusal.ts";

const OURS = "arn:aws:iam::111122223333:role/eks-lambda-demo";
const MAPPING = { rolearn: OURS, username: "lambda" };
const FIXTURES = new URL("../../../../fixtures/aws-auth/", import.meta.url);

const fixture = (name: string): string => readFileSync(new URL(name, FIXTURES), "utf8");
const files = (folder: string): string[] =>
  readdirSync(new URL(folder, FIXTURES), { withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ name }) => name);

const parsed = (text: string): unknown[] =>
  ["", '""', "``"].includes(text.trim())
    ? []
    : (parse(text, { version: "1.1", merge: true, uniqueKeys: false, logLevel: "silent" }) ?? []);

describe.each(files("."))("%s", (name) => {
  const text = fixture(name);

  test("gets the entry, and nothing else changes", () => {
    const after = putRole(text, MAPPING);
    const now = parsed(after);
    expect(now).toContainEqual(MAPPING);
    expect(now.filter((one) => (one as { rolearn?: unknown } | null)?.rolearn !== OURS)).toEqual(parsed(text));
    expect(entryOf(after, OURS)).toMatchObject({ ...MAPPING, groups: [] });
  });

  test("every line that was there is still there, in order", () => {
    const lines = putRole(text, MAPPING).split("\n");
    // A list takes the place of a literal; a comma may follow the entry that was last.
    const kept = (text === "" ? [] : text.split("\n")).filter((line) => !/^(?:--- )?(?:null|~|""|``|\[)/.test(line));
    let from = 0;
    for (const line of kept) {
      const at = lines.findIndex((one, i) => i >= from && (one === line || one.replace("},", "}") === line));
      const withoutEnd = lines.findIndex((one, i) => i >= from && one === `${line}\r`);
      expect(Math.max(at, withoutEnd), line).toBeGreaterThanOrEqual(0);
      from = Math.max(at, withoutEnd) + 1;
    }
  });

  test("is byte for byte the same after the entry is removed, except that null becomes an empty list", () => {
    const empty = text.replace(/^(--- |)(?:null|~|""|``)(?=$|\s)/m, "$1[]");
    expect(dropRole(putRole(text, MAPPING), OURS)).toBe(empty);
  });

  test("is unchanged if the entry is already correct", () => {
    const after = putRole(text, MAPPING);
    expect(putRole(after, MAPPING)).toBe(after);
    expect(dropRole(text, OURS)).toBe(text);
  });
});

describe("a text that the authenticator cannot read is refused", () => {
  test.each([
    ["unquoted-placeholder.yaml", "line 2, column 14: a key that is not a plain word; text with {{…}} needs quotes"],
    ["tab-indent.yaml", "line 2, column 1: a tab, which may not indent"],
    ["tab-comment.yaml", "line 2, column 1: a tab, which may not indent"],
    ["wrong-indent.yaml", "line 1, column 12: nested mappings are not allowed in compact mappings"],
    ["unclosed-quote.yaml", 'line 3, column 1: missing closing "quote'],
    ["unclosed-bracket.yaml", "line 2, column 1: flow sequence"],
    ["mapping.yaml", "line 2, column 1: not a list of entries"],
    ["text.yaml", "line 1, column 1: not a list of entries"],
    ["unknown-alias.yaml", "line 2, column 11: unresolved alias"],
    ["infinity.yaml", "line 2, column 11: not a finite number"],
    ["control-character.yaml", "line 2, column 15: a control character"],
    ["end-without-begin.yaml", "line 2, column 1: the end of a document that has not begun"],
    ["circle.yaml", "line 1, column 7: "],
    ["null-key.yaml", "line 1, column 3: a key that is not a plain word"],
  ])("%s", (name, message) => {
    const text = fixture(`invalid/${name}`);
    for (const edit of [() => readRoles(text), () => putRole(text, MAPPING), () => dropRole(text, OURS)]) {
      const error = refusal(edit);
      expect(error.code).toBe("AwsAuthInvalid");
      expect(error.message).toContain(`mapRoles, ${message}`);
      expect(error.hint).toContain("nothing was written");
    }
  });

  test("every invalid fixture is in the table", () => expect(files("invalid")).toHaveLength(14));

  test("too many levels of nesting", () =>
    expect(refusal(() => readRoles(`- a: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`))).toMatchObject({
      code: "AwsAuthInvalid",
      message: "mapRoles, line 1, column 1: too many levels of nesting",
    }));

  test.each([
    ["a second document", "- rolearn: a\n---\n- rolearn: b\n", "line 3, column 1"],
    ["lone carriage returns", "- rolearn: a\r  username: b\r", "line 1, column 13"],
    ["line separators", "# a\u2028- rolearn: a\n", "line 1, column 4"],
  ])("%s: nobody can tell what is meant", (_, text, place) => {
    const error = refusal(() => putRole(text, MAPPING));
    expect([error.code, error.message]).toEqual(["AwsAuthUnsupported", expect.stringContaining(place)]);
  });
});

describe("reading", () => {
  test.each([
    ["keys match in any letter case", "keys-in-any-case.yaml", ["nodes"], [["system:nodes"]]],
    ["of a key twice the last wins", "duplicate-keys.yaml", ["two"], [[]]],
    ["numbers and booleans are no usernames", "numbers-and-booleans.yaml", [undefined, undefined], [[], []]],
    [
      "what is no mapping has no fields",
      "entries-that-are-none.yaml",
      [undefined, undefined, undefined, undefined, "admin"],
      [[], [], [], [], ["system:masters"]],
    ],
    ["merge keys are followed", "merge-key.yaml", ["nodes", "nodes"], [[], []]],
    ["nothing is an empty list", "null.yaml", [], []],
  ])("%s", (_, name, usernames, groups) => {
    const entries = readRoles(fixture(name));
    expect(entries.map(({ username }) => username)).toEqual(usernames);
    expect(entries.map((entry) => entry.groups)).toEqual(groups);
    expect(entries.map(({ index }) => index)).toEqual(entries.map((_entry, index) => index));
  });

  test("a missing text has no entries", () => expect(readRoles(undefined)).toEqual([]));

  test("the last of duplicates wins, regardless of letter case", () =>
    expect(entryOf(fixture("duplicates.yaml"), "arn:aws:iam::111122223333:role/EKS-nodes")).toEqual({
      index: 1,
      rolearn: "ARN:AWS:IAM::111122223333:ROLE/EKS-NODES",
      username: "other",
      groups: [],
    }));
});

const ARN = "arn:aws:iam::1:role/x";
const X = { rolearn: ARN, username: "lambda" };

describe("adding", () => {
  test.each<[string, string | undefined, string]>([
    ["to nothing", undefined, `- rolearn: ${ARN}\n  username: lambda\n`],
    ["to an empty text, which has no final newline", "", `- rolearn: ${ARN}\n  username: lambda`],
    ["to a text without a final newline", "- rolearn: a", `- rolearn: a\n- rolearn: ${ARN}\n  username: lambda`],
    ["before the empty lines", "- rolearn: a\n\n\n", `- rolearn: a\n- rolearn: ${ARN}\n  username: lambda\n\n\n`],
    ["behind the comments", "- rolearn: a\n# b\n", `- rolearn: a\n# b\n- rolearn: ${ARN}\n  username: lambda\n`],
    [
      "before the end of the document",
      "- rolearn: a\n...\n",
      `- rolearn: a\n- rolearn: ${ARN}\n  username: lambda\n...\n`,
    ],
    [
      "in the list's column, with its gap",
      "  -  rolearn: a\n",
      `  -  rolearn: a\n  -  rolearn: ${ARN}\n     username: lambda\n`,
    ],
    ["with its line ends", "- rolearn: a\r\n", `- rolearn: a\r\n- rolearn: ${ARN}\r\n  username: lambda\r\n`],
    ["into []", "[]", `[{"rolearn": "${ARN}", "username": "lambda"}]`],
    [
      "as compact JSON",
      '[{"rolearn":"a","username":"b"}]',
      `[{"rolearn":"a","username":"b"},{"rolearn":"${ARN}","username":"lambda"}]`,
    ],
    [
      "as indented JSON",
      '[\n  {\n    "rolearn": "a",\n    "username": "b"\n  }\n]\n',
      `[\n  {\n    "rolearn": "a",\n    "username": "b"\n  },\n  {\n    "rolearn": "${ARN}",\n    "username": "lambda"\n  }\n]\n`,
    ],
    [
      "in flow style, the comment staying",
      "[\n  {rolearn: a} # a\n]\n",
      `[\n  {rolearn: a}, # a\n  {rolearn: "${ARN}", username: "lambda"}\n]\n`,
    ],
    ["keeping a trailing comma", "[{rolearn: a}, ]", `[{rolearn: a}, {rolearn: "${ARN}", username: "lambda"}, ]`],
    [
      "in front, if the last value reaches to the end",
      "- note: |\n    a",
      `- rolearn: ${ARN}\n  username: lambda\n- note: |\n    a`,
    ],
  ])("%s", (_, text, after) => {
    expect(putRole(text, X)).toBe(after);
    expect(dropRole(after, ARN)).toBe(text);
  });

  test.each([
    ["null # x\n", "[] # x\n"],
    ["~", "[]"],
    ['""', "[]"],
  ])("to %j in its place, and then leaves the empty list", (text, after) => {
    const added = after.replace("[]", `[{"rolearn": "${ARN}", "username": "lambda"}]`);
    expect(putRole(text, X)).toBe(added);
    expect(dropRole(added, ARN)).toBe(after);
  });

  test.each([
    ["yes", '"yes"'],
    ["n", '"n"'],
    ["12", '"12"'],
    ["system:node", "system:node"],
    ["a: b", '"a: b"'],
    ["a:", '"a:"'],
    ["a #b", '"a #b"'],
    ["{{SessionName}}", '"{{SessionName}}"'],
    ["ops:{{SessionName}}", "ops:{{SessionName}}"],
    ['say "x"', '"say \\"x\\""'],
    ["é\u2028", '"é\\u2028"'],
    ["", '""'],
  ])("the username %s is written %s", (username, written) => {
    const after = putRole(undefined, { rolearn: ARN, username });
    expect(after).toBe(`- rolearn: ${ARN}\n  username: ${written}\n`);
    expect(entryOf(after, ARN)?.username).toBe(username);
  });
});

describe("an existing entry", () => {
  test.each([
    [
      "has its username replaced",
      `- rolearn: ${ARN}\n  username: other # why\n`,
      `- rolearn: ${ARN}\n  username: lambda # why\n`,
    ],
    ["in its quotes", `- rolearn: ${ARN}\n  username: 'other'\n`, `- rolearn: ${ARN}\n  username: 'lambda'\n`],
    [
      "or set where it is empty",
      `- rolearn: ${ARN}\n  username: # none\n`,
      `- rolearn: ${ARN}\n  username: lambda # none\n`,
    ],
    ["or set where it is null", `- rolearn: ${ARN}\n  username: ~\n`, `- rolearn: ${ARN}\n  username: lambda\n`],
    [
      "or added behind the ARN",
      `- rolearn: ${ARN} # x\n  note: a`,
      `- rolearn: ${ARN} # x\n  username: lambda\n  note: a`,
    ],
    ["also in flow style", `[{"rolearn":"${ARN}"}]`, `[{"rolearn":"${ARN}", "username": "lambda"}]`],
    [
      "has a block scalar replaced",
      `- rolearn: ${ARN}\n  username: |-\n    other\n  note: a\n`,
      `- rolearn: ${ARN}\n  username: lambda\n  note: a\n`,
    ],
    [
      "has its ARN put right",
      `- rolearn: ${ARN.toUpperCase()}\n  username: lambda\n`,
      `- rolearn: ${ARN}\n  username: lambda\n`,
    ],
    [
      "loses its groups, in the middle",
      `- rolearn: ${ARN}\n  groups: # why\n    - a\n  # stays\n  username: lambda\n`,
      `- rolearn: ${ARN}\n  # stays\n  username: lambda\n`,
    ],
    ["at the end", `- rolearn: ${ARN}\n  username: lambda\n  groups:\n  - a`, `- rolearn: ${ARN}\n  username: lambda`],
    [
      "at the beginning",
      `- groups: [a]\n  rolearn: ${ARN}\n  username: lambda\n`,
      `- rolearn: ${ARN}\n  username: lambda\n`,
    ],
    [
      "at the beginning, a comment staying",
      `- groups: [a]\n  # stays\n  rolearn: ${ARN}\n  username: lambda\n`,
      `-\n  # stays\n  rolearn: ${ARN}\n  username: lambda\n`,
    ],
    [
      "in flow style",
      `[{groups: [a], rolearn: "${ARN}", username: lambda}]`,
      `[{rolearn: "${ARN}", username: lambda}]`,
    ],
    [
      "keeps unknown keys and empty groups",
      `- rolearn: ${ARN}\n  owner: me\n  groups: []\n  username: x\n`,
      `- rolearn: ${ARN}\n  owner: me\n  groups: []\n  username: lambda\n`,
    ],
    [
      "is the last of duplicates",
      `- rolearn: ${ARN}\n  username: a\n- rolearn: ${ARN}\n  username: b\n`,
      `- rolearn: ${ARN}\n  username: a\n- rolearn: ${ARN}\n  username: lambda\n`,
    ],
    [
      "has keys in any letter case",
      `- roleArn: ${ARN}\n  userName: a\n  Groups: [b]\n`,
      `- roleArn: ${ARN}\n  userName: lambda\n`,
    ],
    [
      "may carry an anchor that nobody uses",
      `- &x\n  rolearn: ${ARN}\n  username: &y a\n`,
      `- &x\n  rolearn: ${ARN}\n  username: &y lambda\n`,
    ],
  ])("%s", (_, text, after) => {
    expect(putRole(text, X)).toBe(after);
    expect(putRole(after, X)).toBe(after);
  });

  test.each([
    ["an alias", `- &a {rolearn: ${ARN}, username: a}\n- *a\n`, "line 2, column 3"],
    [
      "a value that others share",
      `- rolearn: ${ARN}\n  username: &u a\n- rolearn: b\n  username: *u\n`,
      "line 1, column 3",
    ],
    [
      "groups that others share",
      `- rolearn: ${ARN}\n  username: a\n  groups: &g [x]\n- groups: *g\n`,
      "line 1, column 3",
    ],
    ["groups from a merge key", `- &b {groups: [x]}\n- <<: *b\n  rolearn: ${ARN}\n`, "line 2, column 3"],
    ["a key twice", `- rolearn: ${ARN}\n  username: a\n  username: b\n`, "line 3, column 3"],
    ["a key behind a question mark", `- rolearn: ${ARN}\n  ? username\n  : b\n`, "line 2, column 3"],
    ["sso beside rolearn", `- rolearn: ${ARN}\n  username: lambda\n  sso: {accountID: "1"}\n`, "line 1, column 3"],
    ["a username that is a list", `- rolearn: ${ARN}\n  username:\n    - a\n`, "line 3, column 5"],
  ])("is refused with %s", (_, text, place) => {
    const error = refusal(() => putRole(text, X));
    expect([error.code, error.message]).toEqual(["AwsAuthUnsupported", expect.stringContaining(place)]);
  });
});

describe("removing", () => {
  test.each<[string, string, string | undefined]>([
    [
      "all of its entries",
      `- rolearn: ${ARN}\n# a\n- rolearn: b\n- rolearn: ${ARN.toUpperCase()}\n`,
      "# a\n- rolearn: b\n",
    ],
    ["the only one", `- rolearn: ${ARN}\n`, undefined],
    ["the only one below a comment", `# a\n- rolearn: ${ARN}\n`, "# a\n"],
    ["the only one of a document with an end", `- rolearn: ${ARN}\n...\n`, "[]\n...\n"],
    ["the first of a flow list", `[{rolearn: "${ARN}"}, {rolearn: b}]`, "[{rolearn: b}]"],
    ["one between others", `[{rolearn: a}, {rolearn: "${ARN}"}, {rolearn: b}]`, "[{rolearn: a}, {rolearn: b}]"],
    ["a line of a flow list", `[\n  {rolearn: "${ARN}"},\n  {rolearn: b}\n]`, "[\n  {rolearn: b}\n]"],
    ["what is not there", "- rolearn: b\n", "- rolearn: b\n"],
  ])("%s", (_, text, after) => expect(dropRole(text, ARN)).toBe(after));

  test("of nothing leaves nothing", () => expect(dropRole(undefined, ARN)).toBeUndefined());

  test("is refused if other entries refer to it", () =>
    expect(refusal(() => dropRole(`- rolearn: ${ARN}\n  groups: &g [a]\n- groups: *g\n`, ARN))).toMatchObject({
      code: "AwsAuthUnsupported",
      message: "mapRoles, line 1, column 3: cannot be edited safely: without this entry others would change",
    }));
});

test.each([
  ["arn:aws:iam::1:role/team/x", "leave the role's path out: arn:aws:iam::1:role/x"],
  ["arn:aws:sts::1:assumed-role/x/session", "give the ARN of an IAM role"],
  ["x", "give the ARN of an IAM role"],
])("%s never matches", (rolearn, hint) =>
  expect(refusal(() => putRole(undefined, { rolearn, username: "lambda" }))).toMatchObject({
    code: "RoleArnInvalid",
    hint,
  }),
);

describe("other principals with a username", () => {
  const users =
    "- userarn: arn:aws:iam::1:user/u\n  username: lambda\n- userarn: arn:aws:iam::1:user/v\n  username: v\n";

  test("includes roles, permission sets and users, without duplicates", () =>
    expect(
      othersWithUsername(
        {
          mapRoles: `- rolearn: ${ARN.toUpperCase()}\n  username: lambda\n- rolearn: other\n  username: lambda\n- sso: {permissionSetName: Set, accountID: "1"}\n  username: lambda\n- rolearn: other\n  username: lambda\n`,
          mapUsers: users,
        },
        "lambda",
        ARN,
      ),
    ).toEqual(["other", "arn:aws:iam::1:role/AWSReservedSSO_Set_*", "arn:aws:iam::1:user/u"]));

  test("is empty without mappings", () => expect(othersWithUsername({}, "lambda", ARN)).toEqual([]));

  test("an invalid mapUsers is named", () =>
    expect(refusal(() => othersWithUsername({ mapUsers: "- [" }, "lambda", ARN)).message).toMatch(/^mapUsers, line 1/));
});

describe("the lines that differ", () => {
  test.each([
    ["an added entry", "- a\n", "- a\n- b\n  c\n", [], ["- b", "  c"]],
    ["a first entry", undefined, "- b\r\n", [], ["- b"]],
    ["a removed one", "- b\n", undefined, ["- b"], []],
    ["a change with lines between that stay", "a\nb\nc\nd\n", "a\nx\nc\n", ["b", "d"], ["x"]],
    ["nothing", "a\n", "a\n", [], []],
    ["a final newline alone", "a", "a\n", [], []],
  ])("%s", (_, before, after, removed, added) => expect(mappingLines(before, after)).toEqual({ removed, added }));

  test("texts with little in common are shown whole", () => {
    const lines = (name: string) => Array.from({ length: 1100 }, (_, i) => `${name}${i}`);
    expect(mappingLines(lines("a").join("\n"), lines("b").join("\n"))).toEqual({
      removed: lines("a"),
      added: lines("b"),
    });
  });
});

/** About 1 MiB, the most that a ConfigMap holds. */
const large = (): string =>
  Array.from({ length: 5000 }, (_, i) => fixture("ordinary.yaml").replace("eks-nodes", `eks-nodes-${i}`)).join("");

test("5,000 entries keep every byte", () => {
  const text = large();
  const after = putRole(text, MAPPING);
  expect(after).not.toBe(text);
  expect(dropRole(after, OURS)).toBe(text);
});

describe("a text that was read is not parsed again", () => {
  test("by an edit either", () => {
    const text = fixture("ordinary.yaml");
    const entries = entriesIn(text);
    dropRole(putRole(text, MAPPING), OURS);
    expect(entriesIn(text)).toBe(entries);
  });

  test("until four others were", () => {
    const text = fixture("ordinary.yaml");
    const first = entriesIn(text);
    for (const i of [1, 2, 3, 4]) entriesIn(`${text}# ${i}\n`);
    expect(entriesIn(text)).not.toBe(first);
    expect(entriesIn(text)).toEqual(first);
  });

  test("and errors name the key that was asked for", () => {
    const text = "a: 1\n";
    expect(refusal(() => readRoles(text)).message).toMatch(/^mapRoles, /);
    expect(refusal(() => readUsers(text)).message).toMatch(/^mapUsers, /);
  });
});
