/** What a function carries that uses a part of the library, as esbuild bundles and minifies it. */
import { build } from "esbuild";
import { expect, test } from "vitest";

async function bytesOf(code: string, format: "cjs" | "esm" = "cjs"): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: "test" },
    ...({ bundle: true, minify: true, platform: "node", format, target: "node20", write: false } as const),
  });
  return outputFiles[0]?.contents.byteLength ?? 0;
}

test.each([
  [
    "request alone",
    13_680,
    `import { connect } from "eks-lambda/lambda";
     export const handler = () => connect().request({ path: "/version" });`,
  ],
  [
    "a function that only patches",
    17_190,
    `import { connect, resourceWith, restartedNow } from "eks-lambda/lambda";
     import { patch } from "eks-lambda/lambda/methods";
     const deployments = resourceWith({ patch })("apps/v1", "deployments");
     export const handler = () => deployments.on(connect()).patch({ name: "web" }, restartedNow());`,
  ],
  [
    "all methods and helpers",
    26_440,
    `import { connect, resource, restartedNow, rolledOut } from "eks-lambda/lambda";
     import { failedContainers, finished, succeeded } from "eks-lambda/lambda";
     export const handler = () =>
       [resource("v1", "pods").on(connect()), rolledOut, restartedNow, finished, succeeded, failedContainers];`,
  ],
  [
    "declared rights, a check and a patch",
    20_420,
    `import { defineFunction, resourceWith, restartedNow } from "eks-lambda/lambda";
     import { patch } from "eks-lambda/lambda/methods";
     export const handler = defineFunction({
       needs: { deployments: resourceWith({ patch })("apps/v1", "deployments").may("patch") },
       run: ({ deployments }, { event }) => deployments.patch({ name: event.name }, restartedNow()),
     });`,
  ],
])("%s: at most %i bytes", async (_, limit, code) => expect(await bytesOf(code)).toBeLessThanOrEqual(limit));

test("the ten tasks of the benchmark, an ES module: at most 26,080 bytes", async () =>
  expect(await bytesOf('export * from "../bench/tasks/ours.ts";', "esm")).toBeLessThanOrEqual(26_080));
