/** The sandbox as a backend of the acceptance suite. */
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import type { Backend, KubeAnswer, KubeOptions } from "./backend.ts";

/** The calls that change nothing; an invocation changes nothing of the account. */
const reading = { aws: /:(Get|List|Describe|Invoke)/, kube: /^GET / };

export interface SandboxBackend extends Backend {
  /** Why the authenticator let somebody in, or did not. */
  readonly authenticatorLog: string[];
  /** Lets the API server forget what changed. */
  compact(): void;
  readonly log: Sandbox["log"];
}

export async function startSandboxBackend(): Promise<SandboxBackend> {
  const sandbox = await startSandbox();
  const playImages = () => sandbox.images.set("fails:3", { exitCode: 3 });
  playImages();
  const { account, region, cluster, env, faults } = sandbox;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(cluster.ca, "base64") });

  function kube(method: string, path: string, options: KubeOptions = {}): Promise<KubeAnswer> {
    const { body, contentType = "application/json", token = sandbox.adminToken } = options;
    const payload = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      "content-length": Buffer.byteLength(payload),
      authorization: `Bearer ${token}`,
      ...(payload && { "content-type": contentType }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(cluster.endpoint + path, { method, headers, agent }, async (response) => {
        const answer = await text(response);
        const isJson = response.headers["content-type"] === "application/json";
        resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(answer) : answer });
      });
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  return {
    name: "sandbox",
    account,
    region,
    cluster,
    env,
    authenticatorLog: sandbox.authenticatorLog,
    compact: sandbox.compact,
    log: sandbox.log,
    kube,
    assumeRole: async (name, path) => sandbox.assumeRole(name, path),
    remove: async (type, name) => sandbox.remove(type, name),
    describe: async (name, description) => sandbox.describe(name, description),
    async writes() {
      const since = sandbox.requests.splice(0);
      return since.filter(({ to, action }) => !reading[to].test(action));
    },
    faults: {
      dropAnswer: (action) => faults.dropAnswer.push(action),
      idle: sandbox.idle,
      stackStatus: sandbox.setStackStatus,
      failResource: (logicalId) => faults.failResources.push(logicalId),
    },
    async reset() {
      sandbox.reset();
      playImages();
    },
    async stop() {
      agent.destroy();
      await sandbox.stop();
    },
  };
}
