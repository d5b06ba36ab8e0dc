import { describe, expect, test } from "vitest";
import { call } from "../../../../src/core/aws/call.ts";
import { EksLambdaError, UsageError } from "../../../../src/core/errors.ts";

/** What the SDK throws: a name of the service's, or a code of Node's. */
const thrown = (name: string, message = "its words", code?: string): Error =>
  Object.assign(new Error(message), { name, ...(code && { code }) });

const refused = (error: Error) => call("eks:DescribeCluster", Promise.reject(error));

describe("a call of AWS", () => {
  test("returns its result", async () => expect(await call("sts:GetCallerIdentity", Promise.resolve("me"))).toBe("me"));

  test.each([
    ["CredentialsProviderError", "NoCredentials", "no usable AWS credentials: its words"],
    ["ExpiredToken", "CredentialsExpired", "the AWS credentials have expired (eks:DescribeCluster)"],
    ["ExpiredTokenException", "CredentialsExpired", "the AWS credentials have expired (eks:DescribeCluster)"],
    [
      "InvalidClientTokenId",
      "CredentialsInvalid",
      "AWS rejected the credentials (eks:DescribeCluster: InvalidClientTokenId, its words)",
    ],
    [
      "UnrecognizedClientException",
      "CredentialsInvalid",
      "AWS rejected the credentials (eks:DescribeCluster: UnrecognizedClientException, its words)",
    ],
    ["AccessDenied", "AwsForbidden", "the caller may not call eks:DescribeCluster: its words"],
    ["AccessDeniedException", "AwsForbidden", "the caller may not call eks:DescribeCluster: its words"],
    [
      "SyntaxError",
      "AwsEndpointUnknown",
      "the endpoint does not support eks:DescribeCluster: its answer does not follow the AWS protocol",
    ],
    ["TimeoutError", "AwsUnreachable", "no answer to eks:DescribeCluster: its words"],
    ["TooManyRequestsException", "TooManyRequests", "AWS throttles eks:DescribeCluster: its words"],
    ["ThrottlingException", "TooManyRequests", "AWS throttles eks:DescribeCluster: its words"],
  ])("that fails with %s is %s, with a hint and its cause", async (name, code, message) => {
    const cause = thrown(name);
    await expect(refused(cause)).rejects.toMatchObject({ code, message, hint: expect.any(String), cause });
  });

  test.each([
    ["ENOTFOUND", "no AWS endpoint for eks:DescribeCluster: its words"],
    ["ECONNREFUSED", "no answer to eks:DescribeCluster: its words"],
  ])("that %s keeps from AWS is AwsUnreachable", async (code, message) =>
    expect(refused(thrown("Error", "its words", code))).rejects.toMatchObject({ code: "AwsUnreachable", message }),
  );

  test.each([
    ["sts.us-east-1.amazonaws.com", "curl https://sts.us-east-1.amazonaws.com"],
    ["sts.cn-north-1.amazonaws.com.cn", "curl https://sts.cn-north-1.amazonaws.com.cn"],
    ["localhost:4566", "AWS_ENDPOINT_URL"],
    ["amazonaws.com.example", "AWS_ENDPOINT_URL"],
  ])("that %s did not answer names it, and how to look", (host, hint) =>
    expect(refused(Object.assign(thrown("TimeoutError"), { host }))).rejects.toMatchObject({
      message: `no answer to eks:DescribeCluster: its words (${host})`,
      hint: expect.stringContaining(hint),
    }),
  );

  test.each([
    ["because no identity-based policy allows the eks:DescribeCluster action", "add that action to the caller's IAM"],
    ["with an explicit deny in a service control policy", "who manage the organization in AWS Organizations"],
  ])("that is denied %s says who can change it", (why, hint) =>
    expect(
      refused(thrown("AccessDeniedException", `User: me is not authorized to perform: eks:DescribeCluster ${why}`)),
    ).rejects.toMatchObject({ code: "AwsForbidden", hint: expect.stringContaining(hint) }),
  );

  test("that is throttled by a function's concurrency names the flag for it", () =>
    expect(
      refused(
        Object.assign(thrown("TooManyRequestsException", "Rate Exceeded."), {
          ...{ Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", $metadata: { attempts: 3 } },
        }),
      ),
    ).rejects.toMatchObject({
      message: "AWS throttles eks:DescribeCluster: Rate Exceeded, tried 3 times",
      hint: expect.stringContaining("--reserved-concurrency"),
    }));

  test("that fails without a message shows the error's code", () =>
    expect(refused(thrown("AggregateError", "", "ECONNREFUSED"))).rejects.toThrow(
      "no answer to eks:DescribeCluster: ECONNREFUSED",
    ));

  test.each([["SELF_SIGNED_CERT_IN_CHAIN"], ["INVALID_PURPOSE"], ["ERR_SSL_WRONG_VERSION_NUMBER"], ["EPROTO"]])(
    "that ends in the TLS handshake with %s is TlsFailed",
    (code) =>
      expect(
        refused(Object.assign(thrown("Error", "its words", code), { host: "sts.us-east-1.amazonaws.com" })),
      ).rejects.toMatchObject({
        code: "TlsFailed",
        message: "no secure connection for eks:DescribeCluster: its words (sts.us-east-1.amazonaws.com)",
        hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      }),
  );

  test.each(["Unknown", "UnknownError"])("that fails with %s shows the status", (name) =>
    expect(refused(Object.assign(thrown(name), { $metadata: { httpStatusCode: 502 } }))).rejects.toMatchObject({
      code: "AwsEndpointUnknown",
      message: "the answer to eks:DescribeCluster gives no reason: HTTP 502",
    }),
  );

  test.each([
    ["Region is missing", "NoRegion"],
    ['Region not accepted: region="x y" is not a valid hostname component.', "InvalidRegion"],
  ])("with a region that cannot be (%s) is wrong usage", (message, code) =>
    expect(refused(thrown("Error", message))).rejects.toMatchObject({
      code,
      constructor: UsageError,
      hint: expect.any(String),
    }),
  );

  test.each([
    ["of the service itself", thrown("ResourceNotFoundException")],
    ["that is ours already", new EksLambdaError("Ours", "its words")],
  ])("passes an error %s on as it is", (_, error) => expect(refused(error)).rejects.toBe(error));
});
