/** What the real backend's AWS does not have, and what the conformance cases do not ask. */
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from "@aws-sdk/client-eks";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { useSandbox } from "../support/sandbox.ts";

const { sandbox, client } = useSandbox();
const identity = (options = client()) => new STSClient(options).send(new GetCallerIdentityCommand({}));

test("a clock that differs by more than five minutes is refused", async () => {
  sandbox().faults.clockSkewMs = 6 * 60_000;
  // The SDK corrects its clock by the answer's date, and would be let in by a second attempt.
  await expect(identity()).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
  expect(await identity({ ...client(), maxAttempts: 2 })).toMatchObject({ Account: "123456789012" });
});

describe("STS and IAM", () => {
  test("a role's session is the role", async () => {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = sandbox().assumeRole("web");
    const { Arn, UserId } = await identity(client({ accessKeyId, secretAccessKey, sessionToken }));
    expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/web/session");
    const { Role } = await new IAMClient(client()).send(new GetRoleCommand({ RoleName: "web" }));
    expect(UserId).toBe(`${Role?.RoleId}:session`);
  });

  describe("CreateRole", () => {
    const create = (more: object) =>
      new IAMClient(client()).send(
        new CreateRoleCommand({ RoleName: "web", AssumeRolePolicyDocument: '{"Version":"2012-10-17"}', ...more }),
      );

    test("makes a role, which can be read and assumed", async () => {
      const { Role: made } = await create({ Path: "/team/" });
      expect(made).toMatchObject({ RoleName: "web", Arn: "arn:aws:iam::123456789012:role/team/web", Path: "/team/" });
      const { Role } = await new IAMClient(client()).send(new GetRoleCommand({ RoleName: "web" }));
      expect(Role).toEqual(made);
      const session = { RoleArn: made?.Arn, RoleSessionName: "ada" };
      const { AssumedRoleUser } = await new STSClient(client()).send(new AssumeRoleCommand(session));
      expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/web/ada");
    });

    test.each([
      ["a name that cannot be", { RoleName: "a b" }, "ValidationError"],
      ["a document that is not JSON", { AssumeRolePolicyDocument: "{" }, "MalformedPolicyDocumentException"],
      ["what it does not support", { PermissionsBoundary: "arn:aws:iam::aws:policy/x" }, "ValidationError"],
    ])("refuses %s", async (_, more, name) => {
      await expect(create(more)).rejects.toMatchObject({ name });
    });

    test("refuses a name that is taken", async () => {
      await create({});
      await expect(create({})).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });
    });
  });

  describe("AssumeRole", () => {
    const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const assume = (more: object) =>
      new STSClient(client()).send(new AssumeRoleCommand({ RoleArn: arn("web"), RoleSessionName: "ada", ...more }));

    test("gives a session, also to another region", async () => {
      sandbox().assumeRole("web");
      const code = { SerialNumber: "arn:aws:iam::123456789012:mfa/ada", TokenCode: "123456" };
      const { Credentials: given } = await assume(code);
      const credentials = {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      };
      const elsewhere = { ...client(credentials), region: "eu-west-1" };
      expect(await identity(elsewhere)).toMatchObject({ Arn: "arn:aws:sts::123456789012:assumed-role/web/ada" });
    });

    test.each([
      [
        "a role that does not exist",
        { RoleArn: arn("none") },
        "AccessDenied",
        /user\/admin is not authorized to perform/,
      ],
      ["a code that no device shows", { TokenCode: "12345x" }, "AccessDenied", /^MultiFactorAuthentication failed/],
      ["a policy for the session", { Policy: "{}" }, "ValidationError", /does not support Policy of AssumeRole/],
    ])("refuses %s", async (_, more, name, message) => {
      sandbox().assumeRole("web");
      await expect(assume(more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    });
  });
});

describe("EKS", () => {
  const cluster = async (name: string) =>
    (await new EKSClient(client()).send(new DescribeClusterCommand({ name }))).cluster;

  test("describes the living cluster, and those that a test describes", async () => {
    const { cluster: living } = sandbox();
    expect(await cluster("demo")).toMatchObject({
      status: "ACTIVE",
      endpoint: living.endpoint,
      certificateAuthority: { data: living.ca },
      accessConfig: { authenticationMode: "CONFIG_MAP" },
    });
    sandbox().describe("other", { status: "CREATING", authenticationMode: null });
    expect(await cluster("other")).toEqual({
      name: "other",
      arn: expect.any(String),
      version: "1.35",
      status: "CREATING",
      health: { issues: [] },
    });
    expect((await new EKSClient(client()).send(new ListClustersCommand({}))).clusters).toEqual(["demo", "other"]);
    await expect(cluster("none")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "No cluster found for name: none.",
    });
  });

  test("another region has none", async () => {
    const elsewhere = new EKSClient({ ...client(), region: "eu-west-1" });
    expect((await elsewhere.send(new ListClustersCommand({}))).clusters).toEqual([]);
  });
});

test("a body that is too long is not kept: 700 MB are more than a string can have", async () => {
  const url = sandbox().env.AWS_ENDPOINT_URL;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.alloc(1)),
    pull(controller) {
      sent += piece.length;
      if (sent > 700e6) controller.close();
      else controller.enqueue(piece);
    },
  });
  const piece = Buffer.alloc(2 ** 20);
  let sent = 0;
  const { status, headers } = await fetch(url, { method: "POST", body, duplex: "half" });
  expect({ status, error: headers.get("x-amzn-errortype") }).toEqual({
    status: 413,
    error: "RequestEntityTooLargeException",
  });
  expect(await identity()).toMatchObject({ Account: "123456789012" });
});
