import { describe, expect, test } from "vitest";
import { EksLambdaError, usageError } from "../../../../src/core/errors.ts";
import { isStale, networkError, statusError, unexpectedAnswer } from "../../../../src/core/kube/errors.ts";

const failed = (code: string, message = "failed"): NodeJS.ErrnoException => Object.assign(new Error(message), { code });

describe("a failure of the network", () => {
  test.each([
    ["ENOTFOUND", "DnsFailed"],
    ["EAI_AGAIN", "DnsFailed"],
    ["ECONNREFUSED", "ConnectionRefused"],
    ["ETIMEDOUT", "Timeout"],
    ["EHOSTUNREACH", "Timeout"],
    ["ENETUNREACH", "Timeout"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TlsFailed"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TlsFailed"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TlsFailed"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "TlsFailed"],
    ["CERT_HAS_EXPIRED", "TlsFailed"],
    ["CERT_NOT_YET_VALID", "TlsFailed"],
    ["CERT_CHAIN_TOO_LONG", "TlsFailed"],
    ["CERT_REVOKED", "TlsFailed"],
    ["CRL_HAS_EXPIRED", "TlsFailed"],
    ["UNABLE_TO_GET_CRL", "TlsFailed"],
    ["ERROR_IN_CERT_NOT_BEFORE_FIELD", "TlsFailed"],
    ["OUT_OF_MEM", "TlsFailed"],
    ["INVALID_CA", "TlsFailed"],
    ["INVALID_PURPOSE", "TlsFailed"],
    ["PATH_LENGTH_EXCEEDED", "TlsFailed"],
    ["HOSTNAME_MISMATCH", "TlsFailed"],
    ["UNSPECIFIED", "TlsFailed"],
    ["A_CODE_OF_OPENSSL_4", "TlsFailed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TlsFailed"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TlsFailed"],
    ["EPROTO", "TlsFailed"],
    ["ECONNRESET", "ConnectionLost"],
    ["EPIPE", "ConnectionLost"],
    ["HPE_INVALID_CONSTANT", "ConnectionLost"],
    ["ERR_STREAM_PREMATURE_CLOSE", "ConnectionLost"],
    ["UND_ERR_SOCKET", "ConnectionLost"],
    ["ABORT_ERR", "ConnectionLost"],
  ])("%s is %s, with host, code, hint and cause", (code, expected) => {
    const cause = failed(code);
    expect(networkError(cause, "host:6443")).toMatchObject({
      code: expected,
      message: expect.stringMatching(new RegExp(`host:6443.*\\(${code}\\)$`)),
      hint: expect.any(String),
      cause,
    });
  });

  test("without a code shows its message", () =>
    expect(networkError(new Error("odd"), "host").message).toBe("the connection to the API server broke: host (odd)"));

  test.each([
    ["ECONNRESET", true],
    ["EPIPE", true],
    ["ECONNABORTED", true],
    ["ECONNREFUSED", false],
    ["ETIMEDOUT", false],
  ])("%s may come of a connection that was kept too long: %s", (code, expected) =>
    expect(isStale(failed(code))).toBe(expected),
  );

  test("of a kept-alive connection that the kernel closed counts as stale; our own time-out does not", () =>
    expect(isStale(Object.assign(failed("ETIMEDOUT", "read ETIMEDOUT"), { syscall: "read" }))).toBe(true));
});

test("each class has its name, which minified code keeps", () => {
  const errors = [new EksLambdaError("A", "a"), usageError("InvalidName", "a"), statusError(404, {})];
  expect(errors.map(({ name }) => name)).toEqual(["EksLambdaError", "UsageError", "KubernetesError"]);
  expect(errors.map(String)).toEqual([
    "EksLambdaError: a",
    "UsageError: a",
    "KubernetesError: the API server answered 404",
  ]);
});

describe("a status", () => {
  test("has the server's reason, message and details", () =>
    expect(
      statusError(409, { reason: "Conflict", message: "modified", details: { name: "web", kind: "deployments" } }),
    ).toMatchObject({
      ...{ code: "Conflict", reason: "Conflict", status: 409, message: "modified", hint: undefined },
      details: { name: "web", kind: "deployments" },
    }));

  test.each([
    ["a webhook", "Forbidden", 'admission webhook "policy.example.com" denied the request: no'],
    [
      "a policy",
      "Invalid",
      "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'users' with binding 'users' denied request: no",
    ],
  ])("of a request that %s denied says that no right would help", (_, reason, message) =>
    expect(statusError(403, { reason, message })).toMatchObject({
      code: "AdmissionDenied",
      message,
      hint: expect.stringMatching(/^an admission policy of the cluster forbids this/),
    }),
  );

  test("500 of an apply with a mistyped field is the caller's mistake", () => {
    const message =
      "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared";
    const refused = { code: "BadRequest", reason: "BadRequest", status: 500, message };
    expect(statusError(500, { message })).toMatchObject({
      ...refused,
      hint: expect.stringContaining("kubectl explain"),
    });
    expect(statusError(500, { message: `the server ${message}` })).toMatchObject({ code: "Http500", hint: undefined });
  });

  const unserved = "the server could not find the requested resource";
  test.each([
    ["of the API server in plain text", undefined],
    ["without details", { reason: "NotFound", message: unserved }],
    ["with empty details", { reason: "NotFound", message: unserved, details: {} }],
    ["with details that name a group", { reason: "NotFound", message: unserved, details: { group: "apps", name: "" } }],
  ])("404 %s is about the resource, and says what to check", (_, answer) =>
    expect(statusError(404, answer, { path: "/apis/example.com/v1/widgets" })).toMatchObject({
      ...{ code: "ResourceNotServed", reason: "NotFound", status: 404 },
      message: "the API server does not serve /apis/example.com/v1/widgets",
      hint: expect.stringMatching(/plural, version and scope.*CustomResourceDefinition/),
    }),
  );

  test.each([
    ["that names the object", "NotFound", { reason: "NotFound", message: "no", details: { name: "web" } }],
    ["by a webhook", "AdmissionDenied", { reason: "NotFound", message: 'webhook "a" denied the request: no' }],
    ["of another reason", "Gone", { reason: "Gone", message: "no" }],
  ])("404 %s is %s", (_, code, answer) =>
    expect(statusError(404, answer, { path: "/apis/example.com/v1/widgets" })).toMatchObject({
      code,
      message: answer.message,
    }),
  );

  test.each([undefined, null, {}, { reason: "", message: "" }])(
    "is told by its number when the answer is %j",
    (answer) =>
      expect(statusError(418, answer)).toMatchObject({ code: "Http418", message: "the API server answered 418" }),
  );
});

describe("an answer that is not JSON", () => {
  test.each([
    [502, "<html>", '"<html>"'],
    [200, "x".repeat(1000), `"${"x".repeat(80)}"`],
  ])("with status %s is shown by its beginning", (status, body, shown) =>
    expect(unexpectedAnswer(status, body, "host")).toMatchObject({
      code: "UnexpectedAnswer",
      message: `host answered ${status} with something that is not JSON: ${shown}`,
    }),
  );
});
