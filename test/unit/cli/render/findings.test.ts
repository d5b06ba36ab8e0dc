import { expect, test } from "vitest";
import { renderFinding } from "../../../../src/cli/render/findings.ts";

test("rights stand on lines of their own, under what they belong to", () => {
  const rights = ["create deployments.apps @default", "get,patch deployments.apps web @shop"];
  expect(renderFinding({ link: "rbac", status: "ok", message: '"lambda" has 2 rights', rights }, 5).shown).toBe(
    [
      '✔ rbac   "lambda" has 2 rights',
      "           create deployments.apps @default",
      "           get,patch deployments.apps web @shop",
    ].join("\n"),
  );
});

test("warnings stand above the hint, one a line", () => {
  const finding = {
    link: "view",
    status: "ok",
    message: "2 answers",
    warnings: ["no way to S3", "old"],
    hint: "look",
  } as const;
  expect(renderFinding(finding, 5).shown).toBe(
    ["✔ view   2 answers", "         warning: no way to S3", "         warning: old", "         hint look"].join("\n"),
  );
});
