/** The API server as the caller, over a sandbox: with a token, and through contexts of a kubeconfig. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sts } from "../../../../src/core/aws/sts.ts";
import { callerConnection, callerKube } from "../../../../src/core/connection/caller.ts";
import type { ContextChoice } from "../../../../src/core/connection/reachable.ts";
import { awsAuth, configMaps, useSandbox } from "../../support/sandbox.ts";

const { sandbox, kube } = useSandbox();
const nowhere = new URL("http://127.0.0.1:9");

let folder = "";
beforeEach(async () => {
  for (const [name, value] of Object.entries(sandbox().env)) vi.stubEnv(name, value);
  folder = await mkdtemp(join(tmpdir(), "eks-lambda-connection-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** The name of the user that the cluster takes the caller for. */
async function whoAmI(choice: Partial<ContextChoice> = {}): Promise<string> {
  const { region, cluster } = sandbox();
  const caller = sts({ region });
  const connection = await callerConnection({ sts: caller, region }, cluster, { kubeconfigs: [], ...choice });
  const { arn } = await caller.identity();
  const review = await callerKube(connection, arn).request<{ status: { userInfo: { username: string } } }>({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  return review.status.userInfo.username;
}

function actAs(role: string): void {
  const { accessKeyId, secretAccessKey, sessionToken = "" } = sandbox().assumeRole(role);
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
}

describe("a token", () => {
  test("identifies the caller", async () => expect(await whoAmI()).toBe("kubernetes-admin"));

  test("of a caller without a mapping is refused, with the ARN to map", async () => {
    actAs("stranger");
    await expect(whoAmI()).rejects.toMatchObject({
      code: "Unauthorized",
      hint: expect.stringContaining("no mapping for arn:aws:sts::123456789012:assumed-role/stranger/session"),
    });
  });

  test("without rights is Forbidden, with the ARN that needs them", async () => {
    actAs("reader");
    const mapRoles = "- rolearn: arn:aws:iam::123456789012:role/reader\n  username: reader\n";
    await kube("POST", configMaps, { body: awsAuth({ mapRoles }) });
    expect(await whoAmI()).toBe("reader");
    const { region, cluster } = sandbox();
    const connection = await callerConnection({ sts: sts({ region }), region }, cluster, { kubeconfigs: [] });
    await expect(callerKube(connection, "arn:me").request({ path: configMaps })).rejects.toMatchObject({
      code: "Forbidden",
      hint: expect.stringContaining("ask a cluster administrator to grant it to arn:me"),
    });
  });

  test("refused because of a wrong clock says so", async () => {
    sandbox().faults.clockSkewMs = 60 * 60_000;
    await expect(whoAmI()).rejects.toMatchObject({
      code: "ClockSkew",
      message: expect.stringMatching(/^this computer's clock is 3[56]\d\d s behind the API server's$/),
    });
  });

  test("is sent through the environment's proxy", async () => {
    await expect(whoAmI({ proxy: () => nowhere })).rejects.toMatchObject({ code: "ProxyFailed" });
  });
});

interface Place {
  readonly name?: string;
  readonly server?: string;
  readonly token?: string;
  readonly more?: object;
}

/** A kubeconfig with one context, whose user has this token. */
async function kubeconfig(
  file: string,
  { name = "work", server = sandbox().cluster.endpoint, token = sandbox().adminToken, more = {} }: Place = {},
): Promise<string> {
  const path = join(folder, file);
  const cluster = { server, "certificate-authority-data": sandbox().cluster.ca, ...more };
  const config = {
    ...{ apiVersion: "v1", kind: "Config" },
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

describe("a context", () => {
  test("connects with its own credentials", async () => {
    const kubeconfigs = [await kubeconfig("config")];
    actAs("stranger");
    expect(await whoAmI({ context: "work", kubeconfigs })).toBe("kubernetes-admin");
  });

  test("is taken from the first of two files", async () => {
    const [first, second] = [await kubeconfig("a"), await kubeconfig("b", { token: "wrong" })];
    expect(await whoAmI({ context: "work", kubeconfigs: [first, second] })).toBe("kubernetes-admin");
    const other = await kubeconfig("c", { name: "other" });
    expect(await whoAmI({ context: "other", kubeconfigs: [second, other, join(folder, "missing")] })).toBe(
      "kubernetes-admin",
    );
  });

  test("that does not exist is refused, with the existing ones", async () => {
    const kubeconfigs = [await kubeconfig("config")];
    await expect(whoAmI({ context: "wrok", kubeconfigs })).rejects.toMatchObject({
      code: "ContextNotFound",
      hint: "contexts there: work",
    });
    await expect(whoAmI({ context: "work", kubeconfigs: [] })).rejects.toMatchObject({ hint: "contexts there: none" });
  });

  test("for another server is refused, unless it is a tunnel", async () => {
    const tunnel = sandbox().cluster.endpoint.replace("127.0.0.1", "localhost");
    const kubeconfigs = [await kubeconfig("config", { server: tunnel })];
    await expect(whoAmI({ context: "work", kubeconfigs })).rejects.toMatchObject({
      code: "ContextOfOtherServer",
      message: expect.stringContaining(`the context "work" leads to ${tunnel}`),
    });
    expect(await whoAmI({ context: "work", kubeconfigs, allowOtherServer: true })).toBe("kubernetes-admin");
  });

  test("uses the environment's proxy only if it has none", async () => {
    const plain = [await kubeconfig("plain")];
    await expect(whoAmI({ context: "work", kubeconfigs: plain, proxy: () => nowhere })).rejects.toThrow(/127\.0\.0\.1/);
    expect(await whoAmI({ context: "work", kubeconfigs: plain, proxy: () => undefined })).toBe("kubernetes-admin");
    const own = [await kubeconfig("own", { more: { "proxy-url": "http://127.0.0.1:9" } })];
    const asked: string[] = [];
    const proxy = ({ host }: URL) => void asked.push(host);
    await expect(whoAmI({ context: "work", kubeconfigs: own, proxy })).rejects.toThrow();
    expect(asked).toEqual([]);
  });

  test.each([
    ["kind: Config\nclusters: [\n", "KubeconfigInvalid"],
    ["kind: Config\nclusters: 5\n", "KubeconfigInvalid"],
  ])("in a file that kubectl refuses is refused with the file: %j", async (text, code) => {
    const path = join(folder, "broken");
    await writeFile(path, text);
    await expect(whoAmI({ context: "work", kubeconfigs: [path] })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`kubeconfig ${path}, line `),
    });
  });
});
