import { describe, expect, test } from "vitest";
import { arranged, flagsOf, Misuse, namesOf } from "../../../src/cli/argv.ts";
import { definitions } from "../../../src/cli/definitions.ts";
import { emptied } from "../../../src/cli/flag-table.ts";
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
