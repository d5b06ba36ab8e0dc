/** A real kube-apiserver with etcd and nothing else: no controller changes what the fuzz compares. */
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { buildAll } from "../backend/build.ts";
import { Child, freePort } from "../backend/processes.ts";
import { run } from "../backend/run.ts";
import type { Answered, Asked } from "./sandbox.ts";

export interface RealApi {
  readonly endpoint: string;
  /** The certificate of its CA, in PEM. */
  readonly ca: string;
  /** Of an administrator. */
  readonly token: string;
  ask(asked: Asked): Promise<Answered>;
  /** The lines of a watch, on a connection of its own. */
  watch(path: string, accept: string): Promise<Readable>;
  stop(): Promise<void>;
}

const token = "fuzz";

/** The API server closes the connection at which it panicked: at a list as the key of an item, for example. */
export const panicked: Answered = { status: 500, body: "the API server panicked" };

export async function startRealApi(): Promise<RealApi> {
  const built = await buildAll();
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-fuzz-"));
  const at = (name: string) => join(folder, name);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const [etcdUrl, peerUrl] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
  await run("openssl", ["genrsa", "-out", at("account.key"), "2048"]);
  await writeFile(at("tokens.csv"), `${token},fuzz,fuzz,system:masters\n`);
  const etcd = new Child("etcd", folder, join(built.etcd, "bin/etcd"), [
    ...["--data-dir", at("etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
    ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `default=${peerUrl}`],
  ]);
  const server = new Child("kube-apiserver", folder, join(built.controlPlane, "bin/kube-apiserver"), [
    ...["--etcd-servers", etcdUrl, "--secure-port", `${port}`, "--cert-dir", folder],
    ...["--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none"],
    ...["--service-account-key-file", at("account.key"), "--service-account-signing-key-file", at("account.key")],
    ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-cluster-ip-range", "10.96.0.0/16"],
    ...["--token-auth-file", at("tokens.csv"), "--authorization-mode", "RBAC"],
    ...["--profiling=false", "--allow-privileged"],
  ]);
  const endpoint = `https://127.0.0.1:${port}`;
  let agent: Agent | undefined;
  const ask = async (asked: Asked): Promise<Answered> => {
    agent ??= new Agent({ keepAlive: true, maxSockets: 16, ca: await readFile(at("apiserver.crt")) });
    const send = (): Promise<Answered> => exchange(endpoint, agent as Agent, asked);
    return send().catch(() => send().catch(() => panicked));
  };
  const watch = async (path: string, accept: string): Promise<Readable> => {
    const headers = { accept, authorization: `Bearer ${token}` };
    const sent = request(endpoint + path, { headers, agent: false, ca: await readFile(at("apiserver.crt")) });
    const [response] = (await once(sent.end(), "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${await text(response)}`);
    // Who closes it early has read enough.
    response.on("error", () => undefined);
    return response;
  };
  const stop = async () => {
    agent?.destroy();
    await Promise.all([server.stop(), etcd.stop()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const get = (path: string): Asked => ({ method: "GET", path, body: "", contentType: "" });
  try {
    await server.until(async () => {
      // The certificate may have been read while it was written.
      agent = undefined;
      const names = ["default", "kube-system"].map((name) => get(`/api/v1/namespaces/${name}`));
      const all = await Promise.all([get("/readyz"), ...names].map(ask));
      if (all.some(({ status }) => status !== 200)) throw new Error("not ready");
    });
    return { endpoint, ca: await readFile(at("apiserver.crt"), "utf8"), token, ask, watch, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function exchange(endpoint: string, agent: Agent, asked: Asked): Promise<Answered> {
  const { method, path, body, contentType } = asked;
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${token}`,
    ...(contentType && { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
    ...asked.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(endpoint + path, { method, headers, agent }, async (response) => {
      const answer = await text(response);
      resolve({ status: response.statusCode ?? 0, body: answer.startsWith("{") ? JSON.parse(answer) : answer });
    });
    sent.on("error", reject);
    sent.end(body || undefined);
  });
}
