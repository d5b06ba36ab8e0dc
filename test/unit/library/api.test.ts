/** docs/library.api.md lists the public names and types: what changes there changes for users. */
import { copyFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig, type ExtractorMessage } from "@microsoft/api-extractor";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary.ts";

const committed = "docs/library.api.md";

async function report() {
  const folder = await temporaryFolder();
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve("."),
      mainEntryPointFilePath: resolve("dist/esm/lambda/index.d.ts"),
      compiler: { tsconfigFilePath: resolve("tsconfig.json") },
      apiReport: {
        ...{ enabled: true, reportFileName: "library", reportFolder: folder, reportTempFolder: join(folder, "new") },
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
  return { file: join(folder, "library.api.md"), messages: messages.map(({ text }) => text) };
}

const slow = { timeout: 120_000 };

test("the report is the committed one, and its types name no type that is not exported", slow, async () => {
  const { file, messages } = await report();
  if (process.env.EKS_LAMBDA_UPDATE_DOCS) await copyFile(file, committed);
  // Its members are `eks-lambda/lambda/methods`.
  expect(messages).toEqual(['The symbol "methods" needs to be exported by the entry point index.d.ts']);
  expect(await readFile(file, "utf8")).toBe(await readFile(committed, "utf8"));
});
