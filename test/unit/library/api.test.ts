/** docs/*.api.md list the public names and types: what changes there changes for users. */
import { copyFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig, type ExtractorMessage } from "@microsoft/api-extractor";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

/** `entry` is the folder in dist/esm. */
async function report(name: string, entry: string) {
  const folder = await temporaryFolder();
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve("."),
      mainEntryPointFilePath: resolve(`dist/esm/${entry}/index.d.ts`),
      compiler: { tsconfigFilePath: resolve("tsconfig.json") },
      apiReport: {
        ...{ enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: join(folder, "new") },
        includeForgottenExports: false,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve("package.json"),
  });
  const messages: ExtractorMessage[] = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      if (/^(ae-forgotten-export|TS\d+)$/.test(message.messageId)) messages.push(message);
      message.handled = true;
    },
  });
  return { file: join(folder, `${name}.api.md`), messages: messages.map(({ text }) => text) };
}

const slow = { timeout: 120_000 };

/** `eks-lambda/lambda` exports them. */
const ofLambda = ["Kube", "KubeObject", "Need", "Stored", "UntypedObject"];

test.each([
  // Its members are `eks-lambda/lambda/methods`.
  ["library", "lambda", ['The symbol "methods" needs to be exported by the entry point index.d.ts']],
  [
    "testing",
    "testing",
    ofLambda.map((name) => `The symbol "${name}" needs to be exported by the entry point index.d.ts`),
  ],
] as const)(
  "the report of %s is the committed one, and its types name no type that is not exported",
  slow,
  async (name, entry, expected) => {
    const committed = `docs/${name}.api.md`;
    const { file, messages } = await report(name, entry);
    if (process.env.EKS_LAMBDA_UPDATE_DOCS) await copyFile(file, committed);
    expect([...messages].sort()).toEqual(expected);
    expect(await readFile(file, "utf8")).toBe(await readFile(committed, "utf8"));
  },
);
