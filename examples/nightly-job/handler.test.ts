import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "eks-lambda/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import event from "./event.json" with { type: "json" };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ entry: fileURLToPath(new URL("handler.ts", import.meta.url)), namespace: "reports" });
});
afterAll(() => sandbox.stop());

const jobs = { apiVersion: "batch/v1", kind: "Job" };

test("runs the Job and tells that it succeeded", async () => {
  expect(await sandbox.invoke(event)).toEqual({ job: "report-2026-01-02", outcome: "succeeded" });
  expect(await sandbox.invoke(event)).toEqual({ job: "report-2026-01-02", outcome: "succeeded" });
  expect(await sandbox.admin.list(jobs)).toHaveLength(1);
});

test("a failed Job is an error with its reason and the end of its log", async () => {
  sandbox.images.set("registry.example.com/report:1", { exitCode: 3, log: "connecting\nno such table\n" });
  await expect(sandbox.invoke({ time: "2026-01-03T03:00:00Z" })).rejects.toThrow(
    "report-2026-01-03 failed: Error, exit code 3\nconnecting\nno such table",
  );
  expect(sandbox.unusedRights()).toEqual([]);
});
