import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { execCommand } from "../../../../src/core/kubeconfig/exec.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const request = { cluster: "demo", region: "eu-west-1", profile: undefined, version: "1.2.3" };
const token = ["token", "--cluster", "demo", "--region", "eu-west-1"];

/** A PATH with one folder for each list of commands. */
async function pathWith(...folders: readonly (readonly string[])[]): Promise<string> {
  const root = await temporaryFolder();
  const paths = folders.map(async ([folder = "", ...commands]) => {
    const path = join(root, folder);
    await mkdir(path, { recursive: true });
    for (const command of commands) {
      await writeFile(join(path, command), "#!/bin/sh\n");
      await chmod(join(path, command), 0o755);
    }
    return path;
  });
  return (await Promise.all(paths)).join(delimiter);
}

describe("auto", () => {
  test.each([
    ["ours, where it is on the PATH", [["bin", "aws", "eks-lambda"]], "eks-lambda"],
    ["the AWS CLI, where ours is not", [["bin", "aws"]], "aws"],
    ["npx, where neither is", [["bin"]], "npx"],
    [
      "the AWS CLI, where ours is what npx put there for a moment",
      [
        ["_npx/1f/node_modules/.bin", "eks-lambda"],
        ["bin", "aws"],
      ],
      "aws",
    ],
  ])("is %s", async (_, folders, expected) => {
    expect(execCommand("auto", request, { PATH: await pathWith(...folders) }).command).toBe(expected);
  });

  test("without a PATH is npx", () => expect(execCommand("auto", request, {}).command).toBe("npx"));
});

test.each([
  ["eks-lambda", { command: "eks-lambda", args: [...token, "--profile", "prod"] }],
  ["npx", { command: "npx", args: ["--yes", "eks-lambda@1.2.3", ...token, "--profile", "prod"] }],
  [
    "aws",
    {
      command: "aws",
      args: [
        "--region",
        "eu-west-1",
        "eks",
        "get-token",
        "--cluster-name",
        "demo",
        "--output",
        "json",
        "--profile",
        "prod",
      ],
    },
  ],
] as const)("%s is called with region and profile", (choice, expected) => {
  expect(execCommand(choice, { ...request, profile: "prod" }, {})).toEqual(expected);
});
