/** What costs more, or less, than `bench/budgets.json` says is to be seen in a diff: `npm run bench -- budgets --write`. */
import { expect, test } from "vitest";
import { functionBudget, readBudgets, requestBudgets } from "../../bench/budgets.ts";

test("the function's bundle", async () => expect(await functionBudget()).toEqual((await readBudgets()).function));

test("requests of each command", { timeout: 30_000 }, async () =>
  expect(await requestBudgets()).toEqual((await readBudgets()).requests),
);
