import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { execFor } from "../../../../src/core/kubeconfig/exec.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

const request = {
  cluster: "demo",
  region: "eu-west-1",
  profile: undefined,
  version: "1.2.3",
  installed: "/nowhere/bin/eks-lambda.cjs",
};
const token = ["token", "--cluster", "demo", "--region", "eu-west-1"];
const install = "install it with: npm install --global eks-lambda";

/** A folder for each list, of which the first is the folder's name and the others are commands in it. */
async function disk(...folders: readonly (readonly string[])[]) {
  const root = await temporaryFolder();
  for (const [folder = "", ...commands] of folders) {
    await mkdir(join(root, folder), { recursive: true });
    for (const command of commands) {
      await writeFile(join(root, folder, command), "#!/bin/sh\n");
      await chmod(join(root, folder, command), 0o755);
    }
  }
  return { path: (...parts: readonly string[]) => join(root, ...parts), PATH: pathOf(root, folders) };
}
const pathOf = (root: string, folders: readonly (readonly string[])[]) =>
  folders.map(([folder = ""]) => join(root, folder)).join(delimiter);

describe("auto", () => {
  test.each([
    ["our command, where it is on the PATH", [["bin", "aws", "eks-lambda"]], "eks-lambda"],
    ["the AWS CLI, where ours is not", [["bin", "aws"]], "aws"],
    [
      "the AWS CLI, where npx put ours on the PATH for one run",
      [
        ["_npx/1f/node_modules/.bin", "eks-lambda"],
        ["bin", "aws"],
      ],
      "aws",
    ],
    [
      "the AWS CLI, where ours is on the PATH of an npm script",
      [
        ["project/node_modules/.bin", "eks-lambda"],
        ["bin", "aws"],
      ],
      "aws",
    ],
    [
      "the AWS CLI, where yarn dlx put ours on the PATH",
      [
        ["xfs-3c1f/bin", "eks-lambda"],
        ["bin", "aws"],
      ],
      "aws",
    ],
  ])("is %s", async (_, folders, expected) => {
    const { PATH } = await disk(...folders);
    expect(execFor("auto", request, { PATH })).toMatchObject({ exec: { command: expected } });
  });

  test.each([
    ["a checkout", "code/eks-lambda/bin"],
    ["a project", "project/node_modules/eks-lambda/bin"],
    ["a project of pnpm", "project/node_modules/.pnpm/eks-lambda@1.2.3/node_modules/eks-lambda/bin"],
  ])("is this installation by its path, where it is in %s", async (_, folder) => {
    const { path, PATH } = await disk([folder, "eks-lambda.cjs"], ["bin", "aws"]);
    const installed = path(folder, "eks-lambda.cjs");
    expect(execFor("auto", { ...request, installed }, { PATH })).toEqual({ exec: { command: installed, args: token } });
  });

  test.each([
    ["npx", ".npm/_npx/1f/node_modules/eks-lambda/bin"],
    ["pnpm dlx", "Library/Caches/pnpm/dlx/1f/2e/node_modules/.pnpm/eks-lambda@1/node_modules/eks-lambda/bin"],
    ["pnpm dlx of old", "dlx-4711/node_modules/.pnpm/eks-lambda@1/node_modules/eks-lambda/bin"],
    ["pnpm's store", ".local/share/pnpm/store/v10/links/eks-lambda/1/2e/node_modules/eks-lambda/bin"],
    ["yarn dlx", "xfs-3c1f/dlx-17/node_modules/eks-lambda/bin"],
    ["yarn's cache", "project/.yarn/cache/eks-lambda/bin"],
    ["bunx", "bunx-1000-eks-lambda@latest/node_modules/eks-lambda/bin"],
    ["a cache", ".cache/deno/npm/eks-lambda/bin"],
  ])("is not this installation, where it is of %s", async (_, folder) => {
    const { path, PATH } = await disk([folder, "eks-lambda.cjs"], ["bin", "aws"]);
    const installed = path(folder, "eks-lambda.cjs");
    expect(execFor("auto", { ...request, installed }, { PATH }).exec.command).toBe("aws");
  });

  test.each([
    [{ AWS_ENDPOINT_URL: "http://localhost:4566" }, "eks-lambda"],
    [{ AWS_ENDPOINT_URL_STS: "http://localhost:4566" }, "eks-lambda"],
    [{ AWS_ENDPOINT_URL_EKS: "http://localhost:4566" }, "aws"],
    [{ AWS_ENDPOINT_URL: "" }, "aws"],
  ])("with %o is %s, for the AWS CLI signs for that host", async (environment, expected) => {
    const { PATH } = await disk(["bin", "aws"]);
    expect(execFor("auto", request, { PATH, ...environment }).exec.command).toBe(expected);
  });

  test.each([
    ["an empty PATH", {}],
    ["folders that are relative to this one", { PATH: `bin${delimiter}.` }],
  ])("with %s is our command, and says that it has to be installed", (_, environment) =>
    expect(execFor("auto", request, environment)).toEqual({
      exec: { command: "eks-lambda", args: token, installHint: install },
      warning: `kubectl will not find eks-lambda; ${install}`,
    }),
  );

  test("ignores folders", async () => {
    const { PATH, path } = await disk(["bin", "aws"]);
    await mkdir(path("bin", "eks-lambda"));
    expect(execFor("auto", request, { PATH }).exec.command).toBe("aws");
  });
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
] as const)("%s is called with region and profile", async (choice, exec) => {
  const { PATH } = await disk(["bin", "eks-lambda"]);
  expect(execFor(choice, { ...request, profile: "prod" }, { PATH })).toEqual({ exec });
});

test("--exec aws warns if the AWS CLI signs for another host", () =>
  expect(execFor("aws", request, { AWS_ENDPOINT_URL: "http://localhost:4566" }).warning).toBe(
    "the AWS CLI signs for http://localhost:4566, and the cluster refuses such a token",
  ));
