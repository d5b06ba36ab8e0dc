import { createServer } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { type S3, s3 } from "../../../../src/core/aws/s3.ts";
import { plan } from "../../../../src/core/plan.ts";
import { codeResource, refuseOtherCode, storedCode, uploadOf } from "../../../../src/core/stack/code.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { listenInTest } from "../../../support/server.ts";

const code = { ...uploadOf("my-code", "exports.handler = 1;"), owner: "111122223333" };
const same = { "content-length": `${code.zip.length}`, "x-amz-checksum-sha256": code.sha256 };

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: string;
}

/** S3 that gives these answers by method, or by method and path. Returns the port to it, and the requests that came. */
async function answering(answers: Readonly<Record<string, Answer>>) {
  const requests: { readonly line: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const line = `${method} ${url.split("?")[0]}`;
    requests.push({ line, headers });
    const { status, headers: more, code: name } = answers[line] ?? answers[method] ?? { status: 501 };
    const body = name === undefined ? "" : `<Error><Code>${name}</Code><Message>${name}</Message></Error>`;
    request.resume().on("end", () => response.writeHead(status, more).end(method === "HEAD" ? "" : body));
  });
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("AWS_ENDPOINT_URL", `http://${(await listenInTest(server)).host}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  return { port: s3({ region: "us-east-1", maxAttempts: 1 }), requests };
}

const planned = (port: S3) => plan("code", codeResource(port, code), "present");
const uploaded = async (port: S3) => (await planned(port)).apply?.(() => {});
/** Nothing is in the bucket. */
const empty = { HEAD: { status: 404 }, "HEAD /my-code/": { status: 200 } };

test("code that is not there is in the plan, and written once, with its checksum, into a bucket of the account", async () => {
  const { port, requests } = await answering({ ...empty, PUT: { status: 200 } });
  const { change, apply } = await planned(port);
  expect(change).toMatchObject({
    ...{ step: "code", action: "create", target: `s3://my-code/${code.key}` },
    summary: `upload, ${code.zip.length} bytes`,
  });
  await apply?.(() => {});
  expect(requests.filter(({ line }) => !line.startsWith("HEAD"))).toEqual([
    {
      line: `PUT /my-code/${code.key}`,
      headers: expect.objectContaining({
        "if-none-match": "*",
        "x-amz-checksum-sha256": code.sha256,
        "x-amz-expected-bucket-owner": "111122223333",
      }),
    },
  ]);
});

test("the same code that is there already is taken", async () => {
  const { port, requests } = await answering({ HEAD: { status: 200, headers: same } });
  expect(await planned(port)).toMatchObject({ change: { action: "unchanged" } });
  expect(await storedCode(port, code)).toMatchObject({ version: undefined });
  expect(requests.map(({ line }) => line.split(" ")[0])).toEqual(["HEAD", "HEAD"]);
});

test("code that somebody else uploads meanwhile is compared after the upload", async () => {
  const { port } = await answering({ ...empty, PUT: { status: 412 } });
  await expect(uploaded(port)).resolves.toBeUndefined();
});

test.each([
  ["a bucket that keeps versions", "3/L4kqtJlcpXroDTDmJ", "3/L4kqtJlcpXroDTDmJ"],
  ["an object from before that", "null", undefined],
])("the version in %s", async (_, id, version) => {
  const { port } = await answering({ HEAD: { status: 200, headers: { ...same, "x-amz-version-id": id } } });
  expect(await storedCode(port, code)).toMatchObject({ version });
});

test.each([
  ["another size", { ...same, "content-length": "1" }],
  ["another checksum", { ...same, "x-amz-checksum-sha256": "AAAA" }],
  ["no checksum", { "content-length": `${code.zip.length}` }],
])("an object with %s is refused, while planning and before it is deployed", async (_, headers) => {
  const { port } = await answering({ HEAD: { status: 200, headers } });
  const refusal = { code: "CodeNotOurs", hint: expect.stringContaining(`aws s3 rm s3://my-code/${code.key}`) };
  expect(await refusalOf(planned(port))).toMatchObject(refusal);
  expect(await refusalOf(storedCode(port, code))).toMatchObject(refusal);
});

test.each([
  [403, 403],
  [404, 403],
  [403, 200],
  [404, 200],
])(
  "an object that may not be seen (%i), in a bucket that answers %i, is not there while planning, and is not deployed",
  async (status, bucket) => {
    const { port } = await answering({ HEAD: { status }, "HEAD /my-code/": { status: bucket } });
    expect(await planned(port)).toMatchObject({ change: { action: "create" } });
    expect(await refusalOf(storedCode(port, code))).toMatchObject({
      ...{ code: "AwsForbidden", hint: expect.stringContaining("permissions --code-bucket my-code") },
    });
  },
);

test.each([403, 404])("no bucket is told while planning, before anything is written (object: %i)", async (status) => {
  const { port, requests } = await answering({ HEAD: { status }, "HEAD /my-code/": { status: 404 } });
  const refusal = { code: "BucketNotFound", hint: expect.stringContaining("aws s3 mb s3://my-code") };
  expect(await refusalOf(planned(port))).toMatchObject(refusal);
  expect(requests.map(({ headers }) => headers["x-amz-expected-bucket-owner"])).toEqual(Array(2).fill("111122223333"));
});

const moved = { "x-amz-bucket-region": "eu-west-1" };

test.each([
  ["no bucket", { status: 404, code: "NoSuchBucket" }, "BucketNotFound", "aws s3 mb s3://my-code"],
  [
    "a bucket of another region",
    { status: 301, code: "PermanentRedirect", headers: moved },
    "BucketElsewhere",
    "in us-east-1",
  ],
  ["a bucket of another account", { status: 403, code: "AccessDenied" }, "AwsForbidden", "account 111122223333"],
])("%s is told", async (_, answer, name, hint) => {
  const { port } = await answering({ ...empty, PUT: answer });
  expect(await refusalOf(uploaded(port))).toMatchObject({ code: name, hint: expect.stringContaining(hint) });
});

test.each([
  ["301", { status: 301, headers: moved }, "is in eu-west-1, and"],
  ["400, as regions opened since 2019 answer", { status: 400, headers: moved }, "is in eu-west-1, and"],
  ["301 without its name", { status: 301 }, "is in another region, and"],
])("a bucket of another region is told while planning: %s", async (_, answer, words) => {
  const seen = await answering({ HEAD: answer });
  const hidden = await answering({ HEAD: { status: 403 }, "HEAD /my-code/": answer });
  for (const { port } of [hidden, seen])
    expect(await refusalOf(planned(port))).toMatchObject({
      ...{ code: "BucketElsewhere", message: expect.stringContaining(words) },
    });
});

test.each([
  ["the code that was uploaded", code.sha256, undefined],
  ["other code", "b3RoZXI=", "CodeNotOurs"],
  ["code that Lambda does not tell", undefined, undefined],
])("the function runs %s", async (_, codeSha256, name) => {
  const checked = async () => refuseOtherCode({ codeSha256 }, "web", code);
  if (name === undefined) await expect(checked()).resolves.toBeUndefined();
  else expect(await refusalOf(checked())).toMatchObject({ code: name, message: expect.stringContaining("b3RoZXI=") });
});
