import { createServer } from "node:http";
import { expect, test } from "vitest";
import { unreachable } from "../../../../src/core/custom-resource/reach.ts";
import { listenInTest } from "../../../support/server.ts";

const bucket = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com";

async function answeredBy(status: number, text: string) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.method, request.headers.host, request.url);
    response.writeHead(status).end(text);
  });
  const listening = await listenInTest(server);
  const environment = {
    ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" },
    AWS_ENDPOINT_URL_S3: `http://${listening.host}`,
  };
  return { asked, environment, stop: listening.stop };
}

test("S3 that refuses the role is reached, by a signed request", async () => {
  const { asked, environment } = await answeredBy(403, "<Code>AccessDenied</Code>");
  expect(await unreachable(environment, 1_000)).toBeUndefined();
  expect(asked).toEqual(["GET", bucket, expect.stringMatching(/^\/\?X-Amz-Algorithm=.*&list-type=2&X-Amz-Signature=/)]);
});

test("the policy of an endpoint that refuses it is told, with the endpoint's name", async () => {
  const { environment } = await answeredBy(
    403,
    "not authorized because no VPC endpoint policy allows the s3:ListBucket action",
  );
  expect(await unreachable(environment, 1_000)).toMatch(`it cannot reach ${bucket} (VPC endpoint policy); in a VPC,`);
});

test("S3 that cannot be reached is told, with the endpoint's name", async () => {
  const { environment, stop } = await answeredBy(200, "");
  await stop();
  expect(await unreachable(environment, 1_000)).toMatch(new RegExp(`it cannot reach ${bucket} \\(.*ECONNREFUSED`));
});
