import { describe, expect, test } from "vitest";
import {
  type CustomResourceRequest,
  isCustomResource,
  physicalIdOf,
  responseUrl,
  sentAt,
  serviceTimeoutMs,
} from "../../../../src/core/custom-resource/request.ts";
import { requestOf } from "../../../support/cloudformation.ts";

describe("an event of CloudFormation", () => {
  test("is recognized", () => expect(isCustomResource(requestOf())).toBe(true));

  test.each([
    undefined,
    null,
    "Create",
    { action: "create" },
    { ...requestOf(), RequestType: "Read" },
    { ...requestOf(), ResponseURL: undefined },
    { ...requestOf(), PhysicalResourceId: 1 },
    { ...requestOf(), StackId: ["a"] },
  ])("is not %j", (event) => expect(isCustomResource(event)).toBe(false));
});

describe("the address for the answer", () => {
  const at = (ResponseURL: string, AWS_REGION = "eu-west-1") => responseUrl(requestOf({ ResponseURL }), { AWS_REGION });
  const bucket = "cloudformation-custom-resource-response-euwest1";

  test.each([
    [`https://${bucket}.s3.eu-west-1.amazonaws.com/a?X-Amz-Signature=1`, "eu-west-1"],
    [`https://${bucket}.s3.eu-west-1.amazonaws.com:443/a`, "eu-west-1"],
    [`https://${bucket}.s3-eu-west-1.amazonaws.com/a`, "eu-west-1"],
    [`https://${bucket}.s3.amazonaws.com/a`, "eu-west-1"],
    [`https://${bucket}.s3.dualstack.eu-west-1.amazonaws.com/a`, "eu-west-1"],
    ["https://cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/a", "cn-north-1"],
    ["https://cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com/a", "us-gov-west-1"],
  ])("may be %s", (url, region) => expect(at(url, region).href).toBe(new URL(url).href));

  test.each([
    `http://${bucket}.s3.eu-west-1.amazonaws.com/a`,
    `https://${bucket}.s3.eu-west-1.amazonaws.com:8443/a`,
    `https://user@${bucket}.s3.eu-west-1.amazonaws.com/a`,
    `https://:secret@${bucket}.s3.eu-west-1.amazonaws.com/a`,
    `https://${bucket}.s3.eu-west-1.amazonaws.com.example/a`,
    `https://${bucket}.s3.eu-west-1.amazonaws.com.cn/a`,
    `https://${bucket}.s3.eu-west-1xamazonaws.com/a`,
    `https://${bucket}.s3-website.eu-west-1.amazonaws.com/a`,
    `https://${bucket}.s3.us-east-1.amazonaws.com/a`,
    `https://${bucket}.example.s3.eu-west-1.amazonaws.com/a`,
    `https://example.com/?${bucket}.s3.eu-west-1.amazonaws.com/a`,
    `https://x${bucket}.s3.eu-west-1.amazonaws.com/a`,
    "https://cloudformation-custom-resource-response-useast1.s3.eu-west-1.amazonaws.com/a",
    "https://169.254.169.254/latest",
    "nothing",
    "",
  ])("is not %s", (url) => expect(() => at(url)).toThrow("the ResponseURL is "));

  test("is none without a region", () =>
    expect(() => at("https://cloudformation-custom-resource-response-.s3.amazonaws.com/a", "")).toThrow("ResponseURL"));

  test("is refused without its signature, which is a secret", () =>
    expect(() => at("https://example.com/a?X-Amz-Signature=secret")).toThrow(
      expect.objectContaining({
        code: "InvalidEvent",
        message: `the ResponseURL is "https://example.com"; it must be https://${bucket}.s3.eu-west-1.amazonaws.com`,
      }),
    ));

  test.each([
    ["https://a.example/?X-Amz-Date=20260102T030405Z", Date.UTC(2026, 0, 2, 3, 4, 5)],
    ["https://a.example/?X-Amz-Date=yesterday", undefined],
    ["https://a.example/?Expires=1700000000", undefined],
  ])("%s says when the request was sent", (url, ms) => expect(sentAt(new URL(url))).toBe(ms));
});

test.each([
  ["330", 330_000],
  ["1", 1_000],
  ["99999", 3_600_000],
  ["soon", 3_600_000],
  [undefined, 3_600_000],
])("ServiceTimeout %s is %i ms", (ServiceTimeout, ms) =>
  expect(serviceTimeoutMs(requestOf({ ResourceProperties: { ServiceTimeout } }))).toBe(ms),
);

describe("the physical id", () => {
  const idOf = (given: Partial<CustomResourceRequest>) => physicalIdOf(requestOf(given));

  test("is the same for every request of a resource", () => {
    const create = idOf({ RequestType: "Create", RequestId: "1", ResourceProperties: { Manifest: "a" } });
    expect(idOf({ RequestType: "Update", RequestId: "2", ResourceProperties: { Manifest: "b" } })).toBe(create);
    expect(create).toMatch(/^eks-lambda:Web:[0-9a-f]{16}$/);
  });

  test("is another one for another resource or stack", () => {
    expect(idOf({ LogicalResourceId: "Other" })).not.toBe(idOf({}));
    expect(idOf({ StackId: "other" })).not.toBe(idOf({}));
  });
});
