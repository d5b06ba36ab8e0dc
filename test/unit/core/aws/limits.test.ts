/** Endpoints that accept a connection and never answer, or never finish. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AwsOptions } from "../../../../src/core/aws/call.ts";
import { cloudformation } from "../../../../src/core/aws/cloudformation.ts";
import { eks } from "../../../../src/core/aws/eks.ts";
import { iam } from "../../../../src/core/aws/iam.ts";
import { lambda } from "../../../../src/core/aws/lambda.ts";
import { sts } from "../../../../src/core/aws/sts.ts";
import { listenInTest } from "../../../support/server.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  return () => vi.unstubAllEnvs();
});

const limits = { connectMs: 1_000, answerMs: 150, bodyMs: 150, invokeMs: 100, idleMs: 100, noticeMs: 50 };
const options: AwsOptions = { region: "us-east-1", limits };

async function endpoint(server: Server, protocol = "http"): Promise<string> {
  const { host } = await listenInTest(server);
  vi.stubEnv("AWS_ENDPOINT_URL", `${protocol}://${host}`);
  return host;
}
const silent = () => createServer(() => {});
const answering = (listener: RequestListener) => createHttpServer(listener);

const changeSet = { type: "CREATE", template: "{}", parameters: {}, tags: {}, roleArn: undefined } as const;
const calls: readonly (readonly [action: string, send: () => Promise<unknown>])[] = [
  ["sts:GetCallerIdentity", () => sts(options).identity()],
  ["eks:ListClusters", () => eks(options).names()],
  ["eks:DescribeCluster", () => eks(options).cluster("demo")],
  ["iam:GetRole", () => iam(options).role("role")],
  ["cloudformation:DescribeStacks", () => cloudformation(options).stack("demo")],
  [
    "cloudformation:CreateChangeSet",
    () => cloudformation(options).createChangeSet({ stack: "demo", name: "one", ...changeSet }),
  ],
  ["cloudformation:DeleteStack", () => cloudformation(options).deleteStack("demo", undefined)],
  ["lambda:GetFunctionConfiguration", () => lambda(options).configuration("f")],
];

describe("an endpoint that never answers", () => {
  test.each(calls)("ends %s after three attempts, with its host", async (action, send) => {
    const host = await endpoint(silent());
    await expect(send()).rejects.toMatchObject({
      code: "AwsUnreachable",
      message: `no answer to ${action}: nothing received from ${host} within 0.2 s, tried 3 times`,
      hint: "check the network, and AWS_ENDPOINT_URL if it is set",
    });
  });

  test("also ends a call during the TLS handshake", async () => {
    const host = await endpoint(silent(), "https");
    await expect(sts(options).identity()).rejects.toThrow(
      `no answer to sts:GetCallerIdentity: nothing received from ${host} within`,
    );
  });

  test("is named while the call waits", async () => {
    const waited: string[] = [];
    const host = await endpoint(silent());
    await expect(sts({ ...options, waiting: (what) => waited.push(what) }).identity()).rejects.toThrow();
    expect(new Set(waited)).toEqual(new Set([`${host} to answer`]));
  });

  test("of IAM Identity Center ends the search for credentials", async () => {
    await ssoProfile();
    const host = await endpoint(silent());
    await expect(sts({ ...options, profile: "sso" }).credentials()).rejects.toMatchObject({
      code: "NoCredentials",
      message: expect.stringContaining(`nothing received from ${host} within 0.2 s`),
    });
  });
});

/** A profile whose credentials come from IAM Identity Center, by a login of today. */
async function ssoProfile(): Promise<void> {
  const home = await temporaryFolder();
  const start = "https://example.awsapps.com/start";
  await mkdir(join(home, ".aws/sso/cache"), { recursive: true });
  const token = { accessToken: "token", expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  await writeFile(
    join(home, ".aws/sso/cache", `${createHash("sha1").update(start).digest("hex")}.json`),
    JSON.stringify(token),
  );
  const account = "sso_account_id = 123456789012\nsso_role_name = role\nsso_region = us-east-1";
  await writeFile(join(home, ".aws/config"), `[profile sso]\nsso_start_url = ${start}\n${account}\n`);
  vi.stubEnv("HOME", home);
  vi.stubEnv("AWS_CONFIG_FILE", join(home, ".aws/config"));
}

test("a response that never ends counts as none", async () => {
  const host = await endpoint(
    answering((_, response) => {
      response.writeHead(200, { "content-type": "text/xml", "content-length": "1000" });
      const dripping = setInterval(() => response.write("<"), 50);
      response.on("close", () => clearInterval(dripping));
    }),
  );
  await expect(sts(options).identity()).rejects.toMatchObject({
    code: "AwsUnreachable",
    message: `no answer to sts:GetCallerIdentity: the answer of ${host} did not end within 0.2 s, tried 3 times`,
  });
});

test("a response that is too large ends the call at once", async () => {
  const piece = Buffer.alloc(2 ** 20, " ");
  let sent = 0;
  const host = await endpoint(
    answering((_, response) => {
      response.writeHead(200, { "content-type": "text/xml" });
      const more = () => {
        while (response.write(piece)) sent++;
      };
      response.on("drain", more);
      more();
    }),
  );
  const patient = { ...options, limits: { ...limits, bodyMs: 30_000 } };
  await expect(sts(patient).identity()).rejects.toMatchObject({
    code: "AnswerTooLong",
    message: `the answer of ${host} to sts:GetCallerIdentity is longer than 32 MiB`,
  });
  expect(sent).toBeLessThan(64);
});

describe("an invocation", () => {
  /** The function has `Timeout` seconds; it answers `{}` after `afterMs`. */
  async function deployed(Timeout: number, afterMs: number) {
    const asked: string[] = [];
    const host = await endpoint(
      answering((request, response) => {
        asked.push(request.method ?? "");
        const answer =
          request.method === "GET" ? { text: JSON.stringify({ Timeout }), ms: 0 } : { text: "{}", ms: afterMs };
        const timer = setTimeout(() => response.end(answer.text), answer.ms);
        response.on("close", () => clearTimeout(timer));
      }),
    );
    return { host, asked };
  }

  test("may take as long as the function's time-out, unlike other calls", async () => {
    await deployed(60, 600);
    expect(await lambda(options).invoke("f", {})).toMatchObject({ payload: {} });
  });

  test("reads the function's time-out only when the response is late", async () => {
    const { asked } = await deployed(1, 0);
    await lambda({ ...options, limits: { ...limits, invokeMs: 60_000 } }).invoke("f", {});
    expect(asked).toEqual(["POST"]);
  });

  test("ends after the function's time-out without a retry", async () => {
    const { host, asked } = await deployed(1, 60_000);
    await expect(lambda(options).invoke("f", {})).rejects.toMatchObject({
      code: "AwsUnreachable",
      message: `no answer to lambda:InvokeFunction: nothing received within 1.1 s; the function may still have done its work (${host})`,
    });
    expect(asked).toEqual(["POST", "GET"]);
  });

  test("reports the network error if the time-out cannot be read", async () => {
    const host = await endpoint(silent());
    await expect(lambda(options).invoke("f", {})).rejects.toThrow(
      `no answer to lambda:GetFunctionConfiguration: nothing received from ${host}`,
    );
  });

  test("ends after the caller's time-out", async () => {
    const { host, asked } = await deployed(900, 60_000);
    await expect(lambda(options).invoke("f", {}, 300)).rejects.toThrow(
      `no answer to lambda:InvokeFunction: nothing received within 0.3 s; the function may still have done its work (${host})`,
    );
    expect(asked).toEqual(["POST"]);
  });
});
