import { describe, expect, test } from "vitest";
import { decodeToken } from "../../../../src/core/doctor/pasted-token.ts";
import { UsageError } from "../../../../src/core/errors.ts";
import { mintToken } from "../../../../src/core/kube/token.ts";

const made = new Date("2026-01-02T03:04:05Z");
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" };
const { token } = mintToken({ cluster: "demo", region: "us-east-1", credentials, now: made });
const url = Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString();
const packed = (text: string) => `k8s-aws-v1.${Buffer.from(text).toString("base64url")}`;
const later = (minutes: number) => new Date(made.getTime() + minutes * 60_000);

describe("a token that the authenticator takes", () => {
  const decoded = {
    host: "sts.us-east-1.amazonaws.com",
    region: "us-east-1",
    accessKeyId: "AKIDEXAMPLE",
    signedAt: made,
    acceptedUntil: later(15),
    temporary: true,
    length: token.length,
  };
  test.each([
    ["bare", token],
    ["with white space", `\n ${token}\n`],
    ["as the header has it", `Bearer ${token}`],
    ["in the ExecCredential that kubectl is given", JSON.stringify({ kind: "ExecCredential", status: { token } })],
  ])("%s", (_, text) => expect(decodeToken(text, later(1))).toEqual(decoded));

  test.each([
    "sts.cn-north-1.amazonaws.com.cn",
    "sts-fips.us-east-1.amazonaws.com",
    "sts.us-gov-west-1.amazonaws.com",
    "sts.eusc-de-east-1.amazonaws.eu",
    "sts.us-east-1.api.aws",
    "sts-fips.us-gov-west-1.api.aws",
    "sts.cn-north-1.api.amazonwebservices.com.cn",
    "sts.amazonaws.com",
  ])("for %s", (host) => expect(decodeToken(packed(url.replace(decoded.host, host)), made)).toMatchObject({ host }));

  test("with query keys in any letter case", () =>
    expect(decodeToken(packed(url.replace("X-Amz-Expires", "x-amz-expires")), made)).toMatchObject({ signedAt: made }));

  test("shows nothing that lets anybody in", () => {
    const shown = JSON.stringify(decodeToken(token, made));
    for (const secret of ["secret", "session", new URL(url).searchParams.get("X-Amz-Signature") ?? ""])
      expect(shown).not.toContain(`"${secret}"`);
  });
});

describe("a token that it refuses", () => {
  test.each([
    ["no prefix", token.slice(1), 'it does not begin with "k8s-aws-v1."'],
    ["too long", `${token}${"x".repeat(4096)}`, `it is ${token.length + 4096} characters long, more than 4096`],
    ["padding", `${token}==`, "the text after the prefix is not unpadded base64url"],
    ["no URL", packed("hello"), "its content is not an https URL"],
    ["http", packed(url.replace("https", "http")), "its content is not an https URL"],
    [
      "another host",
      packed(url.replace("amazonaws.com", "example.com")),
      "its URL has the host sts.us-east-1.example.com, which is not an STS host of AWS",
    ],
    [
      "a region of another partition",
      packed(url.replace("us-east-1", "cn-north-1")),
      "its URL has the host sts.cn-north-1.amazonaws.com, which is not an STS host of AWS",
    ],
    [
      "a dual-stack host of another partition",
      packed(url.replace("us-east-1.amazonaws.com", "cn-north-1.api.aws")),
      "its URL has the host sts.cn-north-1.api.aws, which is not an STS host of AWS",
    ],
    [
      "a global host of another partition",
      packed(url.replace("us-east-1.amazonaws.com", "amazonaws.com.cn")),
      "its URL has the host sts.amazonaws.com.cn, which is not an STS host of AWS",
    ],
    [
      "a port",
      packed(url.replace("amazonaws.com/", "amazonaws.com:8443/")),
      "its URL has the host sts.us-east-1.amazonaws.com:8443, which is not an STS host of AWS",
    ],
    ["a path", packed(url.replace("/?", "/x?")), "its URL has the path /x"],
    ["another key", packed(`${url}&x-k8s-aws-id=demo`), "its URL has the query key x-k8s-aws-id, which is not allowed"],
    ["a key twice", packed(`${url}&Action=GetCallerIdentity`), "its URL has the query key Action twice"],
    [
      "a key twice in other letters",
      packed(`${url}&action=GetCallerIdentity`),
      "its URL has the query key action twice",
    ],
    [
      "another action",
      packed(url.replace("GetCallerIdentity", "GetSessionToken")),
      "its action is GetSessionToken, not GetCallerIdentity",
    ],
    ["no action", packed(url.replace("Action=GetCallerIdentity&", "")), "its action is missing, not GetCallerIdentity"],
    ["no cluster", packed(url.replace("%3Bx-k8s-aws-id", "")), "x-k8s-aws-id, the cluster's name, is not signed"],
    ["too long a life", packed(url.replace("Expires=60", "Expires=901")), "X-Amz-Expires is 901; it must be 0 to 900"],
    ["no life", packed(url.replace("X-Amz-Expires=60&", "")), "X-Amz-Expires is missing; it must be 0 to 900"],
    ["a date that is none", packed(url.replace("20260102T030405Z", "yesterday")), "X-Amz-Date is yesterday"],
    ["no date", packed(url.replace("X-Amz-Date=20260102T030405Z&", "")), "X-Amz-Date is missing"],
    [
      "a date to come",
      packed(url.replace("20260102T030405Z", "20260102T040405Z")),
      "it was signed at 2026-01-02T04:04:05.000Z, in the future: check the clock of the computer that signed it",
    ],
  ])("%s", (_, text, why) =>
    expect(() => decodeToken(text, made)).toThrow(
      expect.objectContaining({
        code: "TokenInvalid",
        message: `the cluster would refuse this token: ${why}`,
        hint: "create a new one: eks-lambda token",
        constructor: UsageError,
      }),
    ),
  );

  test("one that is old", () => {
    expect(decodeToken(token, later(15))).toMatchObject({ acceptedUntil: later(15) });
    expect(() => decodeToken(token, new Date(later(15).getTime() + 1))).toThrow(
      expect.objectContaining({
        code: "TokenExpired",
        message: "the token was signed at 2026-01-02T03:04:05.000Z and expired at 2026-01-02T03:19:05.000Z",
        constructor: UsageError,
      }),
    );
  });
});
