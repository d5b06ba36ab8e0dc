import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { s3 } from "../../../../../src/core/aws/s3.ts";
import { refuseOtherCode, upload, uploadOf } from "../../../../../src/core/setup/stack/code.ts";
import { refusalOf } from "../../../support/refusal.ts";

const code = { ...uploadOf("my-code", "exports.handler = 1;"), owner: "111122223333" };
const same = { "content-length": `${code.zip.length}`, "x-amz-checksum-sha256": code.sha256 };

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: string;
}

/** S3 that gives these answers by method. Returns the port to it, and the requests that came. */
async function answering(answers: Readonly<Record<string, Answer>>) {
  const requests: { readonly line: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push({ line: `${method} ${url.split("?")[0]}`, headers });
    const { status, headers: more, code: name } = answers[method] ?? { status: 501 };
    const body = name === undefined ? "" : `<Error><Code>${name}</Code><Message>${name}</Message></Error>`;
    request.resume().on("end", () => response.writeHead(status, more).end(method === "HEAD" ? "" : body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.close();
    vi.unstubAllEnvs();
  });
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  return { port: s3({ region: "us-east-1", maxAttempts: 1 }), requests };
}

test("code is written once, with its checksum, into a bucket of the account", async () => {
  const { port, requests } = await answering({ PUT: { status: 200 } });
  await upload(port, code);
  expect(requests).toEqual([
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
  const { port } = await answering({ PUT: { status: 412 }, HEAD: { status: 200, headers: same } });
  await expect(upload(port, code)).resolves.toBeUndefined();
});

test.each([
  ["another size", { ...same, "content-length": "1" }],
  ["another checksum", { ...same, "x-amz-checksum-sha256": "AAAA" }],
  ["no checksum", { "content-length": `${code.zip.length}` }],
])("an object with %s is refused, while planning and while uploading", async (_, headers) => {
  const { port } = await answering({ PUT: { status: 412 }, HEAD: { status: 200, headers } });
  const refusal = { code: "CodeNotOurs", hint: expect.stringContaining(`aws s3 rm s3://my-code/${code.key}`) };
  expect(await refusalOf(refuseOtherCode(port, code))).toMatchObject(refusal);
  expect(await refusalOf(upload(port, code))).toMatchObject(refusal);
});

test.each([403, 404])("what may not be seen (%i) is not there while planning", async (status) => {
  const { port } = await answering({ HEAD: { status } });
  await expect(refuseOtherCode(port, code)).resolves.toBeUndefined();
});

test.each([
  ["no bucket", { status: 404, code: "NoSuchBucket" }, "BucketNotFound", "aws s3 mb s3://my-code"],
  ["a bucket of another region", { status: 301, code: "PermanentRedirect" }, "BucketElsewhere", "own region only"],
  ["a bucket of another account", { status: 403, code: "AccessDenied" }, "AwsForbidden", "account 111122223333"],
])("%s is told", async (_, answer, name, hint) => {
  const { port } = await answering({ PUT: answer });
  expect(await refusalOf(upload(port, code))).toMatchObject({ code: name, hint: expect.stringContaining(hint) });
});

test("a bucket of another region is told while planning", async () => {
  const { port } = await answering({ HEAD: { status: 301 } });
  expect(await refusalOf(refuseOtherCode(port, code))).toMatchObject({ code: "BucketElsewhere" });
});
