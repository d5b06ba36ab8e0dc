/** What the sandbox takes for a signature: only the one that the key makes of this very request. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import type { Request } from "../../../src/sandbox/request.ts";
import { isSignedBy, signatureOf } from "../../../src/sandbox/sigv4.ts";

const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret", arn: "", userId: "" };

async function signed(change: Partial<Request> = {}): Promise<Request> {
  const signer = new SignatureV4({ credentials: key, region: "us-east-1", service: "eks", sha256: Sha256 });
  const request = { method: "POST", path: "/clusters/a%20b", body: "{}", headers: { host: "localhost" } };
  const given = { ...request, protocol: "http:", hostname: "localhost", query: { a: ["2", "1"] } };
  const { headers } = await signer.sign(given);
  const query = new URLSearchParams("a=1&a=2");
  return { ...request, headers, query, ...change };
}
const isAccepted = async (request: Request): Promise<boolean> => {
  const signature = signatureOf(request);
  return signature !== undefined && isSignedBy(request, signature, key);
};
const other = (headers: Request["headers"], name: string, value: string) => ({
  headers: { ...headers, [name]: value },
});

test("accepts the request that was signed", async () => {
  expect(await isAccepted(await signed())).toBe(true);
});

test.each<[string, (request: Request) => Partial<Request>]>([
  ["another body", () => ({ body: '{"a":1}' })],
  ["another method", () => ({ method: "GET" })],
  ["another path", () => ({ path: "/clusters/ab" })],
  ["another query", () => ({ query: new URLSearchParams("a=1") })],
  ["another host", ({ headers }) => other(headers, "host", "example.com")],
  ["the digest of another body", ({ headers }) => other(headers, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
  ["a date that is none", ({ headers }) => other(headers, "x-amz-date", "yesterday")],
  ["a signature cut short", ({ headers }) => other(headers, "authorization", `${headers.authorization}`.slice(0, -1))],
])("refuses %s", async (_, change) => {
  const request = await signed();
  expect(await isAccepted({ ...request, ...change(request) })).toBe(false);
});

test("refuses a query without a signature", async () => {
  const query = new URLSearchParams({
    "X-Amz-Credential": `${key.accessKeyId}/20260131/us-east-1/sts/aws4_request`,
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Date": "20260131T000000Z",
    "X-Amz-Expires": "9999999",
  });
  expect(await isAccepted({ method: "GET", path: "/", body: "", headers: { host: "localhost" }, query })).toBe(false);
});
