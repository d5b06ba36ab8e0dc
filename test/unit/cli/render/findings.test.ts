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
