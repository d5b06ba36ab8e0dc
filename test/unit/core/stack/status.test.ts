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

test("an update that is rolled back for an export has its reason in an event of the stack", () => {
  const of = (status: string, reason?: string) => ({
    ...{ id: status, logicalId: "ours", type: "AWS::CloudFormation::Stack" },
    ...{ status, reason },
  });
  const events = [
    of("UPDATE_ROLLBACK_COMPLETE"),
    of("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    of("UPDATE_ROLLBACK_IN_PROGRESS", "Cannot update export web as it is in use by shop. "),
    of("UPDATE_IN_PROGRESS", "User Initiated"),
    of("CREATE_COMPLETE", "before"),
  ];
  expect(causeOf(events)).toBe("Cannot update export web as it is in use by shop");
  expect(causeOf(events.slice(0, 1))).toBe("see its events for the reason");
});
