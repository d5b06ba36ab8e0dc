import { type Command, CommanderError } from "commander";
import fc from "fast-check";
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
    ["version", "--version"],
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
    ["setup demo --help --region", "setup --help"],
    ["restart deployments/web --wait", "invoke restart deployments/web --wait"],
    ["--cluster a restart deploy web", "invoke --cluster a restart deploy web"],
    ["apply -f web.yaml", "invoke apply -f web.yaml"],
    ["status deployments/web", "invoke status deployments/web"],
    ["delete deployment web", "invoke delete deployment web"],
    ["restart --help", "invoke --help"],
    ["help scale", "invoke --help"],
    ["invoke --set replicas=3 scale deployments/web", "invoke scale deployments/web --set replicas=3"],
    ["--set a=1 b=2 invoke create web --wait", "invoke create web --set a=1 b=2 --wait"],
    ["invoke -f a.yaml k8s/ - apply", "invoke apply -f a.yaml k8s/ -"],
    ["invoke -fa.yaml apply -n=shop", "invoke apply -fa.yaml -n shop"],
    ["-f logs", "logs -f"],
    ["setup --allow -scale:pods +undo:ds/web@shop -y", "setup --allow=-scale:pods --allow=+undo:ds/web@shop -y"],
    ["--allow -scale:pods -restart:deployments setup", "setup --allow=-scale:pods --allow=-restart:deployments"],
    ["setup --allow=-scale:pods --allow -restart:pods", "setup --allow=-scale:pods --allow=-restart:pods"],
    ["setup --allow +scale:pods restart:pods", "setup --allow +scale:pods restart:pods"],
    ["setup --allow --yes", "setup --allow --yes"],
    ["sandbox -- x --allow -a:b", "sandbox -- x --allow -a:b"],
    [
      "export --to sam --allow restart:deployments -scale:pods ./out",
      "export ./out --to sam --allow=restart:deployments --allow=-scale:pods",
    ],
    ["export --to sam --allow restart:deployments ./out", "export ./out --to sam --allow restart:deployments"],
    [
      "export --allow 'get,list pods @shop' 'create jobs.batch' out --to kubectl",
      "export out --allow get,list pods @shop create jobs.batch --to kubectl",
    ],
    ["export --tags a=b --to sam deploy", "export --tags a=b --to sam deploy"],
    ["setup --cluster --json", "setup --cluster --json"],
    ["setup --memory '' --subnet-ids '' --role-path=", "setup --memory  --subnet-ids  --role-path="],
  ])("%s is %s", (line, arrangedLine) => expect(arranged(given(line)).join(" ")).toBe(arrangedLine));

  const shows = (command: string, what: string, all = "") => `\`eks-lambda ${command} --help${all}\` shows ${what}`;
  const all = "`eks-lambda --help` shows the commands";
  const instead = (flag: string) => `give a value, or leave the flag out: ${flag}`;
  test.each([
    ["frobnicate", `UnknownCommand: there is no command "frobnicate"; ${all}`],
    ["lst", `UnknownCommand: there is no command "lst"; did you mean \`eks-lambda list\`? ${all}`],
    ["setpu", `UnknownCommand: there is no command "setpu"; did you mean \`eks-lambda setup\`? ${all}`],
    [
      "setpu --cluster demo",
      `UnknownCommand: there is no command "setpu"; did you mean \`eks-lambda setup --cluster demo\`? ${all}`,
    ],
    [
      "--cluster lst lst",
      `UnknownCommand: there is no command "lst"; did you mean \`eks-lambda --cluster lst list\`? ${all}`,
    ],
    [
      "invok scale deployments/web 5",
      `UnknownCommand: there is no command "invok"; did you mean \`eks-lambda invoke scale deployments/web 5\`? ${all}`,
    ],
    ["setpu --env TOKEN=abc", `UnknownCommand: there is no command "setpu"; did you mean \`eks-lambda setup\`? ${all}`],
    [
      "rollback deployments/web",
      `UnknownCommand: there is no command "rollback"; did you mean \`eks-lambda undo deployments/web\`? ${all}`,
    ],
    [
      "status",
      `UnknownCommand: there is no command "status"; did you mean \`eks-lambda invoke status\` or \`eks-lambda doctor\`? ${all}`,
    ],
    [
      "get",
      `UnknownCommand: there is no command "get"; did you mean \`eks-lambda invoke get\` or \`eks-lambda list\`? ${all}`,
    ],
    [
      "delete",
      `UnknownCommand: there is no command "delete"; did you mean \`eks-lambda invoke delete\` or \`eks-lambda teardown\`? ${all}`,
    ],
    [
      "delete web",
      `UnknownCommand: there is no command "delete"; did you mean \`eks-lambda invoke delete web\` or \`eks-lambda teardown\`? ${all}`,
    ],
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
      `UnknownFlag: setup has no flag --clutser; did you mean \`eks-lambda setup --cluster=demo\`? ${shows("setup", "its flags", " --all")}`,
    ],
    [
      "invoke restart deployments/web --namespce shop --wait",
      `UnknownFlag: invoke has no flag --namespce; did you mean \`eks-lambda invoke restart deployments/web --namespace shop --wait\`? ${shows("invoke", "its flags")}`,
    ],
    [
      "setup --evn TOKEN=abc",
      `UnknownFlag: setup has no flag --evn; did you mean --env? ${shows("setup", "its flags", " --all")}`,
    ],
    [
      "invoke restart deployments web 3 4",
      'UnexpectedArgument: invoke takes no argument "4"; `eks-lambda invoke --help` shows what it takes',
    ],
    ["setup -x", `UnknownFlag: setup has no flag -x; ${shows("setup", "its flags", " --all")}`],
    ["setup -yx", `UnknownFlag: setup has no flag -x; ${shows("setup", "its flags", " --all")}`],
    ["setup --version", "UnknownFlag: setup has no flag --version; `eks-lambda --version` shows the version"],
    ["teardown --yes=false", 'InvalidFlag: --yes takes no value "false"; write only --yes, or leave it out'],
    ["teardown --yes false", 'InvalidFlag: --yes takes no value "false"; write only --yes, or leave it out'],
    ["setup -y=", 'InvalidFlag: -y takes no value ""; write only -y, or leave it out'],
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
      expect(refused(line).replace(/^invoke (?=(?!invoke)\S)/, "")).toBe(
        given(line)
          .join(" ")
          .replace(/^invoke /, ""),
      );
    },
  );

  test("is found by words that no other command has", () => {
    const words = definitions.flatMap(({ name, alsoCalled = [] }) => [name, ...alsoCalled]);
    expect(words).toEqual([...new Set(words)]);
  });
});

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

test("every mistake is refused in our words, none in commander's", async () => {
  const flags = definitions.flatMap(flagsOf).flatMap(namesOf);
  const word = fc.oneof(
    fc.constantFrom("x", "false", "", "-", "--", "--help", "--version", "help", "version", ...flags),
    fc.constantFrom("=x", "=", "x").chain((end) => fc.constantFrom(...flags).map((flag) => flag + end)),
  );
  const line = fc.tuple(fc.constantFrom(...definitions.map(({ name }) => name.split(" "))), fc.array(word));
  await fc.assert(
    fc.asyncProperty(line, async ([name, words]) => {
      const error: unknown = await ran([...name, ...words]).catch((one: unknown) => one);
      if (error instanceof CommanderError) expect(error.code).toMatch(/help|version/);
    }),
    { numRuns: 1000 },
  );
});

describe("no short flag of the program wins over a command's", () => {
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
      // No refusal is the version.
      else await expect(ran(argv)).rejects.toMatchObject({ code: expect.not.stringMatching(/version|help/) });
    }
  });
});
