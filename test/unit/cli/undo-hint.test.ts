import { expect, test } from "vitest";
import { wordsOf } from "../../../src/cli/event.ts";
import { withRevision } from "../../../src/cli/undo-hint.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";

const offering = (numbers: string, code: "AlreadyUndone" | "NotFound" = "AlreadyUndone") =>
  new EksLambdaError(code, "no", { hint: `give one of its revisions as \`revision\`: ${numbers}` });

const hintFor = (error: EksLambdaError, typed: string, set?: readonly string[]) => {
  const all = typed.split(" ");
  const words = wordsOf(all.slice(all.indexOf("undo")).filter((word) => !/^--|=/.test(word)));
  return String(withRevision(error, { ...words, set }, all).hint);
};

test.each([
  ["3", "invoke undo deployments/web", undefined, "eks-lambda invoke undo deployments/web 3"],
  ["3", "invoke undo deployments web", undefined, "eks-lambda invoke undo deployments web --set revision=3"],
  ["3", "invoke undo deployments/web 7 --wait", undefined, "eks-lambda invoke undo deployments/web 3 --wait"],
  ["3", "invoke --timeout 7 undo deployments/web 7", undefined, "eks-lambda invoke --timeout 7 undo deployments/web 3"],
  ["3", "--timeout 7 undo deployments 7 7", undefined, "eks-lambda --timeout 7 undo deployments 7 3"],
  [
    ...["3", "invoke --function deployments/web undo deployments/web"],
    ...[undefined, "eks-lambda invoke --function deployments/web undo deployments/web 3"],
  ],
  [
    ...["3", "invoke undo deployments/web --set revision=7"],
    ...[["revision=7"], "eks-lambda invoke undo deployments/web --set revision=3"],
  ],
  [
    ...["1, 3", "invoke undo deployments/web", undefined],
    "with one of its revisions, 1, 3: eks-lambda invoke undo deployments/web REVISION",
  ],
] as const)("revisions %s for `%s`", (numbers, typed, set, hint) => {
  expect(hintFor(offering(numbers), typed, set)).toBe(hint);
});

test.each([
  ["without revisions", new EksLambdaError("RevisionNotFound", "no", { hint: "deploy again what worked" })],
  ["of another error", offering("3", "NotFound")],
])("a hint %s stays", (_, error) => {
  expect(hintFor(error, "invoke undo deployments/web")).toBe(error.hint);
});
