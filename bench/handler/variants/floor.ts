/** One POST over an open connection with a token minted earlier: the minimum for a handler in Node.js. */
import { Agent, request } from "node:https";
import { deployment } from "./deployment.ts";

const { CLUSTER_ENDPOINT, CLUSTER_CA = "", BENCH_TOKEN } = process.env;
const agent = new Agent({ keepAlive: true, ca: Buffer.from(CLUSTER_CA, "base64") });
const url = `${CLUSTER_ENDPOINT}/apis/apps/v1/namespaces/default/deployments`;

export function handler(_event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> {
  const body = JSON.stringify(deployment(`nginx-${awsRequestId}`));
  const headers = {
    authorization: `Bearer ${BENCH_TOKEN}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => (response.statusCode === 201 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
