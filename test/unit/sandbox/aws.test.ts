/** The AWS half, by the SDK's own clients. */
import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DescribeUpdateCommand,
  EKSClient,
  ListClustersCommand,
  UpdateClusterConfigCommand,
} from "@aws-sdk/client-eks";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { useSandbox } from "./support.ts";

const { sandbox, administrator, client } = useSandbox();
const identity = (options = client()) => new STSClient(options).send(new GetCallerIdentityCommand({}));

describe("signatures", () => {
  test("a right one is somebody", async () => {
    expect(await identity()).toMatchObject({ Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/admin" });
  });

  test.each([
    ["an unknown key", { accessKeyId: "AKIAUNKNOWN" }, "InvalidClientTokenId", "UnrecognizedClientException"],
    ["a wrong secret", { secretAccessKey: "guessed" }, "SignatureDoesNotMatch", "InvalidSignatureException"],
    ["a token that is not the key's", { sessionToken: "x" }, "InvalidClientTokenId", "UnrecognizedClientException"],
  ])("%s is refused", async (_, change, ofForm, ofRest) => {
    const options = client({ ...administrator(), ...change });
    await expect(identity(options)).rejects.toMatchObject({ name: ofForm, $metadata: { httpStatusCode: 403 } });
    const list = new EKSClient(options).send(new ListClustersCommand({}));
    await expect(list).rejects.toMatchObject({ name: ofRest, $metadata: { httpStatusCode: 403 } });
  });

  test("a clock that differs by more than five minutes is refused", async () => {
    sandbox().faults.clockSkewMs = 6 * 60_000;
    // The SDK corrects its clock by the answer's date, and would be let in by a second attempt.
    await expect(identity()).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
    expect(await identity({ ...client(), maxAttempts: 2 })).toMatchObject({ Account: "123456789012" });
  });

  test("what is not signed at all is refused, and so is an unknown action", async () => {
    const url = sandbox().env.AWS_ENDPOINT_URL;
    expect((await fetch(`${url}/clusters`)).headers.get("x-amzn-errortype")).toBe(
      "MissingAuthenticationTokenException",
    );
    const body = new URLSearchParams({ Action: "GetCallerIdentity" });
    expect(await (await fetch(url, { method: "POST", body })).text()).toContain("<Code>MissingAuthenticationToken<");
    const put = new EKSClient(client());
    put.middlewareStack.add(
      (next) => (args) => next({ ...args, request: Object.assign(args.request as object, { path: "/x" }) }),
      { step: "build" },
    );
    await expect(put.send(new ListClustersCommand({}))).rejects.toMatchObject({ name: "UnknownOperationException" });
  });
});

describe("STS and IAM", () => {
  test("a role's session is the role", async () => {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = sandbox().assumeRole("web");
    const { Arn, UserId } = await identity(client({ accessKeyId, secretAccessKey, sessionToken }));
    expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/web/session");
    const { Role } = await new IAMClient(client()).send(new GetRoleCommand({ RoleName: "web" }));
    expect(UserId).toBe(`${Role?.RoleId}:session`);
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

  test("an unknown role is told", async () => {
    const get = new IAMClient(client()).send(new GetRoleCommand({ RoleName: "nobody" }));
    await expect(get).rejects.toMatchObject({ name: "NoSuchEntityException" });
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

  test("access entries need the authentication mode", async () => {
    const eks = new EKSClient(client());
    const entry = () =>
      eks.send(new DescribeAccessEntryCommand({ clusterName: "demo", principalArn: "arn:aws:iam::1:role/a/b" }));
    await expect(entry()).rejects.toMatchObject({ name: "InvalidRequestException" });
    const accessConfig = { authenticationMode: "API_AND_CONFIG_MAP" } as const;
    const { update } = await eks.send(new UpdateClusterConfigCommand({ name: "demo", accessConfig }));
    const status = async () =>
      (await eks.send(new DescribeUpdateCommand({ name: "demo", updateId: update?.id }))).update?.status;
    expect(update?.status).toBe("InProgress");
    await expect.poll(status).toBe("Successful");
    await expect(entry()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

test("an unknown function is told", async () => {
  const get = new LambdaClient(client()).send(new GetFunctionConfigurationCommand({ FunctionName: "none" }));
  await expect(get).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: expect.stringMatching(/^Function not found: arn:/),
  });
});

describe("a body that is too long", () => {
  test("is refused to Lambda in its words", async () => {
    const invoked = new LambdaClient(client()).send(
      new InvokeCommand({ FunctionName: "f", Payload: Buffer.alloc(6_291_457, " ") }),
    );
    await expect(invoked).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      $metadata: { httpStatusCode: 413 },
    });
  });

  test("is not kept: 700 MB are more than a string can have", async () => {
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
});
