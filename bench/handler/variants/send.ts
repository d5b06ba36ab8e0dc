/** Sends one request over an open connection with a token minted earlier: the minimum in Node.js. */
import { Agent, request } from "node:https";

const { CLUSTER_ENDPOINT, CLUSTER_CA = "", BENCH_TOKEN } = process.env;
const agent = new Agent({ keepAlive: true, ca: Buffer.from(CLUSTER_CA, "base64") });

export function send(method: "POST" | "PATCH", path: string, object: object): Promise<unknown> {
  const body = JSON.stringify(object);
  const headers = {
    authorization: `Bearer ${BENCH_TOKEN}`,
    "content-type": method === "POST" ? "application/json" : "application/merge-patch+json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${CLUSTER_ENDPOINT}${path}`, { agent, method, headers }, (response) => {
      const { statusCode = 0 } = response;
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => (statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
