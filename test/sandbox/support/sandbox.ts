/** A sandbox for one file of tests, the SDK's clients for it, and raw requests to its API server. */
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../src/sandbox/index.ts";
import { mint, type TokenRequest } from "../../acceptance/support/token.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer that tests look into
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `sandbox()` is there in tests; it is as new in each. */
export function useSandbox(options: SandboxOptions = {}) {
  let started: Sandbox | undefined;
  let agent: Agent | undefined;
  const sandbox = (): Sandbox => {
    if (!started) throw new Error("used outside a test");
    return started;
  };
  beforeAll(async () => {
    started = await startSandbox(options);
    agent = new Agent({ keepAlive: true, ca: Buffer.from(started.cluster.ca, "base64") });
  });
  beforeEach(() => started?.reset());
  afterAll(async () => {
    agent?.destroy();
    await started?.stop();
  });

  const administrator = (): Credentials => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = sandbox().env;
    return { accessKeyId, secretAccessKey };
  };
  /** What a client of the SDK takes. */
  const client = (credentials: Credentials = administrator()) => {
    const { env, region } = sandbox();
    return { endpoint: env.AWS_ENDPOINT_URL, region, credentials, maxAttempts: 1 };
  };
  const token = (credentials: Credentials, changes: Partial<TokenRequest> = {}): Promise<string> =>
    mint({ cluster: sandbox().cluster.name, region: sandbox().region, credentials, ...changes });
  /** As administrator when no token is given; `""` is none. */
  const kube = (
    method: string,
    path: string,
    {
      body,
      token = sandbox().adminToken,
      type = "application/json",
      accept,
    }: { body?: unknown; token?: string; type?: string; accept?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const payload = Buffer.from(Buffer.isBuffer(body) ? body : body === undefined ? "" : JSON.stringify(body));
      const headers = {
        ...(accept && { accept }),
        "content-length": payload.length,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(payload.length > 0 && { "content-type": type }),
      };
      const sent = request(sandbox().cluster.endpoint + path, { method, headers, agent }, async (response) => {
        const answer = await text(response);
        const isJson = response.headers["content-type"] === "application/json";
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: isJson ? JSON.parse(answer) : answer });
      });
      sent.on("error", reject);
      sent.end(payload);
    });
  return { sandbox, administrator, client, token, kube };
}

export const configMaps = "/api/v1/namespaces/kube-system/configmaps";
export const deployments = "/apis/apps/v1/namespaces/default/deployments";
export const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
export const awsAuth = (data: Readonly<Record<string, string>>) => ({
  metadata: { name: "aws-auth", namespace: "kube-system" },
  data,
});
