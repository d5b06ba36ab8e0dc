import { describe, expect, test } from "vitest";
import { mintToken, type TokenRequest, tokenLifetimeMs, tokenSource } from "../../../../src/core/kube/token.ts";

const now = new Date("2026-01-02T03:04:05Z");
const request: TokenRequest = {
  cluster: "demo_1",
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  now,
};

const urlIn = (token: string): URL =>
  new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString("utf8"));

describe("a token", () => {
  test("is a prefix and the signed URL in base64url, without padding", () => {
    const { token } = mintToken(request);
    expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    expect(urlIn(token).href).toMatch(/^https:\/\/sts\.us-east-1\.amazonaws\.com\/\?Action=GetCallerIdentity&/);
  });

  test("has the nine query keys that the authenticator accepts, without the cluster's name", () => {
    const { token } = mintToken({ ...request, credentials: { ...request.credentials, sessionToken: "session" } });
    const { searchParams } = urlIn(token);
    expect([...searchParams.keys()]).toEqual([
      "Action",
      "Version",
      "X-Amz-Algorithm",
      "X-Amz-Credential",
      "X-Amz-Date",
      "X-Amz-Expires",
      "X-Amz-Security-Token",
      "X-Amz-SignedHeaders",
      "X-Amz-Signature",
    ]);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      "X-Amz-Date": "20260102T030405Z",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    });
  });

  test("is for one cluster: another name has another signature", () => {
    expect(mintToken({ ...request, cluster: "other" }).token).not.toBe(mintToken(request).token);
  });

  test("is the same when minted in the same second", () => {
    expect(mintToken({ ...request, now: new Date(now.getTime() + 999) }).token).toBe(mintToken(request).token);
    expect(mintToken({ ...request, now: new Date(now.getTime() + 1000) }).token).not.toBe(mintToken(request).token);
  });

  test("expires a minute before the authenticator refuses it", () => {
    expect(mintToken(request).expiresAt).toEqual(new Date("2026-01-02T03:18:05Z"));
  });

  test.each([
    ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
    ["eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"],
  ])("of %s is for its partition's own host", (region, host) =>
    expect(urlIn(mintToken({ ...request, region }).token).host).toBe(host),
  );
});

describe("the authenticator's limit of 4096 characters", () => {
  const withSession = (length: number): TokenRequest => ({
    ...request,
    credentials: { ...request.credentials, sessionToken: "x".repeat(length) },
  });
  const shortest = urlIn(mintToken(withSession(1)).token).href.length;
  // Base64 makes four characters of three, without padding.
  const longest = 1 + Math.floor(((4096 - "k8s-aws-v1.".length) * 3) / 4) - shortest;

  test("is reached", () => expect(mintToken(withSession(longest)).token).toHaveLength(4095));

  test("is not exceeded: the error says what to change", () => {
    expect(() => mintToken(withSession(longest + 1))).toThrowError(
      expect.objectContaining({
        code: "TokenTooLong",
        message: "the token would be 4097 characters long, more than 4096",
        hint: expect.stringContaining("fewer session tags"),
      }),
    );
  });
});

describe("a token source", () => {
  /** Follows a request that the test changes, and asks it for a token. */
  function changing() {
    let current = request;
    const source = tokenSource(() => current);
    return {
      source,
      change(changes: Partial<TokenRequest>) {
        current = { ...current, ...changes };
      },
    };
  }
  const later = (ms: number) => ({ now: new Date(now.getTime() + ms) });

  test("returns the same token for 14 minutes", async () => {
    const { source, change } = changing();
    const first = await source({ refused: false });
    change(later(tokenLifetimeMs - 1));
    expect(await source({ refused: false })).toBe(first);
    change(later(tokenLifetimeMs));
    expect(await source({ refused: false })).not.toBe(first);
  });

  test("counts the 14 minutes of a new token from its creation", async () => {
    const { source, change } = changing();
    await source({ refused: false });
    change(later(tokenLifetimeMs));
    const second = await source({ refused: false });
    change(later(2 * tokenLifetimeMs - 1));
    expect(await source({ refused: false })).toBe(second);
  });

  test("returns a new token if the access key changes", async () => {
    const { source, change } = changing();
    await source({ refused: false });
    change({ credentials: { accessKeyId: "AKIDOTHER", secretAccessKey: "other" } });
    expect(urlIn(await source({ refused: false })).searchParams.get("X-Amz-Credential")).toMatch(/^AKIDOTHER\//);
  });

  test("returns a new token after a refusal, and keeps it", async () => {
    const { source, change } = changing();
    const first = await source({ refused: false });
    change(later(60_000));
    const second = await source({ refused: true });
    expect(second).not.toBe(first);
    change(later(61_000));
    expect(await source({ refused: false })).toBe(second);
  });

  test("returns the same token if it was refused in its first minute, so that concurrent requests get one new token", async () => {
    const { source, change } = changing();
    await source({ refused: false });
    change(later(120_000));
    const [second, third] = await Promise.all([source({ refused: true }), source({ refused: true })]);
    change(later(120_000 + 59_999));
    expect([third, await source({ refused: true })]).toEqual([second, second]);
  });

  test("reads the credentials each time, and rethrows their errors", async () => {
    const answers = [Promise.resolve(request), Promise.reject(new Error("no credentials"))];
    const source = tokenSource(() => answers.shift() ?? request);
    const first = await source({ refused: false });
    await expect(source({ refused: false })).rejects.toThrow("no credentials");
    expect(await source({ refused: false })).toBe(first);
  });
});
