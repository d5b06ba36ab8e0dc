/** CloudFormation makes resources that do not depend on each other at once. The real backend makes them one by one. */
import { expect, test } from "vitest";
import { startSandboxBackend } from "../../acceptance/sandbox.ts";
import { custom, stacksOf, withEcho } from "../../acceptance/support/stacks.ts";

test("resources that do not depend on each other are made at once", async ({ onTestFinished }) => {
  const backend = await startSandboxBackend();
  onTestFinished(() => backend.stop());
  const Web = custom({}, { AnswerCreate: { waitMs: 500 } });
  const { events } = await stacksOf(backend).deploy(
    "web",
    withEcho({ Web, Api: Web, Jobs: { ...Web, DependsOn: "Web" } }),
  );
  const at = (event: string) => events.indexOf(event);
  expect(at("Api CREATE_IN_PROGRESS")).toBeLessThan(at("Web CREATE_COMPLETE"));
  expect(at("Web CREATE_COMPLETE")).toBeLessThan(at("Jobs CREATE_IN_PROGRESS"));
});
