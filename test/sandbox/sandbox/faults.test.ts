/** What goes wrong on purpose, and the sandbox around a command. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { EKSClient, ListClustersCommand } from "@aws-sdk/client-eks";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/sandbox/clock.ts";
import { awsAuth, configMaps, deployments, useSandbox } from "../support/sandbox.ts";

/** What the sandbox waited for, in milliseconds. */
const slept: number[] = [];
const clock = {
  ...systemClock,
  async sleep(ms: number) {
    slept.push(ms);
  },
};
const { sandbox, administrator, client, token, kube } = useSandbox({ clock });
const role = "arn:aws:iam::123456789012:role/web";
const list = (maxAttempts = 1) => new EKSClient({ ...client(), maxAttempts }).send(new ListClustersCommand({}));

test("the API server is overloaded for so many requests", async () => {
  Object.assign(sandbox().faults, { tooManyRequests: 1, retryAfter: 2 });
  const given = await token(administrator());
  const { status, headers } = await kube("GET", deployments, { token: given });
  expect({ status, wait: headers["retry-after"] }).toEqual({ status: 429, wait: "2" });
  expect((await kube("GET", deployments, { token: given })).status).toBe(200);
});

test("a token is good for 15 minutes, by the cluster's clock", async () => {
  sandbox().faults.clockSkewMs = 16 * 60_000;
  const given = await token(administrator(), { age: 1 });
  expect((await kube("GET", deployments, { token: given })).status).toBe(401);
});

test("a mapping can take its time", async () => {
  sandbox().faults.mappingDelayMs = 100;
  const mapRoles = `- {rolearn: ${role}, username: web}`;
  await kube("POST", configMaps, { body: awsAuth({ mapRoles }) });
  const status = async () =>
    (await kube("GET", deployments, { token: await token(sandbox().assumeRole("web")) })).status;
  expect(await status()).toBe(401);
  await expect.poll(status).toBe(403);
});

test("a call of AWS is throttled once", async () => {
  sandbox().faults.throttle.push("eks:ListClusters");
  await expect(list()).rejects.toMatchObject({ name: "TooManyRequestsException" });
  expect((await list()).clusters).toEqual(["demo"]);
});

test("a request is lost before, an answer after", async () => {
  const { faults } = sandbox();
  // The administrator's requests meet no fault.
  const given = await token(administrator());
  const make = (name: string) => kube("POST", configMaps, { token: given, body: { metadata: { name } } });
  faults.dropRequest.push(`POST ${configMaps}`);
  await expect(make("a")).rejects.toMatchObject({ code: "ECONNRESET" });
  faults.dropAnswer.push(`POST ${configMaps}`);
  await expect(make("b")).rejects.toMatchObject({ code: "ECONNRESET" });
  expect([(await make("a")).status, (await make("b")).status]).toEqual([201, 409]);
});

test("a run is killed: its last request is carried out, and nothing is answered any more", async () => {
  const { faults } = sandbox();
  const make = (name: string) => kube("POST", configMaps, { body: { metadata: { name } } });
  faults.killAfter = 2;
  expect((await make("a")).status).toBe(201);
  await expect(make("b")).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect(make("c")).rejects.toMatchObject({ code: "ECONNRESET" });
  faults.killAfter = Number.POSITIVE_INFINITY;
  expect([(await make("b")).status, (await make("c")).status]).toEqual([409, 201]);
});

test("answers are late", async () => {
  sandbox().faults.latencyMs = 60;
  await list();
  expect(slept).toEqual([60]);
});

describe("a command inside", () => {
  const TMPDIR = mkdtempSync(join(tmpdir(), "eks-lambda-test-"));
  afterAll(() => rmSync(TMPDIR, { recursive: true }));
  const left = () => readdirSync(TMPDIR).filter((name) => name.startsWith("eks-lambda-"));
  const start = (script: string) => {
    const program = new URL("run-in-sandbox.ts", import.meta.url).pathname;
    const env = { PATH: process.env.PATH, TMPDIR, AWS_PROFILE: "mine", KUBECONFIG: "/mine" };
    return spawn(process.execPath, ["--import", "tsx", program, "sh", "-c", script], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
  };

  test("finds the sandbox, and ends it with its exit code", async () => {
    const child = start('echo "$AWS_PROFILE $AWS_REGION $KUBECONFIG"; command -v eks-lambda; exit 7');
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    expect(out).toMatch(/^ us-east-1 \S+\/kubeconfig\n\S+\/eks-lambda\n$/);
    expect({ code, left: left() }).toEqual({ code: 7, left: [] });
  });

  test("is interrupted, and nothing is left", async () => {
    const child = start("echo ready; exec sleep 30");
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([130, null]);
    expect(left()).toEqual([]);
  });
});
