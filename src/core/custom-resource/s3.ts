/** Requests to CloudFormation's bucket in S3, which takes the answers. */
import type { Environment } from "../kube/cluster.ts";

interface S3Request {
  readonly method: "PUT" | "GET";
  readonly body?: string;
  readonly environment: Environment;
  readonly timeoutMs: number;
}

export type Answered = { readonly status: number; readonly text: string } | { readonly failure: string };

export const wayToS3 =
  "in a VPC, the function needs a way to S3: a gateway endpoint (com.amazonaws.REGION.s3) in its route tables, whose policy allows this bucket";

/** An answer that is lost, and not refused, is noticed after this time. */
const mostMs = 10_000;

/**
 * Sends it once. It follows no redirect. With `AWS_ENDPOINT_URL_S3` it connects there, as for an interface endpoint: the
 * signature covers the bucket's host, so the request names that.
 */
export function sendToS3(url: URL, { method, body, environment, timeoutMs }: S3Request): Promise<Answered> {
  const { AWS_ENDPOINT_URL_S3: endpoint } = environment;
  const { protocol, hostname, port } = endpoint && URL.canParse(endpoint) ? new URL(endpoint) : url;
  const options = {
    method,
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    // biome-ignore lint/plugin: CloudFormation's whole address, whose host was checked.
    path: url.pathname + url.search,
    // The type is signed, too: none.
    headers: { host: url.host, "content-type": "", "content-length": Buffer.byteLength(body ?? "") },
    servername: hostname,
    rejectUnauthorized: true,
    agent: false as const,
    signal: AbortSignal.timeout(Math.max(Math.trunc(Math.min(timeoutMs, mostMs)), 1)),
  };
  // Not imported: esbuild would put that into every function.
  const http = process.getBuiltinModule("node:http");
  const { request } = protocol === "http:" ? http : process.getBuiltinModule("node:https");
  return new Promise((resolve) => {
    const fail = ({ message }: Error) => resolve({ failure: message });
    // biome-ignore lint/plugin: the options have `rejectUnauthorized: true`.
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("error", fail);
      response.on("data", (piece: string) => {
        text = (text + piece).slice(0, 2_000);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", fail).end(body);
  });
}
