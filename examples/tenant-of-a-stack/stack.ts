/**
 * CloudFormation's side in a test: sends the function a request, and takes the answer that it sends to S3. Start it first: the
 * function finds it by `env`.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Sandbox } from "eks-lambda/testing";

export interface Answer {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, unknown>>;
}

export async function startStack(name: string) {
  let answer: Answer | undefined;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    answer = JSON.parse(text) as Answer;
    response.end();
  });
  // biome-ignore lint/plugin: an example has no parts of this repository.
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  /** Texts in place of numbers, as in CloudFormation: `ResourceProperties: { size: "2" }`. */
  async function send(sandbox: Sandbox, RequestType: "Create" | "Update" | "Delete", more: object): Promise<Answer> {
    answer = undefined;
    await sandbox.invoke({
      RequestType,
      RequestId: randomUUID(),
      ResponseURL: "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/answer",
      StackId: `arn:aws:cloudformation:us-east-1:111122223333:stack/${name}/0`,
      LogicalResourceId: "Resource",
      ResourceType: "Custom::Test",
      ...more,
    });
    if (!answer) throw new Error("the function did not answer");
    return answer;
  }

  return {
    env: { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
    send,
    stop: () => new Promise((resolve) => void server.close(resolve)),
  };
}
