/** `sandbox -- COMMAND`, and what a person finds in its shell. */
import { expect } from "vitest";
import { test } from "./support/world.ts";

test.for([
  [
    "nosuch",
    127,
    'there is no command "nosuch" on your PATH',
    "check its name; a shell builtin or an alias needs a shell: sh -c 'COMMAND'",
  ],
  ["stup", 127, 'there is no command "stup" on your PATH', "did you mean `eks-lambda sandbox -- eks-lambda setup`?"],
  [
    "'eks-lambda setup'",
    127,
    'there is no command "eks-lambda setup" on your PATH',
    "if it is a command line, leave its quotes out: eks-lambda sandbox -- eks-lambda setup",
  ],
  [
    "./nosuch",
    127,
    'there is no command "./nosuch"',
    "check its name; a shell builtin or an alias needs a shell: sh -c 'COMMAND'",
  ],
  ["/", 126, '"/" cannot be run: it is not an executable program', "chmod +x /"],
] as const)("sandbox -- %s", async ([words, exit, message, hint], { world: { run } }) => {
  expect(await run(`sandbox -- ${words}`)).toEqual({
    exit,
    stdout: "",
    stderr: `error ${message} (UnknownCommand)\nhint  ${hint}\n`,
  });
});

test("version is the version's flag", async ({ world: { run } }) => {
  expect(await run("version")).toEqual(await run("--version"));
});
