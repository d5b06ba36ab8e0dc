import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { arranged, flagsOf } from "../../../src/cli/argv.ts";
import { Misuse } from "../../../src/cli/command.ts";
import { definitions } from "../../../src/cli/definitions.ts";
import { emptied, namesOf } from "../../../src/cli/flag-table.ts";
import { program } from "../../../src/cli/program.ts";
import { optionNames } from "../../../src/core/parameters/settings.ts";

const given = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
const refused = (line: string) => {
  try {
    return arranged(given(line)).join(" ");
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    return `${error.code}: ${error.message}; ${error.hint}`;
  }
};

describe("the command line", () => {
  test.each([
    ["", ""],
    ["--help", "--help"],
    ["-V", "--version"],
    ["-v", "--version"],
    ["setup --yes -v", "setup --yes -v"],
    ["help", "--help"],
    ["help setup", "setup --help"],
    ["help aws-auth", "aws-auth --help"],
    ["help aws-auth restore", "aws-auth restore --help"],
    ["setup --cluster demo -y", "setup --cluster demo -y"],
    ["--cluster demo setup --yes", "setup --cluster demo --yes"],
    ["-v doctor", "doctor -v"],
    ["--region=eu-west-1 --json aws-auth restore now", "aws-auth restore --region=eu-west-1 --json now"],
    ["--tags a=b c=d setup", "setup --tags a=b c=d"],
    ["--region eu-west-1 sandbox -- npm run setup", "sandbox --region eu-west-1 -- npm run setup"],
    ["invoke --event -", "invoke --event -"],
    ["setup demo --help", "setup demo --help"],
    ["setup --cluster --json", "setup --cluster --json"],
    ["setup --memory '' --subnet-ids '' --role-path=", "setup --memory  --subnet-ids  --role-path="],
  ])("%s is %s", (line, arrangedLine) => expect(arranged(given(line)).join(" ")).toBe(arrangedLine));

  const shows = (command: string, what: string) => `\`eks-lambda ${command} --help\` shows ${what}`;
  const all = "`eks-lambda --help` shows the commands";
  const instead = (flag: string) => `give a value, or leave the flag out: ${flag}`;
  test.each([
    ["frobnicate", `UnknownCommand: there is no command "frobnicate"; ${all}`],
    ["lst", `UnknownCommand: there is no command "lst"; did you mean \`eks-lambda list\`? ${all}`],
    ["setpu", `UnknownCommand: there is no command "setpu"; did you mean \`eks-lambda setup\`? ${all}`],
    ["status", `UnknownCommand: there is no command "status"; did you mean \`eks-lambda doctor\`? ${all}`],
    ["get", `UnknownCommand: there is no command "get"; did you mean \`eks-lambda list\`? ${all}`],
    ["delete", `UnknownCommand: there is no command "delete"; did you mean \`eks-lambda teardown\`? ${all}`],
    ["set", `UnknownCommand: there is no command "set"; ${all}`],
    [
      "aws-auth retsore",
      `UnknownCommand: there is no command "aws-auth retsore"; did you mean \`eks-lambda aws-auth restore\`? ${all}`,
    ],
    [
      "setup demo",
      'UnexpectedArgument: setup takes no argument "demo"; name the cluster with a flag: eks-lambda setup --cluster demo',
    ],
    [
      "sandbox --cluster a npm test --yes",
      "UnexpectedArgument: sandbox takes its command after --; eks-lambda sandbox --cluster a -- npm test --yes",
    ],
    [
      "setup --clutser=demo",
      `UnknownFlag: setup has no flag --clutser; did you mean --cluster? ${shows("setup", "its flags")}`,
    ],
    ["setup -x", `UnknownFlag: setup has no flag -x; ${shows("setup", "its flags")}`],
    ["list --yes", `UnknownFlag: list has no flag --yes; ${shows("list", "its flags")}`],
    ["invoke --event", "InvalidFlag: --event has no value; give one: --event <json>"],
    ["teardown --region ''", `InvalidFlag: --region is empty; ${instead("--region <region>")}`],
    ["setup --kubeconfig=", `InvalidFlag: --kubeconfig is empty; ${instead("--kubeconfig <file>")}`],
    ["setup --tags a=b ''", `InvalidFlag: --tags is empty; ${instead("--tags <key=value...>")}`],
    ["invoke --function '' --json", `InvalidFlag: --function is empty; ${instead("--function <name>")}`],
  ])("%s is refused: %s", (line, why) => expect(refused(line)).toBe(why));
});

test.each(optionNames)("an empty value takes the option %s back", (option) => {
  expect(emptied).toContain(`--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
});

describe("each command", () => {
  test.each(definitions.map((one) => [one.name, one] as const))("%s has flags of different names", (_, definition) => {
    const names = flagsOf(definition).flatMap(namesOf);
    expect(names).toEqual([...new Set(names)]);
  });

  test.each(definitions.flatMap(({ examples }) => examples.map(([, example]) => [example])))(
    "can be run as its example says: %s",
    (example) => {
      const [, line = ""] = /\beks-lambda ([^|>)]*)/.exec(example) ?? [];
      expect(refused(line)).toBe(given(line).join(" "));
    },
  );

  test("is found by words that no other command has", () => {
    const words = definitions.flatMap(({ name, alsoCalled = [] }) => [name, ...alsoCalled]);
    expect(words).toEqual([...new Set(words)]);
  });
});

describe("no short flag of the program wins over a command's", () => {
  /** Runs the command line with commands that only say that they run, and with which flags. */
  async function ran(argv: readonly string[]): Promise<unknown> {
    const root = program();
    let found: unknown;
    const each = (one: Command): void => {
      if (one.commands.length === 0)
        one.action(() => {
          found = one.opts();
        });
      one.commands.forEach(each);
    };
    each(root);
    await root.parseAsync([...arranged(argv)], { from: "user" });
    return found;
  }
  const ofProgram = [...program().options.flatMap(({ short }) => short ?? []), "-v"];

  test("the program has some", () => expect(ofProgram).toEqual(["-V", "-v"]));

  test.each(
    definitions.flatMap((definition) =>
      ofProgram.flatMap((flag) => [flag, `-q${flag[1]}`].map((word) => [definition.name, word, definition] as const)),
    ),
  )("%s %s", async (name, word, definition) => {
    const words = [
      ...name.split(" "),
      ...(definition.arguments ?? []).flatMap(([one]) => (/^</.test(one) ? ["x"] : [])),
    ];
    const takes = new Set(flagsOf(definition).flatMap(namesOf));
    const isTaken = [...word.slice(1)].every((letter) => takes.has(`-${letter}`));
    for (const argv of [
      [...words, word],
      [word, ...words],
    ]) {
      if (isTaken) expect(await ran(argv)).toMatchObject({ verbose: true });
      // commander's own refusals have a code of their own, and none is the version.
      else await expect(ran(argv)).rejects.toMatchObject({ code: expect.not.stringMatching(/version|help/) });
    }
  });
});
