/** The sandbox as a backend of the acceptance suite. */
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { startSandbox } from "../../src/sandbox/index.ts";
import { type Backend, failing, type KubeAnswer, type KubeOptions, type Place, virginia } from "./backend.ts";

/** Actions that change nothing. An invocation changes nothing in the account. */
const reading = { aws: /:(Get|List|Describe|Filter|Invoke)/, kube: /^GET / };

export interface SandboxBackend extends Backend {
  /** Reasons for the authenticator's decisions. */
  readonly authenticatorLog: string[];
}

export async function startSandboxBackend({ region, partition }: Place = virginia): Promise<SandboxBackend> {
  const sandbox = await startSandbox({ region });
  const failWith = (log: string) => sandbox.images.set(failing.image, { exitCode: failing.exitCode, log });
  failWith("");
  const { account, cluster, env, faults } = sandbox;
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
    partition,
    cluster,
    env,
    authenticatorLog: sandbox.authenticatorLog,
    compact: async () => sandbox.compact(),
    async restartApiServer() {
      sandbox.restartApiServer();
      agent.destroy();
    },
    log: async (pod, text) => sandbox.log({ pod }, text),
    failWith: async (log) => void failWith(log),
    kube,
    assumeRole: async (name, path) => sandbox.assumeRole(name, path),
    remove: async (type, name) => sandbox.remove(type, name),
    describe: async (name, description) => sandbox.describe(name, description),
    network: async (network) => sandbox.network(network),
    async writes() {
      const since = sandbox.requests.splice(0);
      return since.filter(({ to, action }) => !reading[to].test(action));
    },
    faults: {
      dropAnswer: (action) => faults.dropAnswer.push(action),
      idle: sandbox.idle,
      overload: (requests) => Object.assign(faults, { tooManyRequests: requests, retryAfter: 1 }),
      stackStatus: sandbox.setStackStatus,
      failResource: (logicalId) => faults.failResources.push(logicalId),
      failFunction: sandbox.fail,
      failUpdates() {
        faults.failUpdates = true;
      },
      forbid: (action) => faults.forbid.push(action),
      withoutDriftReverts() {
        faults.withoutDriftReverts = true;
      },
      refuseNewRoles(times) {
        faults.newRoleRefusals = times;
      },
      withoutArm64() {
        faults.withoutArm64 = true;
      },
      withoutRuntime: (name) => faults.missingRuntimes.push(name),
      fullSubnet: (id) => faults.fullSubnets.push(id),
      refuseAnswers: (times) => Object.assign(faults, { refuseAnswers: times }),
      dieBeforeAnswer: (times) => Object.assign(faults, { dieBeforeAnswer: times }),
      duplicateEvents: (times) => Object.assign(faults, { duplicateEvents: times }),
    },
    async reset() {
      sandbox.reset();
      failWith("");
    },
    async stop() {
      agent.destroy();
      await sandbox.stop();
    },
  };
}
