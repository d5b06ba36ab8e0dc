/** Requests of CloudFormation, and an S3 that takes their answers. */
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:http";
import type { CustomResourceRequest } from "../../src/core/custom-resource/request.ts";
import { listenInTest } from "./server.ts";

export const bucket = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com";

export const requestOf = (given: Partial<CustomResourceRequest> = {}): CustomResourceRequest => ({
  RequestType: "Create",
  ResponseURL: `https://${bucket}/arn%3Aaws%3Acloudformation/web?X-Amz-Signature=signed`,
  StackId: "arn:aws:cloudformation:us-east-1:111122223333:stack/web/0",
  RequestId: "5f7b1c52-0000-4000-8000-000000000001",
  ResourceType: "Custom::EksManifest",
  LogicalResourceId: "Web",
  ResourceProperties: {},
  ...given,
});

interface Put {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers the n-th PUT with the n-th status, and later ones with the last; 0 breaks the connection. It refuses to list. */
export async function s3(...statuses: readonly number[]) {
  const puts: Put[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    const { method, url, headers } = request;
    const status = statuses[Math.min(puts.length, statuses.length - 1)] ?? 200;
    if (method === "GET") return void response.writeHead(403).end("<Code>AccessDenied</Code>");
    puts.push({ method, url, headers, text, body: JSON.parse(text) });
    if (status === 0) return void request.socket.destroy();
    response.writeHead(status, { location: "/elsewhere" }).end("refused");
  });
  const { host } = await listenInTest(server);
  return { puts, environment: { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_S3: `http://${host}` } };
}
