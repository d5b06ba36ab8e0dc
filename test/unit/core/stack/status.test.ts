import { expect, test } from "vitest";
import { causeOf } from "../../../../src/core/stack/status.ts";

test("the cause of a failure has no value of a variable, which Lambda repeats", () => {
  const reason =
    'Resource handler returned message: "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"DB_PASSWORD":"hunter2"} (Service: Lambda, Status Code: 400, Request ID: 1)" (HandlerErrorCode: InvalidRequest)';
  const event = { id: "1", logicalId: "Function", type: "AWS::Lambda::Function", status: "CREATE_FAILED", reason };
  const cause = causeOf([event]);
  expect(cause).not.toContain("hunter2");
  expect(cause).toContain("exceeded the 4KB limit. (Service: Lambda, Status Code: 400");
});
