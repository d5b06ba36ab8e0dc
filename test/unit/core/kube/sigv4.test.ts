/** `@smithy/signature-v4` is the oracle: every URL that we sign is the one that it signs. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type PresignRequest, presign } from "../../../../src/core/kube/sigv4.ts";

async function presignBySmithy(request: PresignRequest): Promise<string> {
  const { host, region, service, query, headers, credentials, date, expires } = request;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    region,
    service,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
  });
  const { query: signed = {} } = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { ...query },
      headers: { ...headers, host },
    },
    { expiresIn: expires, signingDate: date },
  );
  const url = new URL(`https://${host}/`);
  for (const [key, value] of Object.entries(signed)) url.searchParams.append(key, String(value));
  return url.href;
}

/** Where it leads, and the query as a set: the signature, which is one of them, covers its canonical order. */
function parts(href: string): readonly unknown[] {
  const { origin, pathname, hash, searchParams } = new URL(href);
  return [origin, pathname, hash, [...searchParams].sort()];
}

const regions = [
  ["us-east-1", "amazonaws.com"],
  ["eu-central-2", "amazonaws.com"],
  ["cn-northwest-1", "amazonaws.com.cn"],
  ["us-gov-east-1", "amazonaws.com"],
  ["us-iso-west-1", "c2s.ic.gov"],
  ["us-isob-east-1", "sc2s.sgov.gov"],
  ["us-isof-south-1", "csp.hci.ic.gov"],
  ["eu-isoe-west-1", "cloud.adc-e.uk"],
  ["eusc-de-east-1", "amazonaws.eu"],
] as const;

const date = fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
const credentials = fc.record({
  accessKeyId: fc.stringMatching(/^A[SK]IA[A-Z2-7]{12,16}$/),
  secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/]{40}$/),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 1200 }), { nil: undefined }),
});
const cluster = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);

test("signs STS requests in all partitions and at any time like Smithy", async () => {
  const request = fc
    .record({ place: fc.constantFrom(...regions), cluster, credentials, date })
    .map(
      ({ place: [region, domain], cluster, credentials, date }): PresignRequest => ({
        host: `sts.${region}.${domain}`,
        region,
        service: "sts",
        query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
        headers: { "x-k8s-aws-id": cluster },
        credentials,
        date,
        expires: 60,
      }),
    );
  await fc.assert(
    fc.asyncProperty(request, async (request) => {
      expect(parts(presign(request))).toEqual(parts(await presignBySmithy(request)));
    }),
    { numRuns: 400 },
  );
});

test("signs any query, expiry and credentials like Smithy", async () => {
  const text = fc.string({
    minLength: 1,
    maxLength: 30,
    unit: fc.constantFrom(...` !"#$%&'()*+,-./:;<=>?@[]^_\`{|}~\\aZ0ßÄ漢😀\t\n\u00a0`),
  });
  const request = fc.record({
    host: fc.domain(),
    region: fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-[1-9]$/),
    service: fc.constantFrom("sts", "s3", "eks"),
    query: fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z.]{0,9}$/), text, { maxKeys: 5, noNullPrototype: true }),
    headers: fc.record({ "x-k8s-aws-id": cluster }),
    credentials: fc.record({
      accessKeyId: fc.stringMatching(/^[\w+=,.@-]{16,128}$/),
      secretAccessKey: text,
      sessionToken: fc.option(text, { nil: undefined }),
    }),
    date,
    expires: fc.integer({ min: 1, max: 604_800 }),
  });
  await fc.assert(
    fc.asyncProperty(request, async (request) => {
      expect(parts(presign(request))).toEqual(parts(await presignBySmithy(request)));
    }),
    { numRuns: 200 },
  );
});

test("has each query key once, sorted, the signature last", () => {
  const url = presign({
    host: "sts.us-east-1.amazonaws.com",
    region: "us-east-1",
    service: "sts",
    query: { Version: "2011-06-15", Action: "GetCallerIdentity" },
    headers: { "x-k8s-aws-id": "demo" },
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "a/b+c=" },
    date: new Date("2024-02-29T23:59:59.999Z"),
    expires: 60,
  });
  expect(url.replace(/[0-9a-f]{64}$/, "SIGNATURE").split(/[?&]/)).toEqual([
    "https://sts.us-east-1.amazonaws.com/",
    "Action=GetCallerIdentity",
    "Version=2011-06-15",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Credential=AKIDEXAMPLE%2F20240229%2Fus-east-1%2Fsts%2Faws4_request",
    "X-Amz-Date=20240229T235959Z",
    "X-Amz-Expires=60",
    "X-Amz-Security-Token=a%2Fb%2Bc%3D",
    "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
    "X-Amz-Signature=SIGNATURE",
  ]);
});
