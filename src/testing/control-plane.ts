/**
 * A real etcd and kube-apiserver, from the folder in `KUBEBUILDER_ASSETS`. The embedded sandbox authenticates for it, as the
 * authenticator of EKS does. Source of the convention: https://book.kubebuilder.io/reference/envtest
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Embedded } from "./embedded.ts";
import { type CheckedFaults, noFaults } from "./faults.ts";
import type { Use } from "./rights.ts";

/** The API server of a test's cluster. */
export interface ControlPlane extends CheckedFaults {
  readonly endpoint: string;
  /** PEM in base64. */
  readonly ca: string;
  uses(): readonly Use[];
  stop(): Promise<void>;
}

/** The longest time for which the API server starts, in milliseconds. */
const startMs = 60_000;

export async function startControlPlane(assets: string, embedded: Embedded): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-testing-"));
  const at = (name: string): string => join(folder, name);
  const [etcdPort, peerPort, port] = await freePorts(3);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(at("account.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await writeFile(at("tokens.csv"), `${embedded.adminToken},kubernetes-admin,admin,system:masters\n`, { mode: 0o600 });
  await writeFile(at("webhook.json"), JSON.stringify(webhook(embedded)), { mode: 0o600 });
  await writeFile(at("audit.json"), JSON.stringify(auditPolicy));
  const [etcdUrl, peerUrl] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
  const etcd = run(join(assets, "etcd"), {
    "data-dir": at("etcd"),
    "listen-client-urls": etcdUrl,
    "advertise-client-urls": etcdUrl,
    "listen-peer-urls": peerUrl,
    "initial-advertise-peer-urls": peerUrl,
    "initial-cluster": `default=${peerUrl}`,
    "unsafe-no-fsync": "true",
    "log-level": "error",
  });
  const apiServer = run(join(assets, "kube-apiserver"), {
    "etcd-servers": etcdUrl,
    "secure-port": `${port}`,
    "cert-dir": folder,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "endpoint-reconciler-type": "none",
    "service-account-key-file": at("account.key"),
    "service-account-signing-key-file": at("account.key"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-cluster-ip-range": "10.0.0.0/24",
    // No controller creates the service account of a namespace.
    "authorization-mode": "RBAC",
    "disable-admission-plugins": "ServiceAccount",
    "token-auth-file": at("tokens.csv"),
    "authentication-token-webhook-config-file": at("webhook.json"),
    "authentication-token-webhook-version": "v1",
    "audit-policy-file": at("audit.json"),
    "audit-log-path": at("audit.log"),
  });
  const stop = async (): Promise<void> => {
    await Promise.all([apiServer.stop(), etcd.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `https://127.0.0.1:${port}`;
  try {
    await ready(endpoint, at("apiserver.crt"), [etcd, apiServer]);
  } catch (error) {
    await stop();
    throw error;
  }
  const ca = readFileSync(at("apiserver.crt")).toString("base64");
  return { endpoint, ca, ...noFaults(), uses: () => usesIn(at("audit.log")), stop };
}

/** A kubeconfig, by which the API server asks the sandbox whose a token is. */
const webhook = ({ cluster, adminToken: token }: Embedded) => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "sandbox",
  clusters: [
    {
      name: "sandbox",
      cluster: { server: `${cluster.endpoint}/authenticate`, "certificate-authority-data": cluster.ca },
    },
  ],
  users: [{ name: "sandbox", user: { token } }],
  contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "sandbox" } }],
});

/**
 * Logs a request before it is answered, so that a test finds it after the answer; and its status, which tells whether
 * an apply created the object.
 */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["ResponseStarted", "Panic"],
  rules: [{ level: "Metadata" }],
};

/** A line of the audit log. */
interface Audited {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: Omit<Use, "user" | "verb" | "group"> & { readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number };
}

function usesIn(file: string): readonly Use[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return lines.flatMap((line) => {
    const { stage, verb, user, objectRef = {}, responseStatus }: Audited = JSON.parse(line);
    const { apiGroup: group, resource, subresource, namespace, name } = objectRef;
    const use = { user: user.username, verb, group, resource, subresource, namespace, name };
    if (stage === "RequestReceived") return [use];
    // Apply needs both rights if the object does not exist.
    return verb === "patch" && responseStatus?.code === 201 ? [{ ...use, verb: "create" }] : [];
  });
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      return port;
    }),
  );
}

interface Program {
  /** Its last words, if it has ended. */
  failure(): string | undefined;
  stop(): Promise<void>;
}

function run(program: string, flags: Readonly<Record<string, string>>): Program {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child: ChildProcess = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let [words, hasEnded] = ["", false];
  const ended = new Promise<void>((resolve) => {
    const end = (why: unknown): void => {
      [words, hasEnded] = [words || String(why), true];
      resolve();
    };
    child.once("error", end).once("close", (code) => end(`exit code ${code}`));
  });
  child.stderr?.on("data", (text: unknown) => {
    words = `${words}${text}`.slice(-2_000);
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    failure: () => (hasEnded ? `${program} ended: ${words}` : undefined),
    async stop() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}

/** Waits until the API server is ready and has created its default objects. */
async function ready(endpoint: string, caFile: string, programs: readonly Program[]): Promise<void> {
  const end = Date.now() + startMs;
  while (!(existsSync(caFile) && (await answers(`${endpoint}/readyz`, readFileSync(caFile))))) {
    const failure = programs.flatMap((program) => program.failure() ?? []).at(0);
    if (failure) throw new Error(failure);
    if (Date.now() > end) throw new Error(`kube-apiserver was not ready after ${startMs / 1000} seconds`);
    await sleep(100);
  }
}

const answers = (url: string, ca: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request(url, { ca, rejectUnauthorized: true }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.on("error", () => resolve(false)).end();
  });
